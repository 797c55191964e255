"""From a request to a spec and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from constructs_lib.errors import SpecError
from constructs_lib.service_model.create_training_job import ROOT, SHAPES
from constructs_lib.spec import Checkpoint, InstanceGroup, MetricDefinition, Output, TrainingJobSpec, shapes
from constructs_lib.spec.frozen import thaw
from constructs_lib.spec.request_reader import READERS

from .request_strategies import JSON_VALUES, strategy

CORPUS = Path(__file__).resolve().parents[4] / "shared" / "corpus" / "valid"
IMAGE = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/image:1"

CLASSIC: dict[str, Any] = {
    "TrainingJobName": "churn-1",
    "HyperParameters": {"max_depth": "6"},
    "AlgorithmSpecification": {
        "TrainingImage": IMAGE,
        "TrainingInputMode": "Pipe",
        "MetricDefinitions": [{"Name": "auc", "Regex": "auc=(.*)"}],
    },
    "RoleArn": "arn:aws:iam::111122223333:role/r",
    "InputDataConfig": [
        {
            "ChannelName": "train",
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://b/train"}},
        }
    ],
    "OutputDataConfig": {"KmsKeyId": "k", "S3OutputPath": "s3://b/out", "CompressionType": "NONE"},
    "ResourceConfig": {
        "InstanceType": "ml.m5.xlarge",
        "InstanceCount": 2,
        "VolumeSizeInGB": 50,
        "VolumeKmsKeyId": "v",
        "KeepAlivePeriodInSeconds": 0,
        "TrainingPlanArn": "arn:aws:sagemaker:eu-west-1:111122223333:training-plan/p",
        "InstancePlacementConfig": {"EnableMultipleJobs": True},
    },
    "VpcConfig": {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1", "subnet-0"]},
    "StoppingCondition": {
        "MaxRuntimeInSeconds": 1200,
        "MaxWaitTimeInSeconds": 3600,
        "MaxPendingTimeInSeconds": 7200,
    },
    "Tags": [{"Key": "b", "Value": "1"}, {"Key": "a", "Value": ""}],
    "EnableNetworkIsolation": False,
    "EnableInterContainerTrafficEncryption": True,
    "EnableManagedSpotTraining": True,
    "CheckpointConfig": {"S3Uri": "s3://b/c", "LocalPath": "/opt/c"},
    "DebugHookConfig": {"S3OutputPath": "s3://b/d", "HookParameters": {"save_interval": "1"}},
    "DebugRuleConfigurations": [{"RuleConfigurationName": "r", "RuleEvaluatorImage": IMAGE}],
    "TensorBoardOutputConfig": {"S3OutputPath": "s3://b/t"},
    "ExperimentConfig": {"ExperimentName": "e"},
    "ProfilerConfig": {"DisableProfiler": True},
    "ProfilerRuleConfigurations": [{"RuleConfigurationName": "p", "RuleEvaluatorImage": IMAGE}],
    "Environment": {"LOG": "1"},
    "RetryStrategy": {"MaximumRetryAttempts": 3},
    "RemoteDebugConfig": {"EnableRemoteDebug": False},
    "InfraCheckConfig": {"EnableInfraCheck": True},
    "SessionChainingConfig": {"EnableSessionTagChaining": True},
    "ServerlessJobConfig": {"BaseModelArn": "arn", "JobType": "FineTuning"},
    "MlflowConfig": {"MlflowResourceArn": "arn"},
    "ModelPackageConfig": {"ModelPackageGroupArn": "arn"},
}


def identical(one: object, other: object) -> bool:
    """Equal with the order of lists, and True not equal to 1."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def test_every_member_becomes_a_field() -> None:
    spec = TrainingJobSpec.from_request(CLASSIC)
    assert spec.overrides == {}
    assert spec.training_job_name == "churn-1"
    assert spec.hyperparameters == {"max_depth": "6"}
    assert spec.metrics == (MetricDefinition("auc", "auc=(.*)"),)
    assert spec.role_arn == "arn:aws:iam::111122223333:role/r"
    assert [channel.name for channel in spec.channels] == ["train"]
    assert spec.output == Output(s3_uri="s3://b/out", encryption_key="k", compression="NONE")
    assert (spec.instance_type, spec.instance_count, spec.volume_size_gib) == ("ml.m5.xlarge", 2, 50)
    assert spec.volume_encryption_key == "v"
    assert (spec.keep_alive, spec.max_runtime) == (timedelta(0), timedelta(minutes=20))
    assert spec.max_pending == timedelta(hours=2)
    assert spec.spot is not None
    assert spec.spot.max_wait == timedelta(hours=1)
    assert spec.placement == shapes.InstancePlacementConfig(enable_multiple_jobs=True)
    assert spec.vpc_config == shapes.VpcConfig(security_group_ids=["sg-1"], subnets=["subnet-1", "subnet-0"])
    assert spec.tags == {"b": "1", "a": ""}
    assert spec.network_isolation is False
    assert spec.inter_container_encryption is True
    assert spec.checkpoint == Checkpoint(s3_uri="s3://b/c", local_path="/opt/c")
    assert spec.debug_rule_configurations == (
        shapes.DebugRuleConfiguration(rule_configuration_name="r", rule_evaluator_image=IMAGE),
    )
    assert spec.retry_attempts == 3
    assert (spec.remote_debug, spec.infra_check, spec.session_tag_chaining) == (False, True, True)
    assert spec.serverless_job_config == shapes.ServerlessJobConfig(
        base_model_arn="arn", job_type="FineTuning"
    )
    assert list(CLASSIC) == list(SHAPES[ROOT]["members"])
    assert identical(spec.to_request(), CLASSIC)
    assert list(spec.to_request()) == list(CLASSIC)


