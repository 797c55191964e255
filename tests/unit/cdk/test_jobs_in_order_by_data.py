"""Jobs that are made after others by what is read of these, and what their roles may do in time."""

from __future__ import annotations

from collections.abc import Callable

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_ssm as ssm
from aws_cdk.assertions import Template
from constructs import Construct

from constructs_lib import Output, TrainingJob
from tests.unit.cdk.given.made import HERE, SAGEMAKER, SPEC
from tests.unit.cdk.graph import before
from tests.unit.cdk.ordered import FRONT, Made, late, maker, starts, template_of, waits


@pytest.fixture
def stack() -> cdk.Stack:
    return cdk.Stack(cdk.App(), "Stack", env=HERE)


@pytest.fixture
def job(stack: cdk.Stack) -> Made:
    return maker(stack)


def reader(stack: cdk.Stack, job: TrainingJob) -> lambda_.Function:
    """A function that knows a job's model."""
    return lambda_.Function(
        stack,
        "Reader",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
        environment={"MODEL": job.model_artifacts_uri},
    )


@pytest.mark.parametrize("given", ["none", "after the function", "before the runtime"])
def test_a_role_may_call_what_reads_of_a_job_before_a_third(stack: cdk.Stack, job: Made, given: str) -> None:
    role = None if given == "none" else iam.Role(stack, "Role", assumed_by=SAGEMAKER)
    if given == "before the runtime":
        job("Zeroth", role=role)
    first = job("First")
    function = reader(stack, first)
    if role is not None:
        function.grant_invoke(role)
    second = job("Second", role=role)
    if role is None:
        function.grant_invoke(second)
    job("Third").node.add_dependency(second)
    template = template_of(stack)

    assert waits(template, "Second", "First")
    assert waits(template, "Third", "Second")


def test_a_job_may_wait_for_the_grant_of_another_jobs_results(stack: cdk.Stack, job: Made) -> None:
    first, second = job("First"), job("Second")
    first.grant_read_artifacts(second)
    template = template_of(stack)

    (name,) = (one for one in starts(template) if one.startswith("Second"))
    (policy,) = (one for one in template["Resources"] if one.startswith("SecondRoleDefaultPolicy"))
    assert policy in before(template, name)


@pytest.mark.parametrize("step", [1, -1])
@pytest.mark.parametrize("shared", [False, True])
def test_jobs_that_may_read_of_each_other_in_a_ring(
    stack: cdk.Stack, job: Made, step: int, shared: bool
) -> None:
    jobs = [job(f"Job{number}") for number in range(3)]
    for number, one in enumerate(jobs):
        one.grant_read_artifacts(jobs[(number + step) % 3])
        if shared:
            job(f"Further{number}", role=one.role)

    template_of(stack)


def test_roles_of_several_jobs_that_may_read_of_each_other(stack: cdk.Stack, job: Made) -> None:
    roles = [iam.Role(stack, f"Role{number}", assumed_by=SAGEMAKER) for number in range(2)]
    jobs = [job(f"Job{number}", role=roles[number % 2]) for number in range(4)]
    jobs[0].grant_read_artifacts(roles[1])
    jobs[1].grant_read_artifacts(roles[0])

    template_of(stack)


