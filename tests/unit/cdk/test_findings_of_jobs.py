"""What is found wrong with a job as its template has it: the request, and how it is run."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_stepfunctions as sfn

from constructs_lib import Algorithm, Completion, TrainingJob, TrainingJobSpec

from .reports import report

IMAGE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/mine:1"
EXPRESSION = (
    "is a state machine's expression, got {}: CloudFormation evaluates none, and would pass it on as it is "
    "written"
)
SECRET = (
    "refers to {}: CloudFormation puts the secret itself in its place, and DescribeTrainingJob shows it as "
    "plain text"
)
RESERVED = "hyperparameter-reserved-keys"


def resource(job: TrainingJob) -> cdk.CfnResource:
    found = job.node.find_child("Resource").node.default_child
    assert isinstance(found, cdk.CfnResource)
    return found


@pytest.mark.parametrize("environment", [None, cdk.Environment(account="123456789012", region="eu-west-1")])
def test_a_plain_job_has_nothing_to_say(
    app: cdk.App, spec: TrainingJobSpec, environment: cdk.Environment | None
) -> None:
    TrainingJob(cdk.Stack(app, "Here", env=environment), "Job", spec=spec)

    assert report(app).texts == []


def test_what_the_library_sets_is_not_warned_about_and_what_the_user_sets_is(
    app: cdk.App, stack: cdk.Stack, spec: TrainingJobSpec
) -> None:
    TrainingJob(stack, "Script", spec=spec.with_hyperparameters({"sagemaker_mine": "1"}))
    program = {"sagemaker_program": "train.py"}
    image = Algorithm.from_image_uri(IMAGE)
    TrainingJob(stack, "Image", spec=spec.replace(algorithm=image, hyperparameters=program))

    found = [
        (entry.construct, entry.text.partition(":")[0])
        for entry in report(app).entries
        if entry.rule == RESERVED
    ]

    assert found == [
        ("Stack/Script", "HyperParameters.sagemaker_mine"),
        ("Stack/Image", "HyperParameters.sagemaker_program"),
    ]


def test_a_mistake_in_the_request_is_found_as_deployed(
    app: cdk.App, stack: cdk.Stack, spec: TrainingJobSpec
) -> None:
    job = TrainingJob(stack, "Job", spec=spec)
    resource(job).add_property_override("Request.ResourceConfig.VolumeSizeInGB", "thirty")
    resource(job).add_property_override("Request.StoppingCondition.MaxWaitTimeInSeconds", 60)

    found = report(app)

    assert found.failed
    assert {entry.rule for entry in found.entries} >= {"model:type", "max-wait-only-with-spot"}
    (text,) = (entry.text for entry in found.entries if entry.rule == "model:type")
    assert text.startswith("ResourceConfig.VolumeSizeInGB: must be ")


def test_values_that_only_cloudformation_knows_are_no_findings(
    app: cdk.App, stack: cdk.Stack, spec: TrainingJobSpec
) -> None:
    text = cdk.CfnParameter(stack, "Text").value_as_string
    number = cdk.CfnParameter(stack, "Number", type="Number").value_as_number
    condition = cdk.CfnCondition(stack, "Condition", expression=cdk.Fn.condition_equals(text, "x"))
    chosen = cdk.Fn.condition_if(condition.logical_id, "ml.m5.large", cdk.Aws.NO_VALUE).to_string()
    asked = spec.replace(
        instance_type=text,
        instance_count=number,
        volume_size_gib=number,
        hyperparameters={"a": f"x-{text}", "b": chosen},
        environment={"A": chosen},
        max_runtime=cdk.Duration.seconds(number),
        tags={"a": text},
    )
    job = TrainingJob(stack, "Job", spec=asked)
    resource(job).add_property_override(
        "Request.VpcConfig", {"Fn::If": [condition.logical_id, {"nonsense": 1}, {"Ref": "AWS::NoValue"}]}
    )

    assert report(app).texts == []


def test_a_known_account_and_region_fill_their_references(app: cdk.App, spec: TrainingJobSpec) -> None:
    stack = cdk.Stack(app, "Here", env=cdk.Environment(account="123456789012", region="eu-west-1"))
    job = TrainingJob(stack, "Job", spec=spec)
    # 120 characters of text and one reference: a length that is known only when the reference is.
    resource(job).add_property_override(
        "Request.Environment", {"K": {"Fn::Join": ["", ["x" * 511, {"Ref": "AWS::Region"}]]}}
    )

    assert [rule for rule, _ in report(app).rules] == ["model:length"]


def test_a_role_and_an_image_of_somewhere_else(app: cdk.App, spec: TrainingJobSpec) -> None:
    stack = cdk.Stack(app, "Here", env=cdk.Environment(account="123456789012", region="us-east-1"))
    image, role = Algorithm.from_image_uri(IMAGE), "arn:aws:iam::999999999999:role/theirs"
    TrainingJob(stack, "Job", spec=spec.replace(algorithm=image, role_arn=role))

    found = report(app)

    assert found.failed
    assert [entry.rule for entry in found.entries] == [
        "image-region-mismatch",
        "role-account-mismatch",
        "role-cannot-be-extended",
    ]


def test_expressions_of_state_machines(app: cdk.App, stack: cdk.Stack, spec: TrainingJobSpec) -> None:
    path = sfn.JsonPath
    asked = spec.replace(
        hyperparameters={"a": path.string_at("$.a"), "b": "{% $b %}", "c": f"x-{path.string_at('$.c')}"},
        instance_count=path.number_at("$.n"),
        tags={"team": path.string_at("$.team")},
    )
    TrainingJob(stack, "Job", spec=asked, rerun_on={"data": path.string_at("$.data")})

    found = report(app)

    assert found.failed
    assert sorted(found.texts) == sorted(
        f"expression-in-deploy-job {where}: {EXPRESSION.format(kind)}"
        for where, kind in {
            "HyperParameters.a": "sfn.JsonPath",
            "HyperParameters.b": "JSONata",
            "HyperParameters.c": "sfn.JsonPath",
            "ResourceConfig.InstanceCount": "sfn.JsonPath",
            "Tags[0].Value": "sfn.JsonPath",
            "rerun_on.data": "sfn.JsonPath",
        }.items()
    )


def test_secrets_are_refused_and_not_shown(app: cdk.App, stack: cdk.Stack, spec: TrainingJobSpec) -> None:
    hidden = cdk.CfnParameter(stack, "Hidden", no_echo=True)
    plain = cdk.CfnParameter(stack, "Plain")
    asked = spec.replace(
        hyperparameters={
            "a": cdk.SecretValue.secrets_manager("the-secret").unsafe_unwrap(),
            "b": cdk.SecretValue.ssm_secure("/the/secret", "1").unsafe_unwrap(),
            "c": "{{resolve:ssm:/not/secret:1}}",
            "d": cdk.SecretValue.secrets_manager(plain.value_as_string).unsafe_unwrap(),
        },
        environment={"A": f"user:{hidden.value_as_string}", "B": plain.value_as_string},
        tags={"owner": cdk.SecretValue.cfn_parameter(hidden).unsafe_unwrap()},
    )
    job = TrainingJob(stack, "Job", spec=asked)
    resource(job).add_property_override("Request.Environment.C", {"Fn::Sub": "x${Hidden}"})

    found = report(app)

    parameter = SECRET.format("a NoEcho parameter of the template")
    assert found.failed
    assert found.texts == [
        f"secret-in-plain-parameter {text}"
        for text in (
            f"HyperParameters.a: {SECRET.format('a secret of Secrets Manager')}",
            f"HyperParameters.b: {SECRET.format('a SecureString parameter of Systems Manager')}",
            f"HyperParameters.d: {SECRET.format('a secret of Secrets Manager')}",
            f"Environment.A: {parameter}",
            f"Environment.C: {parameter}",
            f"Tags[0].Value: {parameter}",
        )
    ]
    assert "the-secret" not in found.printed
    assert "/the/secret" not in found.printed


def test_a_job_that_cannot_end_within_the_wait(app: cdk.App, stack: cdk.Stack, spec: TrainingJobSpec) -> None:
    TrainingJob(stack, "Job", spec=spec.replace(max_runtime=cdk.Duration.hours(2)))

    found = report(app)

    assert found.failed
    (entry,) = found.entries
    assert entry.rule == "wait-too-short"
    assert entry.text == (
        "StoppingCondition.MaxRuntimeInSeconds: the job may take 7200 seconds and 600 for start and upload, "
        "and a deployment can wait 3300: it would then be stopped, and the deployment fail"
    )
    assert entry.fix == (
        "use Completion.wait_condition(), which waits up to 12 hours; or shorten max_runtime (spot: max_wait)"
    )


@pytest.mark.parametrize(
    ("completion", "limit"),
    [(Completion.wait(), "45 minutes"), (Completion.start(), "SageMaker's default of a day")],
)
def test_a_limit_that_nobody_gave(
    app: cdk.App, stack: cdk.Stack, spec: TrainingJobSpec, completion: Completion, limit: str
) -> None:
    TrainingJob(stack, "Job", spec=spec.replace(max_runtime=None), completion=completion)

    found = report(app)

    assert not found.failed
    assert found.texts == [
        "max-runtime-defaulted StoppingCondition.MaxRuntimeInSeconds: the spec has no max runtime, so the "
        f"job gets {limit}"
    ]


def test_a_wait_of_the_users_is_a_limit_too(app: cdk.App, stack: cdk.Stack, spec: TrainingJobSpec) -> None:
    wait = Completion.wait(cdk.Duration.minutes(30))
    TrainingJob(stack, "Job", spec=spec.replace(max_runtime=None), completion=wait)

    assert report(app).texts == []


def retain_resource(job: TrainingJob) -> None:
    resource(job).apply_removal_policy(cdk.RemovalPolicy.RETAIN)


def retain_on_replacement(job: TrainingJob) -> None:
    resource(job).cfn_options.update_replace_policy = cdk.CfnDeletionPolicy.RETAIN


def retain_but_on_create(job: TrainingJob) -> None:
    resource(job).apply_removal_policy(cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)


def retain_all(job: TrainingJob) -> None:
    cdk.RemovalPolicies.of(cdk.Stack.of(job)).retain()


@pytest.mark.parametrize(
    ("retain", "attribute", "policy"),
    [
        (retain_resource, "DeletionPolicy", "Retain"),
        (retain_on_replacement, "UpdateReplacePolicy", "Retain"),
        (retain_but_on_create, "DeletionPolicy", "RetainExceptOnCreate"),
        (retain_all, "DeletionPolicy", "Retain"),
    ],
)
def test_a_job_whose_delete_would_never_arrive(
    app: cdk.App,
    stack: cdk.Stack,
    spec: TrainingJobSpec,
    retain: Callable[[TrainingJob], None],
    attribute: str,
    policy: str,
) -> None:
    retain(TrainingJob(stack, "Job", spec=spec))

    found = report(app)

    assert found.failed
    assert found.texts == [
        f"retain-on-job {attribute} is {policy}, allowed is Delete: the Delete that stops the job would "
        "never arrive, and it would run on"
    ]


def test_the_fix_for_retaining_everything_else(app: cdk.App, stack: cdk.Stack, spec: TrainingJobSpec) -> None:
    TrainingJob(stack, "Job", spec=spec)
    job_type = ["Custom::SageMakerTrainingJob"]

    cdk.RemovalPolicies.of(stack).retain(exclude_resource_types=job_type)

    assert report(app).texts == []


def test_properties_that_no_event_could_carry(app: cdk.App, stack: cdk.Stack, spec: TrainingJobSpec) -> None:
    many = {f"NAME_{number}": "x" * 500 for number in range(90)}
    long = {f"name_{number}": "x" * 2000 for number in range(30)}
    job = TrainingJob(stack, "Job", spec=spec.replace(environment=many, hyperparameters=long))

    found = report(app)

    (template,) = Path(app.outdir).glob("Stack.template.json")
    job_id = stack.resolve(resource(job).logical_id)
    properties = json.loads(template.read_text())["Resources"][job_id]["Properties"]
    size = len(json.dumps(properties, separators=(",", ":")))
    assert size > 100_000
    assert found.failed
    assert found.texts == [
        f"request-too-large the custom resource's properties have {size} bytes, allowed are 100000: an "
        "update's event holds the old ones and the new ones, and Lambda takes 256 KB"
    ]
    assert "the largest member, HyperParameters, smaller" in found.entries[0].fix


def test_tags_of_the_scopes_around_the_job(app: cdk.App, stack: cdk.Stack, spec: TrainingJobSpec) -> None:
    TrainingJob(stack, "Job", spec=spec)
    job_type = "Custom::SageMakerTrainingJob"
    for number in range(46):
        cdk.Tags.of(stack).add(f"key{number:02}", "x", include_resource_types=[job_type])
    cdk.Tags.of(stack).add("aws:mine", "x", include_resource_types=[job_type])
    cdk.Tags.of(stack).add("constructs-lib:stack-id", "x", include_resource_types=[job_type])

    found = report(app)

    assert found.failed
    assert {entry.rule for entry in found.entries} == {"model:size", "tag-key-aws-prefix", "tag-key-unique"}
    (size,) = (entry.text for entry in found.entries if entry.rule == "model:size")
    assert size == (
        "Tags: must have 0 to 47 entries, as SageMaker takes 50 and three are the library's; "
        "got 48, those of the scopes around the job among them"
    ).replace("three", "3")
    (mine,) = (entry.text for entry in found.entries if entry.rule == "tag-key-unique")
    assert mine.endswith(
        "got 'constructs-lib:stack-id', which is one of the tags by which the library knows its jobs"
    )


def test_47_tags_are_allowed(app: cdk.App, stack: cdk.Stack, spec: TrainingJobSpec) -> None:
    TrainingJob(stack, "Job", spec=spec.replace(tags={f"key{number}": "x" for number in range(47)}))

    assert report(app).texts == []


def test_a_role_that_cannot_be_extended(app: cdk.App, stack: cdk.Stack, spec: TrainingJobSpec) -> None:
    arn = "arn:aws:iam::123456789012:role/theirs"
    role = iam.Role.from_role_arn(stack, "Theirs", arn, mutable=False)
    job = TrainingJob(stack, "Job", spec=spec, role=role)

    found = report(app)

    assert not found.failed
    (entry,) = found.entries
    assert (entry.rule, entry.severity) == ("role-cannot-be-extended", "warning")
    assert entry.text.startswith("RoleArn: the role cannot be extended, so it must allow by itself: ")
    for permission in job.explain_permissions():
        assert f"{', '.join(permission.actions)} ({permission.reason})" in entry.text


def test_second_default_platforms_of_one_environment(app: cdk.App, spec: TrainingJobSpec) -> None:
    here, there = (
        cdk.Environment(account="123456789012", region=region) for region in ("eu-west-1", "us-east-1")
    )
    stage = cdk.Stage(app, "Stage")
    stacks = {
        "First": cdk.Stack(app, "First", env=here),
        "Elsewhere": cdk.Stack(app, "Elsewhere", env=there),
        "Second": cdk.Stack(app, "Second", env=here),
        "Anywhere": cdk.Stack(app, "Anywhere"),
        "Stage": cdk.Stack(stage, "Anywhere"),
        "Third": cdk.Stack(stage, "Third", env=here),
    }
    for stack in stacks.values():
        TrainingJob(stack, "Job", spec=spec)
        TrainingJob(stack, "Other", spec=spec)

    found = report(app)

    assert not found.failed
    assert found.rules == [
        ("second-default-platform", "Second/DefaultTrainingPlatform"),
        ("second-default-platform", "Stage/Third/DefaultTrainingPlatform"),
    ]
    assert found.entries[1].text.startswith(
        "is the default platform number 3 of its environment, the first is First/DefaultTrainingPlatform: "
    )


def test_a_job_that_was_taken_out_again_is_not_reported(
    app: cdk.App, stack: cdk.Stack, spec: TrainingJobSpec
) -> None:
    job = TrainingJob(stack, "Job", spec=spec.replace(max_runtime=cdk.Duration.hours(2)))
    assert job.node.try_remove_child("Resource")
    cdk.CfnResource(stack, "Topic", type="AWS::SNS::Topic")

    assert report(app).texts == []