def test_every_member_has_one_reader() -> None:
    read = [name for reader in READERS for name in reader.members]
    assert sorted(read) == sorted(SHAPES[ROOT]["members"])


def test_groups_and_preferences_become_fields() -> None:
    group = {"InstanceType": "ml.c5.xlarge", "InstanceCount": 3, "InstanceGroupName": "cpu"}
    groups = TrainingJobSpec.from_request({"ResourceConfig": {"InstanceGroups": [group]}})
    assert groups.instance_groups == (InstanceGroup("cpu", "ml.c5.xlarge", 3),)
    assert groups.instance_count is None
    assert groups.to_request() == {"ResourceConfig": {"InstanceGroups": [group]}}
    preferences = {"InstanceCount": 2, "InstancePreferences": [{"InstanceType": "ml.p5.48xlarge"}]}
    spec = TrainingJobSpec.from_request({"ResourceConfig": preferences})
    assert spec.instance_preferences == (shapes.InstancePreference(instance_type="ml.p5.48xlarge"),)
    assert (spec.instance_count, spec.overrides) == (2, {})
    assert spec.to_request() == {"ResourceConfig": preferences}


@pytest.mark.parametrize(
    ("request_", "overrides"),
    [
        ({"EnableManagedSpotTraining": False}, {"EnableManagedSpotTraining": False}),
        ({"Tags": []}, {"Tags": []}),
        (
            {"Tags": [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}]},
            {"Tags": [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}]},
        ),
        ({"ResourceConfig": {"InstanceType": "t"}}, {"ResourceConfig": {"InstanceType": "t"}}),
        (
            {"ResourceConfig": {"InstanceType": "t", "InstanceCount": 1, "SelectedInstanceType": "u"}},
            {"ResourceConfig": {"SelectedInstanceType": "u"}},
        ),
        (
            {"StoppingCondition": {"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": 90}},
            {"StoppingCondition": {"MaxWaitTimeInSeconds": 90}},
        ),
        (
            {"StoppingCondition": {"MaxRuntimeInSeconds": 60}, "EnableManagedSpotTraining": True},
            {"StoppingCondition": {"MaxRuntimeInSeconds": 60}, "EnableManagedSpotTraining": True},
        ),
        ({"RetryStrategy": {"MaximumRetryAttempts": 0}}, {"RetryStrategy": {"MaximumRetryAttempts": 0}}),
        ({"VpcConfig": {"Subnets": ["s"]}}, {"VpcConfig": {"Subnets": ["s"]}}),
    ],
)
def test_what_no_field_says_to_the_letter_is_an_override(
    request_: dict[str, object], overrides: dict[str, object]
) -> None:
    spec = TrainingJobSpec.from_request(request_)
    assert thaw(spec.overrides) == overrides
    assert identical(spec.to_request(), request_)


