"""A training job's request, and the properties of the custom resources around it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .account import ACCOUNT, OWNER, REGION, SECRET_VALUE, Raw

START_TYPE, RESULT_TYPE = "Custom::SageMakerTrainingJob", "Custom::SageMakerTrainingJobResult"
BASE_REQUEST: Raw = {
    "AlgorithmSpecification": {
        "TrainingImage": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/churn:1",
        "TrainingInputMode": "File",
    },
    "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/training",
    "HyperParameters": {"epochs": "3", "api_token": SECRET_VALUE},
    "InputDataConfig": [
        {
            "ChannelName": "train",
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://data/train/"}},
            "ShuffleConfig": {"Seed": 7},
        }
    ],
    "OutputDataConfig": {"S3OutputPath": "s3://models/out", "KmsKeyId": "alias/one"},
    "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 10},
    "StoppingCondition": {"MaxRuntimeInSeconds": 1200},
    "EnableNetworkIsolation": True,
    "Tags": [{"Key": "team", "Value": "growth"}],
}
# Members of the custom resource; every other capitalised name is the request's.
PROPERTIES = frozenset(
    {
        "QualityGates",
        "FinalMetrics",
        "RerunOn",
        "AllowStopped",
        "CapacityFallback",
        "DeleteRecord",
        "AwaitInterfaces",
    }
)
# What belongs on the result resource where a wait condition is used.
JUDGED = ("QualityGates", "FinalMetrics", "AllowStopped")


def request(**members: Any) -> Raw:
    """The base request with some members replaced; None leaves one out."""
    merged = {**BASE_REQUEST, **members}
    return {key: value for key, value in merged.items() if value is not None}


def resources(instance_type: str, **members: Any) -> Raw:
    """The base request's ResourceConfig on another type: an entry of CapacityFallback."""
    return {**BASE_REQUEST["ResourceConfig"], "InstanceType": instance_type, **members}


def properties(
    *, mode: str = "wait", timeout: int = 1500, prefix: str = "churn", owner: str = OWNER, **rest: Any
) -> Raw:
    """The start resource's properties; capitalised names not its own replace members of the request."""
    return {
        "Request": request(**{key: value for key, value in rest.items() if key not in PROPERTIES}),
        "JobName": {"Prefix": prefix, "Owner": owner},
        "Completion": {"Mode": mode, "TimeoutSeconds": timeout},
        **{key: value for key, value in rest.items() if key in PROPERTIES},
    }


def stringified(value: Any) -> Any:
    """A value as CloudFormation hands it to a custom resource: every scalar is a string."""
    if isinstance(value, Mapping):
        return {key: stringified(item) for key, item in value.items()}
    if isinstance(value, list):
        return [stringified(item) for item in value]
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
