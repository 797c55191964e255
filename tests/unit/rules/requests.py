"""A request without a mistake, others made of it, and what a rule finds in them."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from constructs_lib.rules.engine import check_request

TOKEN = "${Token[TOKEN.123]}"
BASE: dict[str, Any] = {
    "TrainingJobName": "demo-job",
    "RoleArn": "arn:aws:iam::123456789012:role/TrainRole",
    "AlgorithmSpecification": {
        "TrainingImage": "123456789012.dkr.ecr.us-west-2.amazonaws.com/train:1.0",
        "TrainingInputMode": "File",
    },
    "InputDataConfig": [
        {
            "ChannelName": "train",
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://in-bucket/train/"}},
        }
    ],
    "OutputDataConfig": {"S3OutputPath": "s3://out-bucket/model/"},
    "ResourceConfig": {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 30},
    "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
}


def merged(fragment: Mapping[str, Any]) -> dict[str, Any]:
    """`BASE` with a fragment laid over it: maps merge, None deletes, all else replaces."""
    return _merged(BASE, fragment)


def _merged(base: Mapping[str, Any], fragment: Mapping[str, Any]) -> dict[str, Any]:
    result = copy.deepcopy(dict(base))
    for key, value in fragment.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, Mapping):
            below = result.get(key)
            result[key] = _merged(below if isinstance(below, Mapping) else {}, value)
        else:
            result[key] = copy.deepcopy(value)
    return result


def found(
    rule: str, fragment: Mapping[str, Any], region: str | None = None, account: str | None = None
) -> list[tuple[str, str, str]]:
    """What one rule finds in `merged(fragment)`: severity, path and message of each finding."""
    findings = check_request(merged(fragment), region=region, account=account)
    return [(entry.severity, entry.path, entry.message) for entry in findings if entry.rule == rule]
