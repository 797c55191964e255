"""What a schedule refuses of its name, times, window, group, key and queue; what it makes of its times."""

from __future__ import annotations

import datetime
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_kms as kms
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_sqs as sqs

from constructs_lib import SpecError, TrainingJobSpec
from constructs_lib.cdk.schedules.training_schedule import TrainingSchedule

from .templates import NIGHTLY, Find, directly, nightly, schedule_of

TIME = "such as datetime.datetime(2027, 1, 31, 2, 0), which is in UTC"
NAME = "allowed are 1 to 64 of a-z, A-Z, 0-9, -, _ and .; rename it, or leave it out for a name that"
NOON = datetime.datetime(2027, 1, 1, 12)
UTC = datetime.timezone.utc

MISUSES: list[tuple[dict[str, Any], str]] = [
    (
        {"time_window": "15m"},
        "time_window: must be a scheduler.TimeWindow, got str; use "
        "TimeWindow.flexible(Duration.minutes(15)), or leave it out",
    ),
    (
        {"schedule_group": "g"},
        "schedule_group: must be a scheduler.IScheduleGroup, got str; use "
        "scheduler.ScheduleGroup.from_schedule_group_name",
    ),
    (
        {"schedule_group": scheduler.ScheduleGroup},
        "schedule_group: must be a scheduler.IScheduleGroup, got the class ScheduleGroup; use "
        "scheduler.ScheduleGroup.from_schedule_group_name",
    ),
    (
        {"encryption_key": "arn"},
        "encryption_key: must be a kms.IKey, got str; use kms.Key.from_key_arn",
    ),
    (
        {"dead_letter_queue": "arn"},
        "dead_letter_queue: must be an sqs.IQueue, got str; use sqs.Queue.from_queue_arn",
    ),
    ({"description": 5}, "description: must be text, got int; quote it"),
    ({"description": "x" * 513}, "description: has 513 characters, allowed are 512; shorten it"),
    ({"schedule_name": 5}, "schedule_name: must be text, got int; quote it"),
    ({"schedule_name": ""}, f"schedule_name: got ''; {NAME} CloudFormation makes"),
    ({"schedule_name": "a b"}, f"schedule_name: got 'a b'; {NAME} CloudFormation makes"),
    (
        {"schedule_name": "x" * 65},
        f"schedule_name: got '{'x' * 65}', which has 65 characters; {NAME} CloudFormation makes",
    ),
    ({"start": "2027-01-01"}, f"start: must be a datetime.datetime, got str; {TIME}"),
    ({"end": datetime.date(2027, 1, 1)}, f"end: must be a datetime.datetime, got date; {TIME}"),
    (
        {"start": NOON, "end": NOON.replace(tzinfo=UTC)},
        "end: got 2027-01-01T12:00:00+00:00, which is not after the start, 2027-01-01T12:00:00+00:00; give a "
        "later one, or leave one of them out",
    ),
    (
        # Later by the clock on the wall, but in another zone.
        {"start": NOON, "end": NOON.replace(hour=13, tzinfo=datetime.timezone(datetime.timedelta(hours=2)))},
        "end: got 2027-01-01T11:00:00+00:00, which is not after the start, 2027-01-01T12:00:00+00:00; give a "
        "later one, or leave one of them out",
    ),
]


@pytest.mark.parametrize(("arguments", "message"), MISUSES, ids=lambda value: next(iter(value), "")[:20])
def test_what_is_refused(
    stack: cdk.Stack, spec: TrainingJobSpec, arguments: dict[str, Any], message: str
) -> None:
    with pytest.raises(SpecError) as caught:
        nightly(stack, spec=spec, **arguments)

    assert str(caught.value) == f"{message} [Stack/Nightly]"
    assert stack.node.try_find_child("Nightly") is None


FIFO = (
    "dead_letter_queue: is a FIFO queue, and EventBridge Scheduler sends to standard queues only; give a "
    "standard queue, or leave it out for one of the schedule's own [Stack/Nightly]"
)


def test_a_fifo_queue(stack: cdk.Stack, spec: TrainingJobSpec) -> None:
    arn = "arn:aws:sqs:eu-west-1:123456789012:runs"
    named = sqs.Queue.from_queue_attributes(stack, "Named", queue_arn=cdk.Aws.STACK_ID, fifo=True)
    imported = sqs.Queue.from_queue_arn(stack, "Imported", f"{arn}.fifo")

    for queue in (sqs.Queue(stack, "Made", fifo=True), named, imported):
        with pytest.raises(SpecError) as caught:
            directly(stack, spec=spec, dead_letter_queue=queue)
        assert str(caught.value) == FIFO
    directly(stack, spec=spec, dead_letter_queue=sqs.Queue.from_queue_arn(stack, "Standard", arn))


def test_a_scope_or_an_id_that_is_none(stack: cdk.Stack, spec: TrainingJobSpec) -> None:
    with pytest.raises(SpecError, match="scope: must be a construct, got NoneType"):
        TrainingSchedule(None, "Nightly", spec=spec, schedule=NIGHTLY)  # type: ignore[arg-type]
    with pytest.raises(SpecError, match="id: must be text, got int"):
        nightly(stack, 5, spec=spec)  # type: ignore[arg-type]


def test_a_time_without_a_zone_is_in_utc(stack: cdk.Stack, spec: TrainingJobSpec, resources: Find) -> None:
    india = datetime.timezone(datetime.timedelta(hours=5, minutes=30))
    nightly(stack, spec=spec, start=NOON, end=datetime.datetime(2027, 1, 2, 1, tzinfo=india))

    found = schedule_of(resources, stack)

    assert found["StartDate"] == "2027-01-01T12:00:00.000Z"
    assert found["EndDate"] == "2027-01-01T19:30:00.000Z"


def test_what_is_at_a_limit_or_known_at_deployment_is_taken(
    stack: cdk.Stack, spec: TrainingJobSpec, resources: Find
) -> None:
    directly(
        stack,
        spec=spec,
        description="x" * 512,
        schedule_name=f"{cdk.Aws.STACK_NAME}-a b",
        time_window=scheduler.TimeWindow.off(),
        encryption_key=kms.Alias.from_alias_name(stack, "Key", "alias/mine"),
        schedule_group=scheduler.ScheduleGroup.from_schedule_group_name(stack, "Group", "trainings"),
    )
    other = cdk.Stack(cdk.App(), "Other")
    directly(other, spec=spec, description=cdk.Aws.STACK_NAME, schedule_name="Aa0._-" + "x" * 58)

    assert schedule_of(resources, stack)["Description"] == "x" * 512
    assert len(schedule_of(resources, other)["Name"]) == 64