def test_what_one_job_of_a_role_waits_for_is_seen_by_the_next_role(stack: cdk.Stack, job: Made) -> None:
    roles = [iam.Role(stack, f"Role{number}", assumed_by=SAGEMAKER) for number in range(3)]
    _, first, second, other = (job(f"Job{number}", role=roles[number // 2]) for number in (0, 2, 3, 4))
    second.grant_read_artifacts(roles[0])
    first.grant_read_artifacts(roles[1])
    other.grant_read_artifacts(roles[1])
    second.grant_read_artifacts(roles[2])

    template_of(stack)


def parameter(stack: cdk.Stack, job: TrainingJob) -> Construct:
    return ssm.StringParameter(stack, "Parameter", string_value=job.model_artifacts_uri)


def secret(stack: cdk.Stack, job: TrainingJob) -> Construct:
    value = cdk.SecretValue.unsafe_plain_text(job.model_artifacts_uri)
    return secretsmanager.Secret(stack, "Secret", secret_string_value=value)


def instance(stack: cdk.Stack, job: TrainingJob) -> Construct:
    data = cdk.Fn.base64(job.model_artifacts_uri)
    return ec2.CfnInstance(stack, "Instance", image_id="ami-0", user_data=data)


def bucket(stack: cdk.Stack, job: TrainingJob) -> Construct:
    function = reader(stack, job)
    made = s3.Bucket(stack, "Bucket")
    statement = iam.PolicyStatement(
        actions=["s3:GetObject"],
        resources=[made.arn_for_objects("*")],
        principals=[iam.AccountRootPrincipal()],
        conditions={"ArnEquals": {"aws:SourceArn": function.function_arn}},
    )
    made.add_to_resource_policy(statement)
    return made


@pytest.mark.parametrize("make", [parameter, secret, instance, bucket])
def test_a_job_after_data_of_another(
    stack: cdk.Stack, job: Made, make: Callable[[cdk.Stack, TrainingJob], Construct]
) -> None:
    made = make(stack, job("First"))
    job("Second").node.add_dependency(made)

    assert waits(template_of(stack), "Second", "First")


@pytest.mark.parametrize("shared", [False, True])
def test_a_role_that_may_read_a_parameter_of_a_job(stack: cdk.Stack, job: Made, shared: bool) -> None:
    role = iam.Role(stack, "Role", assumed_by=SAGEMAKER)
    first = job("First", role=role if shared else None)
    found = ssm.StringParameter(stack, "Parameter", string_value=first.model_artifacts_uri)
    found.grant_read(role)
    job("Second", role=role)

    assert waits(template_of(stack), "Second", "First")


def inline(stack: cdk.Stack, job: TrainingJob) -> iam.IRole:
    statement = iam.PolicyStatement(actions=["s3:GetObject"], resources=[job.model_artifacts_uri])
    policies = {"reads": iam.PolicyDocument(statements=[statement])}
    return iam.Role(stack, f"{job.node.id}Inline", assumed_by=SAGEMAKER, inline_policies=policies)


def managed(stack: cdk.Stack, job: TrainingJob) -> iam.IRole:
    statement = iam.PolicyStatement(actions=["s3:GetObject"], resources=[job.model_artifacts_uri])
    policy = iam.ManagedPolicy(stack, "Managed", statements=[statement])
    return iam.Role(stack, "Role", assumed_by=SAGEMAKER, managed_policies=[policy])


def described(stack: cdk.Stack, job: TrainingJob) -> iam.IRole:
    return iam.Role(stack, "Role", assumed_by=SAGEMAKER, description=f"for {job.training_job_name}")


def answer(stack: cdk.Stack, job: TrainingJob) -> str:
    arn = "arn:aws:lambda:eu-west-1:123456789012:function:answers"
    properties = {"Model": job.model_artifacts_uri}
    return cdk.CustomResource(stack, "Answer", service_token=arn, properties=properties).get_att_string(
        "Name"
    )


def imported(stack: cdk.Stack, job: TrainingJob) -> iam.IRole:
    return iam.Role.from_role_arn(stack, "Role", answer(stack, job))


@pytest.mark.parametrize("make", [inline, managed, described, imported])
def test_a_role_that_itself_names_another_job(
    stack: cdk.Stack, job: Made, make: Callable[[cdk.Stack, TrainingJob], iam.IRole]
) -> None:
    job("Second", role=make(stack, job("First")))

    assert waits(template_of(stack), "Second", "First")


def test_roles_that_name_one_job_each_in_a_row(stack: cdk.Stack, job: Made) -> None:
    second = job("Second", role=inline(stack, job("First")))
    job("Third", role=inline(stack, second))
    template = template_of(stack)

    assert waits(template, "Third", "Second")
    assert len(late(template)) == 2


def test_a_bucket_of_which_another_job_told(stack: cdk.Stack, job: Made) -> None:
    output = Output(s3_uri=f"s3://{answer(stack, job('First'))}/models")
    job("Second", spec=SPEC.replace(output=output))

    assert waits(template_of(stack), "Second", "First")


def test_a_kept_name_of_which_another_job_told(stack: cdk.Stack, job: Made) -> None:
    first = job("First")
    found = ssm.StringParameter(stack, "Parameter", string_value=first.training_job_name)
    job("Second", spec=SPEC.replace(training_job_name=f"my-{found.parameter_name}"), keep_name=True)

    assert waits(template_of(stack), "Second", "First")


@pytest.mark.parametrize("after", ["First", "Second", None])
def test_a_job_that_is_added_after_a_template_was_made(
    stack: cdk.Stack, job: Made, after: str | None
) -> None:
    jobs = {"First": job("First"), "Second": job("Second")}
    jobs["Second"].node.add_dependency(jobs["First"])
    Template.from_stack(stack)
    third = job("Third")
    if after is not None:
        third.node.add_dependency(jobs[after])
    template = template_of(stack, again=True)

    assert after is None or waits(template, "Third", after)
    assert len(late(template)) == (2 if after == "Second" else 1)


def test_a_job_that_is_added_when_a_part_of_the_policies_was_removed(stack: cdk.Stack, job: Made) -> None:
    first = job("First")
    for number in range(12):
        job(f"Early{number}")
    for number in range(60):
        job(f"Late{number}").node.add_dependency(first)
    Template.from_stack(stack)
    job("Last")

    template_of(stack, again=True)


def test_a_statement_that_was_taken_out_comes_back(stack: cdk.Stack, job: Made) -> None:
    first = job("First")
    bucket = s3.Bucket(stack, "Bucket")
    job("Second", spec=SPEC.replace(output=Output(bucket=bucket, prefix=f"{first.training_job_name}/")))
    Template.from_stack(stack)
    job("Third", spec=SPEC.replace(output=Output(bucket=bucket, prefix="others/")))
    template = template_of(stack, again=True)

    front = next(name for name in template["Resources"] if name.startswith(f"{FRONT}Policy"))
    assert "others/" in str(template["Resources"][front])