def test_tokens_stand_for_fields_whole_maps_and_whole_lists(stack: cdk.Stack) -> None:
    token = cdk.Token.as_any({"Ref": "Tags"})
    request: dict[str, object] = {
        "HyperParameters": "{% $states.input.hp %}",
        "InputDataConfig": "{% $states.input.channels %}",
        "StoppingCondition": {"MaxRuntimeInSeconds": "{% $states.input.seconds %}"},
        "Tags": token,
        "DebugRuleConfigurations": "{% $states.input.rules %}",
        "ExperimentConfig": "{% $states.input.experiment %}",
        "ResourceConfig": "{% $states.input.machines %}",
    }
    spec = TrainingJobSpec.from_request(request)
    assert spec.hyperparameters == "{% $states.input.hp %}"  # type: ignore[comparison-overlap]
    assert spec.max_runtime == "{% $states.input.seconds %}"
    assert spec.tags is token  # type: ignore[comparison-overlap]
    assert spec.overrides == {"ResourceConfig": "{% $states.input.machines %}"}
    assert spec.to_request() == request
    assert stack.resolve(spec.to_request())["Tags"] == {"Ref": "Tags"}


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ([], "request: must be a mapping, got list; pass it as boto3 takes it"),
        (None, "request: must be a mapping, got NoneType; pass it as boto3 takes it"),
        ("{% $x %}", "request: must be a mapping, got a token; pass it as boto3 takes it"),
        ({1: 2}, "request: keys must be str, got int; write every key as text"),
        (
            {"ResourceConfig": {"InstanceTyp": "x"}},
            "ResourceConfig.InstanceTyp: is no member that CreateTrainingJob has there; "
            "did you mean InstanceType?",
        ),
        ({"Tags": {"a": "b"}}, "Tags: must be a list, got dict; write it as AWS takes it"),
        (
            {"InputDataConfig": [{"ChannelName": None}]},
            "InputDataConfig[0].ChannelName: must be a str, got NoneType; write it as AWS takes it",
        ),
        (
            {"ResourceConfig": {"InstanceCount": True}},
            "ResourceConfig.InstanceCount: must be an int, got bool; write it as AWS takes it",
        ),
        (
            {"HyperParameters": {"password": 12345}},
            "HyperParameters.password: must be a str, got int; write it as AWS takes it",
        ),
    ],
)
def test_what_is_no_request_is_refused(request_: object, message: str) -> None:
    with pytest.raises(SpecError) as caught:
        TrainingJobSpec.from_request(request_)  # type: ignore[arg-type]
    assert str(caught.value) == message


def test_a_value_within_itself_is_refused() -> None:
    cyclic: dict[str, Any] = {}
    cyclic["VpcConfig"] = cyclic
    with pytest.raises(SpecError, match=r"^VpcConfig\.VpcConfig: is no member"):
        TrainingJobSpec.from_request(cyclic)
    deep: Any = "x"
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(SpecError, match=r"^Tags\[0\]: must be a mapping, got list"):
        TrainingJobSpec.from_request({"Tags": deep})


def test_an_incomplete_request_can_be_read_completed_and_added_to() -> None:
    spec = TrainingJobSpec.from_request({"TrainingJobName": "x"})
    assert spec.with_tag("a", "b").to_request() == {
        "TrainingJobName": "x",
        "Tags": [{"Key": "a", "Value": "b"}],
    }
    with pytest.raises(SpecError, match="algorithm: is needed"):
        TrainingJobSpec.from_request(CLASSIC).replace(algorithm=None, serverless_job_config=None)


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(strategy())
def test_a_request_of_the_right_types_comes_back(request_: dict[str, object]) -> None:
    assert identical(TrainingJobSpec.from_request(request_).to_request(), request_)


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(strategy(tokens=True))
def test_a_request_with_tokens_anywhere_comes_back(request_: dict[str, object]) -> None:
    assert identical(TrainingJobSpec.from_request(request_).to_request(), request_)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.one_of(JSON_VALUES, st.dictionaries(st.sampled_from(list(SHAPES[ROOT]["members"])), JSON_VALUES)))
def test_whatever_is_read_gives_a_spec_or_the_documented_error(value: Any) -> None:
    try:
        spec = TrainingJobSpec.from_request(value)
    except SpecError:
        return
    assert identical(spec.to_request(), value)


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the shared corpus is not on this machine")
def test_requests_found_in_the_wild_land_in_fields() -> None:
    overridden: dict[str, Mapping[str, object]] = {}
    files = sorted(CORPUS.glob("*.json"))
    for file in files:
        request = json.loads(file.read_text())
        spec = TrainingJobSpec.from_request(request)
        assert identical(spec.to_request(), request), file.name
        if spec.overrides:
            overridden[file.stem] = spec.overrides
    assert len(files) == 59
    assert list(overridden.values()) == [{"EnableManagedSpotTraining": False}] * 2
