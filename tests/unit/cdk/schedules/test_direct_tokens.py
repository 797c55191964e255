"""What CloudFormation knows keeps its JSON type in a payload; the rest of the payload is untouched."""

from __future__ import annotations

import json
from typing import Any

import aws_cdk as cdk
import pytest
from hypothesis import HealthCheck, given, settings

from constructs_lib import Algorithm, SpotTraining, TrainingJobSpec, TrainingPlatform, shapes
from constructs_lib.cdk.exact_numbers import inexact
from constructs_lib.cdk.lazy import late_list
from constructs_lib.cdk.schedules.json_types import json_typed, unwritable
from tests.unit.rules.generated import requests

from .conftest import IMAGE
from .templates import Find, directly, schedule_of

STACK = cdk.Stack(cdk.App(), "Stack")
VALUES = {"Count": "3", "Yes": "true", "Ids": ["sg-1", "sg-2"], "Text": "x"}


def written(value: Any) -> str:
    """A text of a template's, as CloudFormation writes it."""
    if isinstance(value, str):
        return value
    if "Ref" in value:
        return str(VALUES.get(value["Ref"], f"<{value['Ref']}>"))
    if "Fn::Join" not in value:
        return f"<{value}>"
    separator, parts = value["Fn::Join"]
    items = VALUES[parts["Ref"]] if isinstance(parts, dict) else [written(part) for part in parts]
    return str(separator).join(items)


def sent(request: Any, stack: cdk.Stack = STACK) -> Any:
    return json.loads(written(stack.resolve(stack.to_json_string(json_typed(request)))))


@given(request=requests())
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=40)
def test_a_request_without_tokens_is_sent_as_it_is(request: Any) -> None:
    # What CDK would round is a finding.
    assert sent(request) == request or list(inexact(request))


@pytest.fixture
def parameters(stack: cdk.Stack) -> dict[str, cdk.CfnParameter]:
    kinds = {"Count": "Number", "Yes": "String", "Ids": "CommaDelimitedList", "Text": "String"}
    return {name: cdk.CfnParameter(stack, name, type=kind) for name, kind in kinds.items()}


def test_numbers_flags_and_lists_are_not_quoted(
    stack: cdk.Stack, parameters: dict[str, cdk.CfnParameter], resources: Find
) -> None:
    flag = parameters["Yes"]
    spec = TrainingJobSpec(
        algorithm=Algorithm.from_image_uri(IMAGE, arguments=parameters["Ids"].value_as_list),
        hyperparameters={"rounds": parameters["Count"].value_as_number, "name": "a-b"},
        instance_type=parameters["Text"].value_as_string,
        instance_count=parameters["Count"].value_as_number,
        volume_size_gib=parameters["Count"].value_as_string,
        max_runtime=cdk.Duration.seconds(parameters["Count"].value_as_number),
        spot=SpotTraining(max_wait=cdk.Duration.seconds(parameters["Count"].value_as_number)),
        network_isolation=flag.value_as_string,
        remote_debug=cdk.Token.as_any(cdk.Fn.ref("Yes")),
        vpc_config=shapes.VpcConfig(
            security_group_ids=parameters["Ids"].value_as_list, subnets=["subnet-0123abcd"]
        ),
        role_arn="arn:aws:iam::123456789012:role/r",
    )
    directly(stack, spec=spec, platform=TrainingPlatform(stack, "Platform", use_vpc=False))

    found = json.loads(written(schedule_of(resources, stack)["Target"]["Input"]))

    assert found["ResourceConfig"]["InstanceCount"] == 3
    assert found["ResourceConfig"]["VolumeSizeInGB"] == 3
    assert found["ResourceConfig"]["InstanceType"] == "x"
    assert found["StoppingCondition"] == {"MaxRuntimeInSeconds": 3, "MaxWaitTimeInSeconds": 3}
    assert found["EnableNetworkIsolation"] is True
    assert found["RemoteDebugConfig"] == {"EnableRemoteDebug": True}
    assert found["AlgorithmSpecification"]["ContainerArguments"] == ["sg-1", "sg-2"]
    assert found["VpcConfig"]["SecurityGroupIds"] == ["sg-1", "sg-2"]
    # SageMaker takes hyperparameters as text.
    assert found["HyperParameters"] == {"rounds": "3", "name": "a-b"}
    # CDK writes a list into JSON by a function of its own, unless it is asked for text.
    assert resources(stack, "Custom::AWSCDKCfnJsonStringify") == {}


def test_a_list_that_is_known_late_is_written_as_json(stack: cdk.Stack) -> None:
    items: list[str] = []
    token = late_list(items)
    items += ['a"b', cdk.Aws.REGION]

    found = sent({"VpcConfig": {"Subnets": token}, "HyperParameters": {"names": token}}, stack)

    assert found["VpcConfig"]["Subnets"] == ['a"b', "<AWS::Region>"]
    assert json.loads(found["HyperParameters"]["names"]) == ['a"b', "<AWS::Region>"]


def test_a_list_of_cloudformations_in_a_hyperparameter_is_text(
    stack: cdk.Stack, parameters: dict[str, cdk.CfnParameter]
) -> None:
    found = sent({"HyperParameters": {"names": parameters["Ids"].value_as_list}}, stack)

    assert json.loads(found["HyperParameters"]["names"]) == ["sg-1", "sg-2"]


def test_numbers_that_cdk_would_round() -> None:
    request = {"InputDataConfig": [{"ShuffleConfig": {"Seed": 2**53}}], "ResourceConfig": {"A": 2**53 - 1}}

    assert list(inexact(request)) == [("InputDataConfig", 0, "ShuffleConfig", "Seed")]


def test_what_no_text_can_hold() -> None:
    present = {"Fn::If": ["Debug", {"EnableRemoteDebug": True}, {"Ref": "AWS::NoValue"}]}
    request = {
        "RemoteDebugConfig": present,
        "HyperParameters": {"Fn::GetAtt": ["Custom", "Map"]},
        "VpcConfig": {"Subnets": {"Ref": "Ids"}},
        "ResourceConfig": {"InstanceType": {"Fn::If": ["Big", "ml.m5.large", {"Ref": "AWS::NoValue"}]}},
        "Tags": [{"Key": "a", "Value": {"Ref": "Text"}}, {"Ref": "AWS::NoValue"}],
        "Environment": {"A": {"Fn::Join": ["", [{"Ref": "Text"}, "x"]]}},
    }

    assert list(unwritable(request)) == [
        ("RemoteDebugConfig",),
        ("HyperParameters",),
        ("ResourceConfig", "InstanceType"),
        ("Tags", 1),
    ]
