"""One spec has one rendering: all runners' templates hold the same request."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from constructs_lib import (
    Algorithm,
    Channel,
    Checkpoint,
    MetricDefinition,
    Output,
    SpotTraining,
    TrainingJobSpec,
    TrainingPlatform,
)
from tests.unit.cdk.runners import COUNT, REPORTS, Runners, common, sayable, template_of, users_tags
from tests.unit.rules.generated import fullest, requests

RUNNERS = 7
# Making an app takes longer than what is in it: so many requests are in one.
AT_ONCE, APPS = 4, 3
METRIC = {"Name": "found-by-the-test", "Regex": "found=([0-9.]+)"}


@pytest.fixture
def unreported(monkeypatch: pytest.MonkeyPatch) -> None:
    """Findings stay unsaid: here it is only looked at what is rendered."""
    for name in REPORTS:
        monkeypatch.setattr(name, lambda *_: None)


def measured(request: dict[str, Any]) -> dict[str, Any]:
    """The request with a metric that a sweep can ask for."""
    made = sayable(request)
    made.setdefault("AlgorithmSpecification", {"TrainingInputMode": "File"})["MetricDefinitions"] = [METRIC]
    return made


def rendered(given: list[dict[str, Any]]) -> list[dict[str, dict[str, Any]]]:
    """What all runners hold of each request."""
    stack = cdk.Stack(cdk.App(context={"@aws-cdk/core:stackResourceLimit": 0}), "Stack")
    platform = TrainingPlatform(stack, "Platform", use_vpc=False)
    runners = []
    for number, request in enumerate(given):
        spec = TrainingJobSpec.from_request(request).replace(training_job_name=None)
        runners.append(Runners(Construct(stack, f"Case{number}"), spec, METRIC["Name"], platform))
    template = template_of(stack)
    return [one.requests(template) for one in runners]


def check(request: dict[str, Any], found: dict[str, dict[str, Any]]) -> None:
    """All hold the request, and the same of what the platform adds to it."""
    assert len(found) == RUNNERS
    for runner, held in found.items():
        assert common(held) == common(found["a job"]), runner
        assert changed(common(held), common(request)) == set(), runner
        assert users_tags(held) == users_tags(request), runner


def changed(held: Any, request: Any, path: str = "") -> set[str]:
    """The members of a request that are missing in another, or are others there."""
    if not (isinstance(held, dict) and isinstance(request, dict)):
        return set() if held == request and type(held) is type(request) else {path}
    found = {f"{path}.{key}" for key in request.keys() - held.keys()}
    return found.union(
        *(changed(held[key], request[key], f"{path}.{key}") for key in request.keys() & held.keys())
    )


@pytest.mark.usefixtures("unreported")
def test_every_member_is_the_same_for_all_runners() -> None:
    request = measured(fullest())
    (found,) = rendered([request])
    check(request, found)
    for held in found.values():
        assert held.keys() | {"TrainingJobName"} == request.keys()


@pytest.mark.usefixtures("unreported")
@given(drawn=st.lists(requests().map(measured), min_size=AT_ONCE, max_size=AT_ONCE))
@settings(
    deadline=None,
    max_examples=APPS,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # shrinking would make some hundred apps
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
def test_every_valid_request_is_the_same_for_all_runners(drawn: list[dict[str, Any]]) -> None:
    for request, found in zip(drawn, rendered(drawn), strict=True):
        check(request, found)


def test_what_the_platform_fills_in_is_the_same_for_all_runners() -> None:
    """Network, keys, places and limits, by tokens; findings are said."""
    stack = cdk.Stack(cdk.App(), "Stack")
    bucket = s3.Bucket(stack, "Data")
    role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("sagemaker.amazonaws.com"))
    spec = TrainingJobSpec(
        algorithm=Algorithm.from_image_uri("111122223333.dkr.ecr.eu-west-1.amazonaws.com/train:1"),
        channels=[Channel.from_bucket("train", bucket, "train/")],
        hyperparameters={"depth": 6, "eta": 0.1, "early": True, "bucket": bucket.bucket_name},
        environment={"TEXT": 'it\'s {braced} \\ "quoted"\n'},
        instance_type="ml.m5.large",
        instance_count=cdk.Token.as_number({"Ref": COUNT}),
        max_runtime=cdk.Duration.hours(2),
        metrics=[MetricDefinition(**{key.lower(): text for key, text in METRIC.items()})],
        checkpoint=Checkpoint(bucket=bucket, prefix="checkpoints"),
        spot=SpotTraining(),
        output=Output(bucket=bucket, prefix="models"),
        role_arn=role.role_arn,
        tags={"team": "forecast", "bucket": bucket.bucket_name},
    )
    cdk.CfnParameter(stack, COUNT, type="Number")
    vpc = ec2.Vpc(stack, "Vpc", availability_zones=["eu-west-1a", "eu-west-1b"])
    runners = Runners(stack, spec, METRIC["Name"], TrainingPlatform(stack, "Platform", vpc=vpc))
    found = runners.requests(template_of(stack))
    assert len(found) == RUNNERS
    for runner, held in found.items():
        assert common(held) == common(found["a job"]), runner
        assert users_tags(held) == users_tags(found["a job"]), runner
    assert {"VpcConfig", "RoleArn", "CheckpointConfig", "Environment"} < found["a job"].keys()
    assert len(found["a job"]["VpcConfig"]["Subnets"]) == 2
