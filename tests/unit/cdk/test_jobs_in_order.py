"""Jobs that are made after others by dependencies of CDK: no circle, and still all rights in time."""

from __future__ import annotations

import itertools
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from constructs_lib import Channel, Completion, Output, TrainingJob, TrainingJobTask, TrainingPlatform
from tests.unit.cdk.given.made import HERE, SAGEMAKER, SPEC, schedule
from tests.unit.cdk.graph import before, references
from tests.unit.cdk.iam import deployed
from tests.unit.cdk.ordered import FRONT, Made, circles, late, maker, starts, template_of, waits

LIMIT = 10_240
WAITING = [Completion.start(), Completion.wait(), Completion.wait_condition()]


class Model(Construct):
    """A construct of the user's that holds a job, its bucket and its role."""

    def __init__(self, scope: Construct, id: str, **options: Any) -> None:
        super().__init__(scope, id)
        self.bucket = s3.Bucket(self, "Bucket")
        self.role = iam.Role(self, "Role", assumed_by=SAGEMAKER)
        output = Output(bucket=self.bucket, prefix="models/")
        spec = SPEC.replace(output=output, channels=[Channel.from_bucket("train", self.bucket)])
        self.job = TrainingJob(self, "Job", spec=spec, role=self.role, **options)


@pytest.fixture
def stack() -> cdk.Stack:
    return cdk.Stack(cdk.App(), "Stack", env=HERE)


@pytest.fixture
def job(stack: cdk.Stack) -> Made:
    return maker(stack)


@pytest.mark.parametrize("completion", WAITING, ids=lambda one: one.mode)
def test_a_job_may_be_made_after_another(stack: cdk.Stack, job: Made, completion: Completion) -> None:
    first, second = job("First", completion=completion), job("Second", completion=completion)
    second.node.add_dependency(first)
    template = template_of(stack)

    assert waits(template, "Second", "First")
    assert len(late(template)) == 1
    if completion.mode == "wait_condition":
        role = next(name for name in template["Resources"] if name.startswith("SecondRole"))
        types = {template["Resources"][name]["Type"] for name in before(template, role)}
        assert "Custom::SageMakerTrainingJobResult" in types


def test_nothing_is_set_aside_where_nothing_waits(stack: cdk.Stack, job: Made) -> None:
    job("First")
    job("Second").node.add_dependency(s3.Bucket(stack, "Bucket"))

    assert late(template_of(stack)) == []


def test_jobs_in_a_row(stack: cdk.Stack, job: Made) -> None:
    jobs = [job(f"Job{number:02}") for number in range(34)]
    for earlier, later in itertools.pairwise(jobs):
        later.node.add_dependency(earlier)
    template = template_of(stack)

    assert len(late(template)) == 33
    documents = [template["Resources"][name]["Properties"]["PolicyDocument"] for name in late(template)]
    assert sum(map(length, documents)) <= LIMIT


def length(document: dict[str, Any]) -> int:
    """What IAM counts at most: a role that CloudFormation names has no more than 64 characters."""
    text = str(deployed(document)).replace(" ", "")
    return len(text) + text.count(".Arn>") * 70


def test_jobs_after_the_same_one_share_a_policy(stack: cdk.Stack, job: Made) -> None:
    first = job("First")
    for number in range(50):
        job(f"Job{number}").node.add_dependency(first)
    template = template_of(stack)

    assert len(late(template)) == 1
    # What was in a part of its own is gone with that part.
    assert len([name for name in template["Resources"] if name.startswith(f"{FRONT}Policy")]) == 1


def test_too_many_jobs_in_a_row_are_told(stack: cdk.Stack, job: Made) -> None:
    jobs = [job(f"Job{number}") for number in range(50)]
    for earlier, later in itertools.pairwise(jobs):
        later.node.add_dependency(earlier)

    found = cdk.assertions.Annotations.from_stack(stack).find_warning("*", cdk.assertions.Match.any_value())
    texts = [str(one.entry.data) for one in found]
    assert any(
        "inline policies of" in text and "give several of these jobs one role" in text for text in texts
    )


def test_a_construct_with_a_job_after_another_such(stack: cdk.Stack, job: Made) -> None:
    platform = TrainingPlatform(stack, "Their", use_vpc=False)
    models = [Model(stack, f"Model{number}", platform=platform) for number in range(3)]
    models[1].node.add_dependency(models[0])
    models[2].node.add_dependency(models[1])
    template = template_of(stack)

    assert waits(template, "Model2", "Model1")
    assert waits(template, "Model1", "Model0")
    allowed = {
        name: [one["Sid"] for one in template["Resources"][name]["Properties"]["PolicyDocument"]["Statement"]]
        for name in late(template)
    }
    assert sorted(allowed.values()) == [["PassRoles", "FindArtifacts2"], ["PassRoles", "FindArtifacts3"]]
    front = next(name for name in template["Resources"] if name.startswith(f"{FRONT}Policy"))
    named = {*references(template["Resources"][front]["Properties"])}
    assert not [name for name in named if name.startswith(("Model1", "Model2"))]


def test_a_job_after_a_function_that_reads_of_another(stack: cdk.Stack, job: Made) -> None:
    first, second = job("First"), job("Second")
    function = lambda_.Function(
        stack,
        "Reader",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
        environment={"MODEL": first.model_artifacts_uri},
    )
    second.node.add_dependency(function)
    template = template_of(stack)

    assert waits(template, "Second", "First")
    assert len(late(template)) == 1


