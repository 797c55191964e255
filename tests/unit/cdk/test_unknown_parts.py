"""Jobs whose whole lists and maps are tokens, and members that are written over what the spec renders."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import aws_cdk as cdk
import jsii
import pytest
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk.assertions import Annotations, Match

from constructs_lib import Algorithm, QualityGate, TrainingJob, TrainingJobSpec

from .reports import report
from .test_findings_of_jobs import EXPRESSION, IMAGE, resource

CHANNEL = {
    "ChannelName": "train",
    "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://patients/train"}},
}
METRIC = {"Name": "validation:auc", "Regex": "auc=([0-9.]+)"}
Find = Callable[..., dict[str, dict[str, Any]]]


@jsii.implements(cdk.IStableAnyProducer)
class Produced:
    def __init__(self, value: object) -> None:
        self._value = value

    def produce(self) -> object:
        return self._value


def late(value: object) -> Any:
    """A token object, as a user's own Lazy value is one."""
    return cdk.Lazy.any(cast("cdk.IStableAnyProducer", Produced(value)))


def request(resources: Find, stack: cdk.Stack) -> dict[str, Any]:
    (job,) = resources(stack, "Custom::SageMakerTrainingJob").values()
    found: dict[str, Any] = job["Properties"]["Request"]
    return found


@pytest.mark.parametrize(
    ("field", "value", "member"),
    [
        ("channels", [CHANNEL], "InputDataConfig"),
        ("environment", {"A": "b"}, "Environment"),
        ("hyperparameters", {"depth": "6"}, "HyperParameters"),
    ],
)
def test_a_whole_member_that_is_a_token(
    app: cdk.App,
    stack: cdk.Stack,
    spec: TrainingJobSpec,
    resources: Find,
    field: str,
    value: object,
    member: str,
) -> None:
    plain = spec.replace(algorithm=Algorithm.from_image_uri(IMAGE), hyperparameters={})
    TrainingJob(stack, "Job", spec=plain.replace(**{field: late(value)}))

    assert request(resources, stack)[member] == value
    assert report(app).texts == []


def test_channels_of_which_only_cloudformation_knows(stack: cdk.Stack, spec: TrainingJobSpec) -> None:
    channels = cdk.Token.as_list(cdk.Fn.ref("Channels"))
    job = TrainingJob(stack, "Job", spec=spec.replace(channels=channels))

    assert not [one for one in job.explain_permissions() if one.reason.startswith("InputDataConfig")]
    found = Annotations.from_stack(stack)
    found.has_warning("/Stack/Job", Match.string_like_regexp("^channels: they are a token, so no permission"))


def test_metrics_that_are_a_token_may_have_any_name(
    app: cdk.App, stack: cdk.Stack, spec: TrainingJobSpec
) -> None:
    gates = [QualityGate("validation:auc", at_least=0.8)]
    job = TrainingJob(stack, "Job", spec=spec.replace(metrics=late([METRIC])), quality_gates=gates)
    job.final_metric("validation:loss")

    assert report(app).texts == []


@pytest.mark.parametrize(
    ("field", "member"),
    [("channels", "InputDataConfig"), ("environment", "Environment"), ("role_arn", "RoleArn")],
)
def test_a_whole_member_that_is_an_expression(
    app: cdk.App, stack: cdk.Stack, spec: TrainingJobSpec, field: str, member: str
) -> None:
    TrainingJob(stack, "Job", spec=spec.replace(**{field: "{% $asked %}"}))

    texts = [entry.text for entry in report(app).entries if entry.severity == "error"]

    assert texts == [f"{member}: {EXPRESSION.format('JSONata')}"]


def test_an_expression_as_a_key(app: cdk.App, stack: cdk.Stack, spec: TrainingJobSpec) -> None:
    named = {sfn.JsonPath.string_at("$.name"): "1"}
    TrainingJob(stack, "Job", spec=spec.replace(environment=named))

    assert report(app).texts == [f"expression-in-deploy-job Environment: {EXPRESSION.format('sfn.JsonPath')}"]


