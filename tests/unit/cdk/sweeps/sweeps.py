"""Sweeps of tests, and their definitions."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_stepfunctions as sfn

from constructs_lib import Algorithm, MetricDefinition, TrainingJobSpec
from constructs_lib.cdk.sweeps.sweep import TrainingSweep
from constructs_lib.spec.grid import Grid
from constructs_lib.spec.objective import Objective
from tests.unit.cdk.workflows.machines import Json, definition, machine, states_of

SPEC = TrainingJobSpec(
    algorithm=Algorithm.from_image_uri("123456789012.dkr.ecr.eu-west-1.amazonaws.com/xgboost:1"),
    hyperparameters={"booster": "gbtree", "max_depth": 3},
    instance_type="ml.m5.xlarge",
    max_runtime=cdk.Duration.minutes(20),
    role_arn="arn:aws:iam::123456789012:role/train",  # making one takes most of the time
    metrics=[MetricDefinition("validation:auc", "auc=([0-9.]+)")],
)
GRID = Grid(max_depth=[4, 6, 8], eta=[0.1, 0.3])


def sweep(stack: cdk.Stack, id: str = "Sweep", **arguments: Any) -> TrainingSweep:
    given = {"spec": SPEC, "points": GRID, "objective": Objective.maximize("validation:auc"), **arguments}
    return TrainingSweep(stack, id, **given)


def rendered(made: TrainingSweep, language: sfn.QueryLanguage | None = None) -> Json:
    """The definition of a state machine of the sweep alone."""
    return definition(machine(made, language))


def states(made: TrainingSweep, language: sfn.QueryLanguage | None = None) -> dict[str, Json]:
    return states_of(rendered(made, language))
