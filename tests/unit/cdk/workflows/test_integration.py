"""Which requests the optimised integration takes: by the one list, in which every member has its place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_stepfunctions as sfn

from constructs_lib import SpecError
from constructs_lib.cdk.workflows.integration import NOT_KNOWN, TAKEN, chosen, unsupported
from constructs_lib.service_model.create_training_job import ROOT, SHAPES

SMALL: dict[str, Any] = {
    "TrainingJobName": "{% $name %}",
    "RoleArn": "arn:aws:iam::123456789012:role/r",
    "AlgorithmSpecification": {"TrainingImage": "image", "TrainingInputMode": "FastFile"},
    "OutputDataConfig": {"S3OutputPath": "s3://bucket/out/", "KmsKeyId": "key"},
    "ResourceConfig": {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 30},
    "InputDataConfig": [
        {
            "ChannelName": "train",
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://b"}},
        }
    ],
    "StoppingCondition": {"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": 60},
    "HyperParameters": {"InstanceGroups": "a name of the user's"},
    "EnableManagedSpotTraining": True,
    "CheckpointConfig": {"S3Uri": "s3://bucket/c/"},
    "Tags": [{"Key": "a", "Value": "b"}],
}


def structures(shape: str, seen: set[str]) -> Iterator[str]:
    """The structures that are reached from one through members that are taken."""
    if shape in seen:
        return
    seen.add(shape)
    described = SHAPES[shape]
    if described["type"] == "list":
        yield from structures(described["member"], seen)
    elif described["type"] == "structure":
        yield shape
        for name in TAKEN.get(shape, ()):
            yield from structures(described["members"][name], seen)


REACHED = sorted(structures(ROOT, set()))


def test_the_list_is_of_the_structures_that_can_be_reached() -> None:
    assert sorted(TAKEN) == REACHED
    assert set(NOT_KNOWN) < set(TAKEN)


@pytest.mark.parametrize("shape", REACHED)
def test_every_member_of_the_service_model_is_classified(shape: str) -> None:
    members, taken = set(SHAPES[shape]["members"]), TAKEN[shape]
    not_known = NOT_KNOWN.get(shape, frozenset())

    assert taken | not_known == members, "a member that AWS added, or took away: put it into one of the lists"
    assert not taken & not_known


def test_a_new_member_of_the_model_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    members = {**SHAPES["ResourceConfig"]["members"], "Brand": "String256"}
    monkeypatch.setitem(SHAPES, "ResourceConfig", {**SHAPES["ResourceConfig"], "members": members})

    with pytest.raises(AssertionError, match="a member that AWS added"):
        test_every_member_of_the_service_model_is_classified("ResourceConfig")


def test_a_common_job_is_taken() -> None:
    assert unsupported(SMALL) == []
    assert chosen(SMALL, None, "Stack/Train") == "optimized"


PLACES: list[tuple[str, tuple[str | int, ...]]] = [
    ("", ()),
    *((name, (name,)) for name in ("AlgorithmSpecification", "OutputDataConfig", "ResourceConfig")),
    ("StoppingCondition", ("StoppingCondition",)),
    ("InputDataConfig[0].DataSource", ("InputDataConfig", 0, "DataSource")),
    ("InputDataConfig[0].DataSource.S3DataSource", ("InputDataConfig", 0, "DataSource", "S3DataSource")),
    ("ExperimentConfig", ("ExperimentConfig",)),
]
SHAPE_OF = {
    "": ROOT,
    "InputDataConfig[0].DataSource": "DataSource",
    "InputDataConfig[0].DataSource.S3DataSource": "S3DataSource",
}
UNKNOWN_MEMBERS = [
    (f"{path}.{name}".lstrip("."), steps, name)
    for path, steps in PLACES
    for name in sorted(NOT_KNOWN[SHAPE_OF.get(path, path)])
]


def test_every_member_that_is_not_known_has_a_case() -> None:
    assert len(UNKNOWN_MEMBERS) == sum(map(len, NOT_KNOWN.values())) == 27


@pytest.mark.parametrize(("path", "steps", "name"), UNKNOWN_MEMBERS, ids=lambda value: str(value))
@pytest.mark.parametrize("value", [{"Any": "thing"}, "{% $states.input.x %}", []], ids=type)
def test_a_member_that_is_not_known_needs_the_sdk(
    path: str, steps: tuple[str | int, ...], name: str, value: object
) -> None:
    request = with_member(SMALL | {"ExperimentConfig": {"TrialName": "t"}}, (*steps, name), value)

    assert unsupported(request) == [path]
    assert chosen(request, None, "Stack/Train") == "aws-sdk"


def with_member(document: Any, steps: tuple[str | int, ...], value: object) -> Any:
    if not steps:
        return value
    first, *others = steps
    if isinstance(first, int):
        return [
            with_member(item, tuple(others), value) if n == first else item for n, item in enumerate(document)
        ]
    return {**document, first: with_member(document.get(first, {}), tuple(others), value)}


def test_all_of_them_are_named_in_the_requests_order() -> None:
    second = {"ChannelName": "more", "DataSource": {"DatasetSource": {"DatasetArn": "arn"}}}
    request = {
        **SMALL,
        "InputDataConfig": [*SMALL["InputDataConfig"], second],
        "RetryStrategy": {"MaximumRetryAttempts": 2},
    }

    assert unsupported(request) == ["InputDataConfig[1].DataSource.DatasetSource", "RetryStrategy"]


def test_a_member_that_the_model_does_not_know_is_not_known_here() -> None:
    assert unsupported({**SMALL, "Brand new": 1}) == ['["Brand new"]']


def test_what_is_left_out_of_the_template_does_not_count() -> None:
    assert unsupported({**SMALL, "RetryStrategy": None}) == []


@pytest.mark.parametrize(
    "whole",
    [
        "{% $states.input.resources %}",
        sfn.JsonPath.object_at("$.resources"),
        cdk.Token.as_any({"Ref": "Resources"}),
        cdk.Token.as_list({"Ref": "Resources"}),
        sfn.JsonPath.list_at("$.resources"),
        17,
    ],
    ids=type,
)
@pytest.mark.parametrize("member", ["ResourceConfig", "InputDataConfig", "Tags", "HyperParameters"])
def test_what_cannot_be_looked_into_is_taken(member: str, whole: object) -> None:
    assert unsupported({**SMALL, member: whole}) == []


def test_tokens_inside_do_not_hide_a_member() -> None:
    resources = {**SMALL["ResourceConfig"], "TrainingPlanArn": cdk.Token.as_string({"Ref": "Plan"})}
    assert unsupported({**SMALL, "ResourceConfig": resources}) == ["ResourceConfig.TrainingPlanArn"]


def test_the_override_wins() -> None:
    assert chosen({**SMALL, "RetryStrategy": {}}, "optimized", "Stack/Train") == "optimized"
    assert chosen(SMALL, "aws-sdk", "Stack/Train") == "aws-sdk"


@pytest.mark.parametrize(
    ("override", "got"), [("sync", "'sync'"), ("optimised", "'optimised'"), (True, "bool"), ([], "list")]
)
def test_another_override_is_refused(override: object, got: str) -> None:
    with pytest.raises(SpecError) as caught:
        chosen(SMALL, override, "Stack/Train")
    assert str(caught.value) == (
        f"integration: must be 'optimized' or 'aws-sdk', got {got}; leave it out to have it chosen by field "
        "[Stack/Train]"
    )
