"""What trains again, and what does not (decision 9)."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from constructs_lib.runtime.content import NEVER_RETRAINS, PLACEHOLDER, content_block, with_block

from .model import BASE_REQUEST, Raw, request, service_model

FULL: Raw = {
    "TrainingJobName": "given",
    "HyperParameters": {"epochs": "3", "sagemaker_region": "eu-west-1"},
    "AlgorithmSpecification": {
        "TrainingImage": "image:1",
        "TrainingInputMode": "File",
        "MetricDefinitions": [{"Name": "auc", "Regex": "auc=(.*)"}],
    },
    "RoleArn": "arn:role",
    "InputDataConfig": [
        {
            "ChannelName": "train",
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://d"}},
        }
    ],
    "OutputDataConfig": {"S3OutputPath": "s3://o", "KmsKeyId": "k", "CompressionType": "GZIP"},
    "ResourceConfig": {
        "InstanceType": "ml.m5.large",
        "InstanceCount": 1,
        "VolumeSizeInGB": 30,
        "VolumeKmsKeyId": "k",
        "KeepAlivePeriodInSeconds": 60,
        "InstanceGroups": [{"InstanceGroupName": "g", "InstanceCount": 1, "InstanceType": "ml.m5.large"}],
        "TrainingPlanArn": "arn:plan",
    },
    "VpcConfig": {"SecurityGroupIds": ["sg"], "Subnets": ["s"]},
    "StoppingCondition": {"MaxRuntimeInSeconds": 60},
    "Tags": [{"Key": "a", "Value": "b"}],
    "EnableNetworkIsolation": True,
    "EnableInterContainerTrafficEncryption": True,
    "EnableManagedSpotTraining": True,
    "CheckpointConfig": {"S3Uri": "s3://c/fixed"},
    "DebugHookConfig": {"S3OutputPath": "s3://debug"},
    "DebugRuleConfigurations": [{"RuleConfigurationName": "r", "RuleEvaluatorImage": "i"}],
    "TensorBoardOutputConfig": {"S3OutputPath": "s3://board"},
    "ExperimentConfig": {"ExperimentName": "e"},
    "ProfilerConfig": {"DisableProfiler": True},
    "ProfilerRuleConfigurations": [{"RuleConfigurationName": "r", "RuleEvaluatorImage": "i"}],
    "Environment": {"A": "1"},
    "RetryStrategy": {"MaximumRetryAttempts": 2},
    "RemoteDebugConfig": {"EnableRemoteDebug": True},
    "InfraCheckConfig": {"EnableInfraCheck": True},
    "SessionChainingConfig": {"EnableSessionTagChaining": True},
    "ServerlessJobConfig": {"BaseModelArn": "arn:model"},
    "MlflowConfig": {"MlflowResourceArn": "arn:mlflow"},
    "ModelPackageConfig": {"ModelPackageGroupArn": "arn:group"},
}
MEMBERS = set(service_model().operation_model("CreateTrainingJob").input_shape.members)
RETRAINS = {
    "HyperParameters",
    "AlgorithmSpecification",
    "InputDataConfig",
    "OutputDataConfig",
    "ResourceConfig",
    "CheckpointConfig",
    "Environment",
    "ServerlessJobConfig",
    "ModelPackageConfig",
}
# Golden values: a release that changes one of them trains everybody's models again.
GOLDEN = {
    "empty": ({}, {}, "a7d1e7c5342d"),
    "base": (BASE_REQUEST, {}, "ae8c114d1c2b"),
    "full": (FULL, {"data": "v1"}, "a37b3a6fb69c"),
}


def block(members: Raw, rerun_on: dict[str, str] | None = None) -> str:
    return content_block(members, rerun_on or {})


def changed(*path: Any) -> Raw:
    """The full request with the scalar at a path changed."""
    other = copy.deepcopy(FULL)
    place: Any = other
    for key in path[:-1]:
        place = place[key]
    value = place[path[-1]]
    if isinstance(value, bool):
        place[path[-1]] = not value
    else:
        place[path[-1]] = value + 1 if isinstance(value, int) else f"{value}-other"
    return other


def scalars(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(value, dict):
        return [found for key, item in value.items() for found in scalars(item, (*path, key))]
    if isinstance(value, list):
        return [found for index, item in enumerate(value) for found in scalars(item, (*path, index))]
    return [path]


QUIET_PATHS = {
    ("HyperParameters", "sagemaker_region"),
    ("OutputDataConfig", "KmsKeyId"),
    ("ResourceConfig", "VolumeSizeInGB"),
    ("ResourceConfig", "VolumeKmsKeyId"),
    ("ResourceConfig", "KeepAlivePeriodInSeconds"),
    ("ResourceConfig", "TrainingPlanArn"),
}


def test_all_28_members_are_classified() -> None:
    assert len(MEMBERS) == 28
    assert set(FULL) == MEMBERS
    assert RETRAINS | NEVER_RETRAINS == MEMBERS
    assert not RETRAINS & NEVER_RETRAINS


@pytest.mark.parametrize("path", scalars(FULL), ids=lambda path: ".".join(map(str, path)))
def test_each_scalar_of_a_full_request_retrains_or_not(path: tuple[Any, ...]) -> None:
    trains = path[0] in RETRAINS and path not in QUIET_PATHS

    assert (block(changed(*path)) != block(FULL)) is trains


@pytest.mark.parametrize("member", sorted(MEMBERS))
def test_adding_a_member_retrains_or_not(member: str) -> None:
    without = {key: value for key, value in FULL.items() if key != member}

    assert (block(without) != block(FULL)) is (member in RETRAINS)


@pytest.mark.parametrize("name", sorted(GOLDEN))
def test_the_hash_is_what_it_was_in_the_first_release(name: str) -> None:
    members, rerun_on, golden = GOLDEN[name]

    assert content_block(members, rerun_on) == golden


def test_an_unknown_member_retrains_rather_than_serve_a_stale_model() -> None:
    assert block({**FULL, "NewInNextYear": "x"}) != block(FULL)


def test_rerun_on_retrains() -> None:
    assert len({block(FULL), block(FULL, {"data": "v1"}), block(FULL, {"data": "v2"})}) == 3


def test_the_order_of_keys_does_not_matter_and_that_of_channels_does() -> None:
    turned = dict(reversed(FULL.items()))
    two = [{"ChannelName": "a"}, {"ChannelName": "b"}]

    assert block(turned) == block(FULL)
    assert block({"InputDataConfig": two}) != block({"InputDataConfig": two[::-1]})


def test_hyperparameters_of_the_library_alone_are_as_good_as_none() -> None:
    ours = request(HyperParameters={"sagemaker_region": "eu-west-1", "sagemaker_container_log_level": "20"})

    assert block(ours) == block(request(HyperParameters=None)) == block(request(HyperParameters={}))


def test_a_checkpoint_location_that_follows_from_the_content_does_not_retrain() -> None:
    place = {"S3Uri": f"s3://c/{PLACEHOLDER}/", "LocalPath": "/opt/ml/checkpoints"}

    assert block(request(CheckpointConfig=place)) == block(request())
    assert block(request(CheckpointConfig={"S3Uri": "s3://c/mine"})) != block(request())


def test_the_block_is_put_into_the_checkpoint_location_and_nowhere_else() -> None:
    given = request(CheckpointConfig={"S3Uri": f"s3://c/{PLACEHOLDER}/", "LocalPath": "/opt"})

    filled = with_block(given, "a123")

    assert filled == {**given, "CheckpointConfig": {"S3Uri": "s3://c/a123/", "LocalPath": "/opt"}}
    assert given["CheckpointConfig"]["S3Uri"] == f"s3://c/{PLACEHOLDER}/"
    assert with_block(BASE_REQUEST, "a123") == BASE_REQUEST
    fixed = request(CheckpointConfig={"S3Uri": "s3://c/mine"})
    assert with_block(fixed, "a123") == fixed
