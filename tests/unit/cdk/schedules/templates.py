"""Templates of stacks with schedules, read as they are deployed to one known account and region."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_scheduler as scheduler

from constructs_lib.cdk.schedules.training_schedule import TrainingSchedule
from tests.unit.cdk.iam import deployed

Find = Callable[..., dict[str, dict[str, Any]]]
NIGHTLY = scheduler.ScheduleExpression.cron(minute="0", hour="2")
SCHEDULE = "AWS::Scheduler::Schedule"


def nightly(stack: cdk.Stack, id: str = "Nightly", **arguments: Any) -> TrainingSchedule:
    return TrainingSchedule(stack, id, **{"schedule": NIGHTLY, **arguments})


def directly(stack: cdk.Stack, id: str = "Nightly", **arguments: Any) -> TrainingSchedule:
    return nightly(stack, id, direct=True, **arguments)


def schedule_of(resources: Find, stack: cdk.Stack) -> dict[str, Any]:
    (schedule,) = resources(stack, SCHEDULE).values()
    properties: dict[str, Any] = schedule["Properties"]
    return properties


def target_of(resources: Find, stack: cdk.Stack) -> dict[str, Any]:
    return dict(deployed(schedule_of(resources, stack)["Target"]))


def payload_of(resources: Find, stack: cdk.Stack) -> Any:
    """What EventBridge Scheduler sends; numbers that are CloudFormation's to know must be written in."""
    return json.loads(target_of(resources, stack)["Input"])
