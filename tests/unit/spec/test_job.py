from __future__ import annotations

import copy
import dataclasses
from datetime import timedelta
from typing import Any

import aws_cdk as cdk
import pytest

from constructs_lib.errors import SpecError
from constructs_lib.spec import (
    Algorithm,
    Channel,
    InstanceGroup,
    MetricDefinition,
    SpotTraining,
    TrainingJobSpec,
    shapes,
)

from .conftest import MakeSpec


def test_a_spec_cannot_be_changed(make: MakeSpec) -> None:
    spec = make(hyperparameters={"a": [1]}, tags={"team": "x"})
    with pytest.raises(dataclasses.FrozenInstanceError):
        spec.instance_count = 2  # type: ignore[misc]
    with pytest.raises(TypeError):
        spec.tags["team"] = "y"  # type: ignore[index]
    with pytest.raises(AttributeError):
        spec.hyperparameters["a"].append(2)  # type: ignore[attr-defined]


def test_what_was_passed_in_is_copied(make: MakeSpec) -> None:
    channels = [Channel.from_uri("train", "s3://b/train")]
    nested = [1]
    hyperparameters: dict[str, object] = {"a": nested}
    spec = make(channels=channels, hyperparameters=hyperparameters)
    before = copy.deepcopy(spec.to_request())
    channels.clear()
    nested.append(2)
    hyperparameters["b"] = 1
    assert spec.to_request() == before


def test_a_request_is_a_new_dict_every_time(make: MakeSpec) -> None:
    spec = make(overrides={"RetryStrategy": {"MaximumRetryAttempts": 1}})
    spec.to_request()["RetryStrategy"]["MaximumRetryAttempts"] = 2  # type: ignore[index]
    assert spec.to_request()["RetryStrategy"] == {"MaximumRetryAttempts": 1}


def test_equal_specs_are_equal_and_hash_alike(make: MakeSpec) -> None:
    def one() -> TrainingJobSpec:
        return make(
            hyperparameters={"a": [1, {"b": 2}]},
            tags={"k": "v"},
            max_runtime=cdk.Duration.minutes(1),
            overrides={"RetryStrategy": {"MaximumRetryAttempts": 1}},
        )

    assert one() == one()
    assert len({one(), one()}) == 1
    assert one() != one().with_tag("k", "w")
    assert copy.deepcopy(one()) == one()
    assert one().max_runtime == timedelta(minutes=1)


def test_replace_sets_and_the_with_methods_append_or_override(make: MakeSpec) -> None:
    train, test = Channel.from_uri("train", "s3://b/1"), Channel.from_uri("test", "s3://b/2")
    spec = make(channels=[train, test], hyperparameters={"a": 1}, environment={"E": "1"}, tags={"t": "1"})
    newer, more = Channel.from_uri("train", "s3://b/3"), Channel.from_uri("more", "s3://b/4")
    assert spec.with_channel(newer, more).channels == (newer, test, more)
    assert spec.with_hyperparameters({"a": 2, "b": 3}).hyperparameters == {"a": 2, "b": 3}
    assert spec.with_environment({"E": "2", "F": "3"}).environment == {"E": "2", "F": "3"}
    assert spec.with_tag("t", "2").with_tag("u", "3").tags == {"t": "2", "u": "3"}
    auc, loss = MetricDefinition("auc", "a=(.*)"), MetricDefinition("loss", "l=(.*)")
    other = MetricDefinition("auc", "b=(.*)")
    assert spec.with_metric(auc, loss).with_metric(other).metrics == (other, loss)
    assert spec.replace(instance_count=3).instance_count == 3
    assert spec.channels == (train, test)