def test_a_job_that_reads_of_the_one_it_is_made_after(stack: cdk.Stack, job: Made) -> None:
    first = job("First")
    spec = SPEC.with_channel(Channel.from_uri("model", first.model_artifacts_uri))
    job("Second", spec=spec).node.add_dependency(first)

    assert waits(template_of(stack), "Second", "First")


@pytest.mark.parametrize("third", [False, True])
def test_jobs_in_order_may_share_a_role(stack: cdk.Stack, job: Made, third: bool) -> None:
    role = iam.Role(stack, "Role", assumed_by=SAGEMAKER)
    first, second = job("First", role=role), job("Second", role=role)
    second.node.add_dependency(first)
    if third:
        job("Third", role=role).node.add_dependency(second)
    template = template_of(stack)

    assert waits(template, "Second", "First")
    # The role itself waits for none.
    assert late(template) == []


def test_a_shared_role_that_may_read_what_comes_after_a_job(stack: cdk.Stack, job: Made) -> None:
    role = iam.Role(stack, "Role", assumed_by=SAGEMAKER)
    jobs = [job(f"Job{number}", role=role) for number in range(2)]
    around = Construct(stack, "Around")
    bucket = s3.Bucket(around, "Bucket")
    channel = Channel.from_bucket("train", bucket)
    jobs.append(job("Last", around, spec=SPEC.with_channel(channel), role=role))
    around.node.add_dependency(jobs[1])

    assert waits(template_of(stack), "AroundLast", "Job1")


def test_a_role_that_is_granted_what_comes_after_its_job(stack: cdk.Stack, job: Made) -> None:
    role = iam.Role(stack, "Role", assumed_by=SAGEMAKER)
    first = job("First", role=role)
    bucket = s3.Bucket(stack, "Bucket")
    bucket.node.add_dependency(first)
    bucket.grant_read(role)
    job("Second", role=role).node.add_dependency(bucket)
    template = template_of(stack)

    assert waits(template, "Second", "First")
    (policy,) = (name for name in template["Resources"] if name.startswith("RoleDefaultPolicy"))
    (second,) = (name for name in starts(template) if name.startswith("Second"))
    assert policy in before(template, second)


def test_a_fallback_after_another_job(stack: cdk.Stack, job: Made) -> None:
    first = job("First", capacity_fallback=["ml.m4.xlarge"])
    job("Second", capacity_fallback=["ml.m4.xlarge"]).node.add_dependency(first)
    template = template_of(stack)

    assert len(late(template)) == 2
    assert waits(template, "Second", "First")


def test_a_job_after_a_platform_and_a_platform_after_a_job(stack: cdk.Stack, job: Made) -> None:
    first = job("First")
    platform = TrainingPlatform(stack, "Second platform", use_vpc=False)
    platform.node.add_dependency(first)
    second = job("Second", platform=platform)
    second.node.add_dependency(platform)

    assert waits(template_of(stack), "Second", "First")


@pytest.mark.parametrize("after", ["machine", "task", "schedule"])
def test_a_job_after_a_workflow(stack: cdk.Stack, job: Made, after: str) -> None:
    platform = TrainingPlatform(stack, "Their", use_vpc=False)
    task = TrainingJobTask(stack, "Task", spec=SPEC, platform=platform)
    body = sfn.DefinitionBody.from_chainable(task)
    machine = sfn.StateMachine(stack, "Machine", definition_body=body)
    nightly = schedule(stack, "Nightly", spec=SPEC, platform=platform)
    waited: dict[str, Construct] = {"machine": machine, "task": task, "schedule": nightly}
    job("First").node.add_dependency(waited[after])

    template_of(stack)


def test_a_workflow_after_a_job(stack: cdk.Stack, job: Made) -> None:
    first = job("First")
    platform = TrainingPlatform(stack, "Their", use_vpc=False)
    task = TrainingJobTask(stack, "Task", spec=SPEC, platform=platform)
    machine = sfn.StateMachine(stack, "Machine", definition_body=sfn.DefinitionBody.from_chainable(task))
    for one in (machine, task, schedule(stack, "Nightly", spec=SPEC, platform=platform)):
        one.node.add_dependency(first)

    template_of(stack)


def test_a_nested_stack_after_a_job_lends_its_role(stack: cdk.Stack, job: Made) -> None:
    first = job("First")
    nested = cdk.NestedStack(stack, "Nested")
    nested.node.add_dependency(first)
    job("Inside", nested)
    role = iam.Role(nested, "Role", assumed_by=SAGEMAKER)
    job("Second", role=role)

    assert waits(template_of(stack), "Second", "First")


def test_a_job_of_another_stack_is_no_matter(stack: cdk.Stack, job: Made) -> None:
    other = cdk.Stack(stack.node.scope, "Other", env=HERE)  # type: ignore[arg-type]
    job("First")
    job("Second", other).node.add_dependency(job("Third"))

    assert late(template_of(stack)) == late(template_of(other)) == []


def test_what_the_user_puts_in_a_circle_is_one_and_ends(stack: cdk.Stack, job: Made) -> None:
    first, second = job("First"), job("Second")
    first.node.add_dependency(second)
    second.node.add_dependency(first)
    root = stack.node.root
    assert isinstance(root, cdk.App)
    template = root.synth().get_stack_artifact(stack.artifact_id).template

    assert len(circles(template)) > 2