def test_expressions_that_only_the_template_shows(
    app: cdk.App, stack: cdk.Stack, spec: TrainingJobSpec
) -> None:
    job = TrainingJob(stack, "Job", spec=spec.replace(environment=late({"A": "{% $a %}"})))
    resource(job).add_property_override("Request.HyperParameters.b", "{% $b %}")
    cdk.Tags.of(stack).add("team", "{% $team %}")

    assert sorted(report(app).texts) == [
        f"expression-in-deploy-job {where}: {EXPRESSION.format('JSONata')}"
        for where in ("Environment.A", "HyperParameters.b", "Tags[0].Value")
    ]


@pytest.mark.parametrize("arn", ["theirs", "arn:aws:iam::123456789012:user/somebody"])
def test_a_role_that_is_none_is_a_finding(
    app: cdk.App, stack: cdk.Stack, spec: TrainingJobSpec, resources: Find, arn: str
) -> None:
    TrainingJob(stack, "Job", spec=spec.replace(role_arn=arn))

    found = report(app)

    assert found.failed
    errors = [entry.text for entry in found.entries if entry.severity == "error"]
    assert errors
    assert all(text.startswith("RoleArn: ") for text in errors)


@pytest.mark.parametrize(
    "overrides",
    [
        {"OutputDataConfig": {"S3OutputPath": "s3://theirs/models"}},
        {"OutputDataConfig": {"KmsKeyId": "alias/theirs"}},
        {"ResourceConfig": {"VolumeSizeInGB": 77}},
        {"ResourceConfig": {"VolumeKmsKeyId": "12345678-1234-1234-1234-123456789012"}},
        {"StoppingCondition": {"MaxRuntimeInSeconds": 600}},
        {"EnableInterContainerTrafficEncryption": False},
    ],
    ids=lambda overrides: ".".join(str(overrides).split("'")[1:4:2]),
)
def test_the_constructs_defaults_give_way_to_overrides(
    app: cdk.App, stack: cdk.Stack, spec: TrainingJobSpec, resources: Find, overrides: dict[str, Any]
) -> None:
    asked = spec.replace(max_runtime=None, instance_count=2, overrides=overrides)
    if "StoppingCondition" not in overrides:
        asked = asked.replace(max_runtime=spec.max_runtime)
    TrainingJob(stack, "Job", spec=asked)

    found = request(resources, stack)

    for member, value in overrides.items():
        if isinstance(value, dict):
            assert {name: found[member][name] for name in value} == value
        else:
            assert found[member] == value
    assert not report(app).failed


def test_an_output_that_is_none_is_a_finding(app: cdk.App, stack: cdk.Stack, spec: TrainingJobSpec) -> None:
    TrainingJob(stack, "Job", spec=spec.replace(overrides={"OutputDataConfig": "s3://theirs/models"}))

    found = report(app)

    assert found.texts == ["model:type OutputDataConfig: must be a map of members, got text"]


def test_another_limit_among_the_overrides_is_no_max_runtime(
    app: cdk.App, stack: cdk.Stack, spec: TrainingJobSpec
) -> None:
    pending = {"StoppingCondition": {"MaxPendingTimeInSeconds": 7200}}
    TrainingJob(stack, "Job", spec=spec.replace(max_runtime=None, overrides=pending))

    rules = [entry.rule for entry in report(app).entries]
    assert rules == ["max-pending-only-accelerated", "max-runtime-defaulted"]


@pytest.mark.parametrize(
    ("path", "value", "text"),
    [
        ("Request", "text", "model:type must be a map of members, got text"),
        ("Request.Tags", ["x"], "model:type Tags[0]: must be a map of members, got text"),
    ],
)
def test_an_escape_hatch_that_breaks_the_requests_form(
    app: cdk.App, stack: cdk.Stack, spec: TrainingJobSpec, path: str, value: object, text: str
) -> None:
    asked = spec.replace(tags={"team": sfn.JsonPath.string_at("$.team")}, training_job_name="churn-1")
    job = TrainingJob(stack, "Job", spec=asked, keep_name=True)
    resource(job).add_property_override(path, value)

    found = report(app)

    assert found.failed
    assert text in found.texts
