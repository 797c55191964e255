"""A new job like an existing one."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from constructs_lib.errors import SpecError
from constructs_lib.spec import Checkpoint, InstanceGroup, TrainingJobSpec

from .test_request_reader import CLASSIC, identical

NOW = datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc)
BUILT_IN = "438346466558.dkr.ecr.eu-west-1.amazonaws.com/linear-learner:1"
METRICS = [{"Name": "auc", "Regex": "auc=(.*)"}]
OUTPUT_ONLY: dict[str, Any] = {
    "TrainingJobArn": "arn",
    "TuningJobArn": "arn",
    "LabelingJobArn": "arn",
    "AutoMLJobArn": "arn",
    "ModelArtifacts": {"S3ModelArtifacts": "s3://b/model.tar.gz"},
    "TrainingJobStatus": "Failed",
    "SecondaryStatus": "Failed",
    "FailureReason": "AlgorithmError: x",
    "WarmPoolStatus": {"Status": "Available"},
    "CreationTime": NOW,
    "TrainingStartTime": NOW,
    "TrainingEndTime": NOW,
    "LastModifiedTime": NOW,
    "SecondaryStatusTransitions": [{"Status": "Starting", "StartTime": NOW}],
    "FinalMetricDataList": [{"MetricName": "auc", "Value": 0.9, "Timestamp": NOW}],
    "TrainingTimeInSeconds": 1,
    "BillableTimeInSeconds": 1,
    "BillableTokenCount": 1,
    "DebugRuleEvaluationStatuses": [],
    "ProfilerRuleEvaluationStatuses": [],
    "ProfilingStatus": "Enabled",
    "MlflowDetails": {},
    "ProgressInfo": {},
    "OutputModelPackageArn": "arn",
    "ResponseMetadata": {"HTTPStatusCode": 200},
}


IMAGE = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/image:1"
RULES = "929884845733.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-debugger-rules:latest"
ARN = "arn:aws:sagemaker:eu-west-1:111122223333"
HUB = "arn:aws:sagemaker:eu-west-1:aws:hub-content/SageMakerPublicHub/Model/m/1.0.0"
DATA = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://bucket/train"}}
# What DescribeTrainingJob says of a job of a built-in algorithm.
JOB: dict[str, Any] = {
    **OUTPUT_ONLY,
    "TrainingJobName": "old",
    "AlgorithmSpecification": {
        "TrainingImage": BUILT_IN,
        "TrainingInputMode": "File",
        "MetricDefinitions": METRICS,
        "EnableSageMakerMetricsTimeSeries": True,
    },
    "RoleArn": "arn:aws:iam::111122223333:role/r",
    "InputDataConfig": [
        {
            "ChannelName": "train",
            "DataSource": DATA,
            "CompressionType": "None",
            "RecordWrapperType": "None",
        }
    ],
    "OutputDataConfig": {"KmsKeyId": "", "S3OutputPath": "s3://bucket/o", "CompressionType": "GZIP"},
    "ResourceConfig": {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 30},
    "StoppingCondition": {"MaxRuntimeInSeconds": 86400},
    "EnableNetworkIsolation": False,
    "EnableInterContainerTrafficEncryption": False,
    "EnableManagedSpotTraining": False,
    "ProfilerConfig": {"S3OutputPath": "s3://bucket/p", "ProfilingIntervalInMilliseconds": 500},
}
OWN = {"TrainingImage": IMAGE, "TrainingInputMode": "File", "MetricDefinitions": []}
GROUP = {"InstanceType": "ml.c5.xlarge", "InstanceCount": 2, "InstanceGroupName": "g"}
CHOICE = {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1}
NOT_SERVERLESS = ("AlgorithmSpecification", "ResourceConfig", "ProfilerConfig")
KINDS: dict[str, dict[str, Any]] = {
    "alone": {},
    "spot": {
        "EnableManagedSpotTraining": True,
        "StoppingCondition": {"MaxRuntimeInSeconds": 3600, "MaxWaitTimeInSeconds": 7200},
        "CheckpointConfig": {"S3Uri": "s3://bucket/c", "LocalPath": "/opt/ml/checkpoints"},
    },
    "groups": {
        "AlgorithmSpecification": OWN,
        "ResourceConfig": {"InstanceCount": 0, "VolumeSizeInGB": 30, "InstanceGroups": [GROUP]},
    },
    "preferences": {
        "AlgorithmSpecification": OWN,
        "ResourceConfig": {
            "VolumeSizeInGB": 30,
            "InstancePreferences": [CHOICE],
            "SelectedInstanceType": "ml.m5.xlarge",
            "SelectedInstanceCount": 1,
        },
    },
    "warm": {
        "ResourceConfig": {**JOB["ResourceConfig"], "KeepAlivePeriodInSeconds": 600},
        "WarmPoolStatus": {"Status": "InUse", "ReusedByJob": "another"},
    },
    "debugged": {
        "DebugHookConfig": {"S3OutputPath": "s3://bucket/d", "LocalPath": "", "HookParameters": {}},
        "DebugRuleConfigurations": [
            {"RuleConfigurationName": "r", "RuleEvaluatorImage": RULES, "VolumeSizeInGB": 0}
        ],
        "DebugRuleEvaluationStatuses": [{"RuleConfigurationName": "r", "LastModifiedTime": NOW}],
        "ProfilerRuleEvaluationStatuses": [{"RuleConfigurationName": "p", "StatusDetails": "x"}],
    },
    "serverless": {
        **dict.fromkeys(NOT_SERVERLESS),
        "InputDataConfig": [
            {
                "ChannelName": "train",
                "DataSource": {"DatasetSource": {"DatasetArn": f"{ARN}:hub-content/h/DataSet/d/1.0.0"}},
            }
        ],
        "ServerlessJobConfig": {
            "BaseModelArn": HUB,
            "AcceptEula": True,
            "JobType": "FineTuning",
            "CustomizationTechnique": "SFT",
        },
        "ModelPackageConfig": {"ModelPackageGroupArn": f"{ARN}:model-package-group/g"},
    },
}


def described(**members: object) -> dict[str, object]:
    return TrainingJobSpec.from_description({"TrainingJobName": "old", **OUTPUT_ONLY, **members}).to_request()


def test_the_request_comes_back_without_its_name() -> None:
    spec = TrainingJobSpec.from_description({**CLASSIC, **OUTPUT_ONLY})
    left_out = ("TrainingJobName", "CheckpointConfig")
    expected = {name: value for name, value in CLASSIC.items() if name not in left_out}
    assert identical(spec.to_request(), expected)
    assert spec.overrides == {}


def test_checkpoints_get_a_place_of_their_own() -> None:
    checkpoints = {"S3Uri": "s3://bucket/old", "LocalPath": "/opt/ml/state"}
    spec = TrainingJobSpec.from_description({"CheckpointConfig": checkpoints})
    assert spec.checkpoint == Checkpoint(local_path="/opt/ml/state")
    assert "CheckpointConfig" not in spec.to_request()


def test_nothing_is_left_of_what_only_a_description_has() -> None:
    assert described() == {}


def test_the_service_s_own_metrics_are_dropped_for_its_algorithms_only() -> None:
    for image, kept in (
        (BUILT_IN, {}),
        ("111122223333.dkr.ecr.eu-west-1.amazonaws.com/linear-learner:1", METRICS),
    ):
        algorithm = {"TrainingImage": image, "TrainingInputMode": "File", "MetricDefinitions": METRICS}
        found = described(AlgorithmSpecification=algorithm)["AlgorithmSpecification"]
        assert isinstance(found, dict)
        assert found.get("MetricDefinitions", {}) == kept


def test_what_the_service_adds_to_machines_is_dropped() -> None:
    group = {"InstanceType": "ml.c5.xlarge", "InstanceCount": 3, "InstanceGroupName": "cpu"}
    resources = {"InstanceCount": 0, "InstanceGroups": [group], "VolumeSizeInGB": 30, "VolumeKmsKeyId": ""}
    spec = TrainingJobSpec.from_description({"ResourceConfig": resources})
    assert spec.instance_groups == (InstanceGroup("cpu", "ml.c5.xlarge", 3),)
    assert spec.to_request() == {"ResourceConfig": {"InstanceGroups": [group], "VolumeSizeInGB": 30}}
    chosen = {"SelectedInstanceType": "ml.p5.48xlarge", "SelectedInstanceCount": 2, "Brandnew": 1}
    preferences = {"InstancePreferences": [{"InstanceType": "ml.p5.48xlarge", "InstanceCount": 2}]}
    assert described(ResourceConfig={**preferences, **chosen}) == {"ResourceConfig": preferences}


def test_the_default_limit_of_serverless_jobs_is_dropped() -> None:
    serverless = {"BaseModelArn": "arn", "JobType": "FineTuning"}
    day, hour = {"MaxRuntimeInSeconds": 86400}, {"MaxRuntimeInSeconds": 3600}
    assert "StoppingCondition" not in described(ServerlessJobConfig=serverless, StoppingCondition=day)
    assert described(ServerlessJobConfig=serverless, StoppingCondition=hour)["StoppingCondition"] == hour
    assert described(StoppingCondition=day) == {"StoppingCondition": day}


def test_what_was_not_said_is_dropped() -> None:
    assert described(
        EnableManagedSpotTraining=False,
        EnableNetworkIsolation=False,
        HyperParameters={},
        InputDataConfig=[],
        OutputDataConfig={"KmsKeyId": "", "S3OutputPath": "s3://b/o"},
    ) == {"OutputDataConfig": {"S3OutputPath": "s3://b/o"}, "EnableNetworkIsolation": False}


def test_what_was_not_said_is_dropped_at_any_depth_and_entries_are_kept() -> None:
    group = {"InstanceType": "ml.c5.xlarge", "InstanceCount": 3, "InstanceGroupName": "cpu"}
    assert described(
        RoleArn=None,
        AlgorithmSpecification={"TrainingImage": "", "AlgorithmName": "a", "ContainerArguments": []},
        DebugHookConfig={"S3OutputPath": "s3://b/d", "LocalPath": "", "HookParameters": {"k": ""}},
        ExperimentConfig={"ExperimentName": "", "TrialName": None},
        ResourceConfig={"InstanceType": "", "InstanceCount": 0, "InstanceGroups": [group]},
        Environment={"EMPTY": ""},
        Tags=[{"Key": "k", "Value": ""}],
    ) == {
        "AlgorithmSpecification": {"AlgorithmName": "a"},
        "DebugHookConfig": {"S3OutputPath": "s3://b/d", "HookParameters": {"k": ""}},
        "ResourceConfig": {"InstanceGroups": [group]},
        "Environment": {"EMPTY": ""},
        "Tags": [{"Key": "k", "Value": ""}],
    }


@pytest.mark.parametrize("status", ["InProgress", "Completed", "Failed", "Stopping", "Stopped", "Deleting"])
@pytest.mark.parametrize("kind", ["alone", "spot", "groups", "preferences", "warm", "debugged", "serverless"])
def test_what_is_described_can_be_trained_again(status: str, kind: str) -> None:
    spec = TrainingJobSpec.from_description({**JOB, **KINDS[kind], "TrainingJobStatus": status})
    errors = [finding for finding in spec.validate("eu-west-1") if finding.severity == "error"]
    assert errors == []
    assert spec.overrides == {}
    assert "MetricDefinitions" not in str(spec.to_request())


def test_tags_of_an_event_are_read() -> None:
    assert described(Tags={"team": "x"}) == {"Tags": [{"Key": "team", "Value": "x"}]}


def test_the_description_is_not_changed() -> None:
    description = {"ResourceConfig": {"SelectedInstanceType": "t"}, "OutputDataConfig": {"KmsKeyId": ""}}
    TrainingJobSpec.from_description(description)
    assert description == {
        "ResourceConfig": {"SelectedInstanceType": "t"},
        "OutputDataConfig": {"KmsKeyId": ""},
    }


@pytest.mark.parametrize(
    ("description", "message"),
    [
        ([], "description: must be a mapping, got list; pass a dict"),
        ({1: 2}, "description: keys must be str, got int; write every key as text"),
        (
            {"ResourceConfig": {"InstanceCount": "1"}},
            "ResourceConfig.InstanceCount: must be an int, got str; write it as AWS takes it",
        ),
    ],
)
def test_what_is_no_description_is_refused(description: Any, message: str) -> None:
    with pytest.raises(SpecError) as caught:
        TrainingJobSpec.from_description(description)
    assert str(caught.value) == message
