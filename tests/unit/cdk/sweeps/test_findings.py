"""What is wrong with single points of a sweep."""

from __future__ import annotations

import time
from typing import Any

import pytest

from constructs_lib import validate_request
from constructs_lib.cdk.sweeps.findings import point_findings
from constructs_lib.spec.grid import Grid, encoded_points, read_points

KEY = "AKIAIOSFODNN7EXAMPLE"
REQUEST: dict[str, Any] = {
    "HyperParameters": {"booster": '"gbtree"', "sagemaker_program": '"train.py"'},
    "AlgorithmSpecification": {
        "TrainingImage": "123456789012.dkr.ecr.${Token[AWS.Region.1]}.amazonaws.com/xgboost:1",
        "TrainingInputMode": "File",
        "MetricDefinitions": [{"Name": "auc", "Regex": "auc=([0-9.]+)"}],
    },
    "RoleArn": "arn:aws:iam::123456789012:role/training",
    "OutputDataConfig": {
        "S3OutputPath": "s3://${Token[TOKEN.7]}/training/output",
        "KmsKeyId": "${Token[TOKEN.8]}",
    },
    "ResourceConfig": {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 30},
    "StoppingCondition": {"MaxRuntimeInSeconds": 1200},
}


def test_a_point_that_a_rule_rejects_is_named() -> None:
    points = [{"eta": "0.1"}, {"eta": "0.2", "secret": KEY}, {"eta": "x" * 2501}]

    found = point_findings(REQUEST, points)

    assert [(finding.rule, finding.severity, finding.path) for finding in found] == [
        ("hyperparameter-credentials", "error", "points[1].HyperParameters.secret"),
        ("model:length", "error", "points[2].HyperParameters.eta"),
    ]
    assert KEY not in str(found)


def test_what_is_wrong_without_the_points_is_not_said_again() -> None:
    request = {**REQUEST, "HyperParameters": {"secret": KEY}, "StoppingCondition": {"MaxRuntimeInSeconds": 0}}
    assert {finding.rule for finding in validate_request(request)} > {
        "hyperparameter-credentials",
        "model:range",
    }

    assert point_findings(request, [{"eta": "0.1"}, {"eta": "0.2"}]) == []


def test_a_mistake_of_many_points_is_one_finding() -> None:
    points = [{"sagemaker_job_name": str(number)} for number in range(10)]

    (found,) = point_findings(REQUEST, points)

    assert (found.rule, found.path) == (
        "hyperparameter-reserved-keys",
        "points[0].HyperParameters.sagemaker_job_name",
    )
    assert found.message.endswith(" (and 9 more of the points)")


def test_spec_and_point_count_together() -> None:
    point = {f"h{number}": "1" for number in range(99)}

    (found,) = point_findings(REQUEST, [point])

    assert (found.rule, found.path) == ("model:size", "points[0].HyperParameters")


def test_a_spec_whose_hyperparameters_are_not_known_has_those_of_the_points() -> None:
    request = {**REQUEST, "HyperParameters": "{% $states.input.hyperparameters %}"}

    (found,) = point_findings(request, [{"secret": KEY}])

    assert found.path == "points[0].HyperParameters.secret"


@pytest.mark.parametrize("region", [None, "eu-west-1"])
def test_ten_thousand_points_take_less_than_two_seconds(region: str | None) -> None:
    points = encoded_points(read_points(Grid(a=range(25), b=range(20), c=range(20))), "json")
    start = time.process_time()

    assert point_findings(REQUEST, points, region=region) == []

    assert time.process_time() - start < 2