def test_tokens_are_taken_for_every_leaf(make: MakeSpec, stack: cdk.Stack) -> None:
    number = cdk.Token.as_number({"Ref": "N"})
    spec = make(
        instance_type=cdk.Token.as_string({"Ref": "T"}),
        instance_count=number,
        volume_size_gib=int(number),
        network_isolation=cdk.Token.as_any({"Ref": "B"}),
        environment={"E": cdk.Token.as_any({"Ref": "A"}), "N": number, "S": cdk.Aws.REGION},
        tags={"t": cdk.Aws.REGION},
        max_runtime=cdk.Duration.seconds(number),
    )
    request = stack.resolve(spec.to_request())
    assert request["ResourceConfig"] == {
        "InstanceType": {"Ref": "T"},
        "InstanceCount": {"Ref": "N"},
        "VolumeSizeInGB": {"Ref": "N"},
    }
    assert request["EnableNetworkIsolation"] == {"Ref": "B"}
    assert request["Environment"] == {"E": {"Ref": "A"}, "N": {"Ref": "N"}, "S": {"Ref": "AWS::Region"}}
    assert request["Tags"] == [{"Key": "t", "Value": {"Ref": "AWS::Region"}}]
    assert request["StoppingCondition"] == {"MaxRuntimeInSeconds": {"Ref": "N"}}


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            {"algorithm": None},
            "algorithm: is needed; make it with a method of Algorithm, such as from_script",
        ),
        ({"algorithm": "image"}, "algorithm: must be of type Algorithm, got str; make it with Algorithm"),
        ({"output": "s3://b"}, "output: must be of type Output, got str; make it with Output"),
        ({"spot": True}, "spot: must be of type SpotTraining, got bool; make it with SpotTraining"),
        ({"channels": [{"a": 1}]}, "channels[0]: must be a Channel, got dict; make it with Channel"),
        ({"channels": {"a": 1}}, "channels: must be a list of Channel, got dict; pass a list of Channel"),
        ({"channels": 3}, "channels: must be a list of Channel, got int; pass a list of Channel"),
        (
            {"channels": [Channel.from_uri("a", "s3://b")] * 2},
            "channels[1]: another channel is named 'a'; give each its own name",
        ),
        (
            {"metrics": MetricDefinition("a", "b")},
            "metrics: must be a list of MetricDefinition, got MetricDefinition; "
            "pass a list of MetricDefinition",
        ),
        ({"hyperparameters": ["a"]}, "hyperparameters: must be a mapping, got list; pass a dict"),
        ({"hyperparameters": {1: 2}}, "hyperparameters: keys must be str, got int; write every key as text"),
        (
            {"hyperparameters": {"a": {1, 2}}},
            "hyperparameters['a']: must be a str, bool, int, float, or a list or dict of these, got set; "
            "convert it first, a numpy value with .item()",
        ),
        ({"environment": {"A": 1}}, "environment['A']: must be a str, got int; write the value as text"),
        ({"tags": {"A": None}}, "tags['A']: must be a str, got NoneType; write the value as text"),
        ({"tags": [("a", "b")]}, "tags: must be a mapping, got list; pass a dict"),
        ({"overrides": None}, "overrides: must be a mapping, got NoneType; pass a dict"),
        ({"instance_type": None}, "instance_type: is needed; name one, such as ml.m5.xlarge"),
        ({"instance_type": 5}, "instance_type: must be a str, got int; pass text or a token"),
        ({"instance_count": "1"}, "instance_count: must be an int, got str; pass a whole number or a token"),
        (
            {"instance_count": True},
            "instance_count: must be an int, got bool; pass a whole number or a token",
        ),
        (
            {"instance_count": 1.5},
            "instance_count: must be an int, got float; pass a whole number or a token",
        ),
        ({"instance_count": -1}, "instance_count: must be 1 or more, got -1; pass a number in that range"),
        (
            {"instance_groups": [InstanceGroup("a", "ml.m5.xlarge", 1)]},
            "instance_groups: excludes instance_type: each group has its own; leave instance_type out",
        ),
        (
            {
                "instance_type": None,
                "instance_count": 2,
                "instance_groups": [InstanceGroup("a", "ml.m5.xlarge", 1)],
            },
            "instance_groups: excludes instance_count: each group has its own; leave instance_count out",
        ),
        (
            {"instance_preferences": [shapes.InstancePreference(instance_type="ml.m5.xlarge")]},
            "instance_preferences: excludes instance_type: one of the preferences is chosen; "
            "leave instance_type out",
        ),
        (
            {"instance_groups": [("a", "ml.m5.xlarge", 1)]},
            "instance_groups[0]: must be an InstanceGroup, got tuple; make it with InstanceGroup",
        ),
        (
            {"instance_preferences": ["ml.m5.xlarge"]},
            "instance_preferences[0]: must be an InstancePreference, got str; "
            "make it with InstancePreference",
        ),
        (
            {"debug_hook_config": {"S3OutputPath": "s3://b"}},
            "debug_hook_config: must be of type shapes.DebugHookConfig, got dict; "
            "make it with shapes.DebugHookConfig",
        ),
        (
            {"vpc_config": shapes.RetryStrategy(maximum_retry_attempts=1)},
            "vpc_config: must be of type shapes.VpcConfig, got RetryStrategy; make it with shapes.VpcConfig",
        ),
        ({"retry_attempts": "3"}, "retry_attempts: must be an int, got str; pass a whole number or a token"),
        (
            {"keep_alive": timedelta(seconds=-1)},
            "keep_alive: must be 0 seconds or more, got -1; pass a positive duration",
        ),
        ({"remote_debug": 1}, "remote_debug: must be a bool, got int; pass True or False"),
        ({"role_arn": 1}, "role_arn: must be a str, got int; pass text or a token"),
        (
            {"overrides": {"RetryStrategy": {1: 2}}},
            "overrides.RetryStrategy: keys must be str, got int; write every key as text",
        ),
        (
            {"overrides": {"RetryStrategy": [{"a": b"x"}]}},
            "overrides.RetryStrategy[0].a: must be a str, bool, int, float, None, "
            "or a list or dict of these, got bytes; write it as AWS takes it",
        ),
        (
            {"overrides": {"RetryStrategy": float("nan")}},
            "overrides.RetryStrategy: must be finite, got nan or an infinity; give a number that JSON has",
        ),
        ({"volume_size_gib": 0}, "volume_size_gib: must be 1 or more, got 0; pass a number in that range"),
        (
            {"volume_encryption_key": b"k"},
            "volume_encryption_key: must be a key, got bytes; pass an aws_kms.IKey, or a key's ARN or id",
        ),
        ({"network_isolation": "yes"}, "network_isolation: must be a bool, got str; pass True or False"),
        (
            {"inter_container_encryption": 1},
            "inter_container_encryption: must be a bool, got int; pass True or False",
        ),
        (
            {"max_runtime": 60},
            "max_runtime: must be a duration, got int; pass aws_cdk.Duration or datetime.timedelta",
        ),
        (
            {"spot": SpotTraining(), "max_runtime": cdk.Duration.seconds(cdk.Token.as_number({"Ref": "N"}))},
            "spot.max_wait: cannot be derived, because max_runtime is a token; give SpotTraining a max_wait",
        ),
    ],
)
def test_mistakes_are_refused_at_once(fields: dict[str, object], message: str, make: MakeSpec) -> None:
    with pytest.raises(SpecError) as caught:
        make(**fields)
    assert str(caught.value) == message


