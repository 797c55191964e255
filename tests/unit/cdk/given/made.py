"""One spec, and every runner of it, for tests of what users bring."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from constructs_lib import (
    Algorithm,
    Grid,
    MetricDefinition,
    Objective,
    TrainingJob,
    TrainingJobSpec,
    TrainingJobTask,
    TrainingPlatform,
    TrainingSchedule,
    TrainingSweep,
)

HERE = cdk.Environment(account="123456789012", region="eu-west-1")
OTHER_REGION = cdk.Environment(account="123456789012", region="us-east-1")
OTHER_ACCOUNT = cdk.Environment(account="210987654321", region="eu-west-1")
IMAGE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/me:1"
SPEC = TrainingJobSpec(
    algorithm=Algorithm.from_image_uri(IMAGE),
    instance_type="ml.m5.large",
    max_runtime=cdk.Duration.minutes(5),
    network_isolation=True,
    metrics=[MetricDefinition("auc", "auc=([0-9.]+)")],
)
SAGEMAKER = iam.ServicePrincipal("sagemaker.amazonaws.com")

Runner = Callable[..., Any]


def task(scope: Construct, id: str, **options: Any) -> TrainingJobTask:
    made = TrainingJobTask(scope, id, **options)
    body = sfn.DefinitionBody.from_chainable(made)
    sfn.StateMachine(scope, f"{id}Machine", definition_body=body)
    return made


def sweep(scope: Construct, id: str, **options: Any) -> TrainingSweep:
    points, objective = Grid(depth=[1, 2]), Objective.maximize("auc")
    made = TrainingSweep(scope, id, points=points, objective=objective, **options)
    sfn.StateMachine(scope, f"{id}Machine", definition_body=sfn.DefinitionBody.from_chainable(made))
    return made


def schedule(scope: Construct, id: str, **options: Any) -> TrainingSchedule:
    daily = scheduler.ScheduleExpression.rate(cdk.Duration.days(1))
    return TrainingSchedule(scope, id, schedule=daily, **options)


def direct(scope: Construct, id: str, **options: Any) -> TrainingSchedule:
    return schedule(scope, id, direct=True, **options)


RUNNERS: dict[str, Runner] = {
    "Job": TrainingJob,
    "Task": task,
    "Sweep": sweep,
    "Schedule": schedule,
    "Direct": direct,
}


def isolated(scope: Construct, **given: Any) -> TrainingPlatform:
    """A platform without a network, which is most of the work of making one."""
    return TrainingPlatform(scope, "Platform", use_vpc=False, **given)
