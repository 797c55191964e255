"""A spec for schedules."""

from __future__ import annotations

import aws_cdk as cdk
import pytest

from constructs_lib import Algorithm, MetricDefinition, TrainingJobSpec

IMAGE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/churn:1"


@pytest.fixture
def spec() -> TrainingJobSpec:
    return TrainingJobSpec(
        algorithm=Algorithm.from_image_uri(IMAGE),
        hyperparameters={"max_depth": 6},
        instance_type="ml.m5.xlarge",
        max_runtime=cdk.Duration.minutes(20),
        metrics=[MetricDefinition("auc", "auc=(.*)")],
        tags={"team": "risk"},
    )