def test_a_name_that_is_no_field_lists_the_fields(make: MakeSpec) -> None:
    with pytest.raises(
        SpecError, match=r"^instances: is no field of TrainingJobSpec, which has algorithm, channels, "
    ):
        make(instances=1)


def test_overrides_can_stand_for_what_is_needed() -> None:
    spec = TrainingJobSpec(overrides={"ServerlessJobConfig": {"JobType": "FineTuning"}})
    assert spec.to_request() == {"ServerlessJobConfig": {"JobType": "FineTuning"}}


def test_no_value_of_a_hyperparameter_or_variable_is_ever_shown(make: MakeSpec) -> None:
    class Secret:
        def __repr__(self) -> str:
            return "hunter2"

    for fields in ({"hyperparameters": {"password": [Secret()]}}, {"environment": {"PASSWORD": Secret()}}):
        with pytest.raises(SpecError) as caught:
            make(**fields)
        assert "hunter2" not in str(caught.value)


def test_the_toolkit_s_own_hyperparameters_are_refused_for_scripts_only(
    make: MakeSpec, folder: object
) -> None:
    name = "sagemaker_program"
    assert make(hyperparameters={name: "x"}).to_request()["HyperParameters"] == {name: "x"}
    script = Algorithm.from_script(str(folder), entry_point="train.py", image_uri="i:1")
    with pytest.raises(SpecError) as caught:
        make(algorithm=script, hyperparameters={name: "x"})
    assert str(caught.value) == (
        "hyperparameters['sagemaker_program']: is set for a script by the library; "
        "leave it out; the entry point and log_level are arguments of Algorithm.from_script"
    )


def test_a_specs_text_shows_no_value_that_may_be_secret() -> None:
    # given
    fields: dict[str, Any] = {name: {"key": "hidden-value"} for name in ("hyperparameters", "environment")}
    spec = TrainingJobSpec.from_request({"ResourceConfig": {}, "HyperParameters": {"key": "hidden-value"}})

    # then
    assert "hidden-value" not in repr(spec.replace(**fields))
    assert "hidden-value" not in repr(spec.replace(overrides={"Environment": {"key": "hidden-value"}}))
