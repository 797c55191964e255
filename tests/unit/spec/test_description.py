"""A new job like an existing one."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from constructs_lib.errors import SpecError
from constructs_lib.spec import InstanceGroup, TrainingJobSpec

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


def described(**members: object) -> dict[str, object]:
    return TrainingJobSpec.from_description({"TrainingJobName": "old", **OUTPUT_ONLY, **members}).to_request()


def test_the_request_comes_back_without_its_name() -> None:
    spec = TrainingJobSpec.from_description({**CLASSIC, **OUTPUT_ONLY})
    expected = {name: value for name, value in CLASSIC.items() if name != "TrainingJobName"}
    assert identical(spec.to_request(), expected)
    assert spec.overrides == {}


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
