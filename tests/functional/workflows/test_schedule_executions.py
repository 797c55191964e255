"""Executions of a schedule's state machine: those of one scheduled time share a job, and no others do."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_scheduler as scheduler

from constructs_lib import TrainingJobSpec, TrainingSchedule
from tests.functional.local.local_helpers import ROLE
from tests.unit.cdk.workflows.machines import definition, states_of

from .conftest import Made

FORMS = [None, "aws-sdk"]
ARN = "arn:aws:scheduler:us-east-1:123456789012:schedule/group/nightly"


class Runs:
    """Executions of one schedule's state machine."""

    def __init__(self, made: Made, spec: TrainingJobSpec, **arguments: Any) -> None:
        stack = cdk.Stack(cdk.App(), "Stack")
        schedule = TrainingSchedule(
            stack,
            "Nightly",
            spec=spec,
            schedule=scheduler.ScheduleExpression.cron(minute="0", hour="2"),
            **arguments,
        )
        assert schedule.state_machine is not None
        text = json.dumps(_quickly(definition(schedule.state_machine)))
        text = re.sub(r"<\w*Role\w*\.Arn>", ROLE, text)
        text = re.sub(r"<(\w+)[^<> ]*>", lambda found: found[1].lower()[:40], text)
        self.made, self.arn = made, made.machine(json.loads(text))

    def start(self, given: Any) -> str:
        text = json.dumps(given)
        return str(self.made.client.start_execution(stateMachineArn=self.arn, input=text)["executionArn"])

    def trained(self, *inputs: Any) -> list[str]:
        """The jobs of executions that run at a time; all succeed, each with a job's description."""
        known = {job["TrainingJobName"] for job in self.made.local.jobs()}
        ended = [self.made.ended(execution) for execution in [self.start(given) for given in inputs]]
        assert {end["status"] for end in ended} == {"SUCCEEDED"}, ended
        told = {json.loads(end["output"])["TrainingJobName"] for end in ended}
        found = {job["TrainingJobName"] for job in self.made.local.jobs()} - known
        assert found <= told
        return sorted(found)


def _quickly(machine: dict[str, Any]) -> dict[str, Any]:
    """Between tries as long as the first try is known by the time since the start, and half a second."""
    for retrier in states_of(machine)["Train"].get("Retry", ()):
        retrier |= {"IntervalSeconds": 150, "JitterStrategy": "NONE"}  # at the emulation's speed 2.5 s
    return machine


def delivery(ago: float = 0, **members: Any) -> dict[str, Any]:
    """What EventBridge Scheduler sends for a time some minutes ago."""
    time = datetime.now(timezone.utc) - timedelta(minutes=ago)
    return {"scheduledTime": f"{time:%Y-%m-%dT%H:%M:%S}Z", "scheduleArn": ARN, **members}


@pytest.mark.parametrize("integration", FORMS)
def test_two_deliveries_of_one_time_train_once_and_both_succeed(
    made: Made, spec: TrainingJobSpec, integration: str | None
) -> None:
    runs, given = Runs(made, spec, integration=integration), delivery()

    (job,) = runs.trained(given, given)

    assert job.startswith("nightly-")
    assert runs.trained(given) == []  # a third, after the job's end


def test_other_times_schedules_and_machines_train_by_themselves(made: Made, spec: TrainingJobSpec) -> None:
    runs = Runs(made, spec)
    given = delivery(3)

    assert len(runs.trained(given, delivery(2), {**given, "scheduleArn": f"{ARN}2"})) == 3
    assert len(Runs(made, spec).trained(given)) == 1


def test_an_old_runs_input_trains_anew(made: Made, spec: TrainingJobSpec) -> None:
    runs = Runs(made, spec)
    late, old = delivery(14), delivery(16)

    assert len(runs.trained(late, late)) == 1
    assert len(runs.trained(old, old)) == 2


def test_a_delivery_late_in_the_time_window_is_one(made: Made, spec: TrainingJobSpec) -> None:
    window = scheduler.TimeWindow.flexible(cdk.Duration.hours(1))
    runs = Runs(made, spec, time_window=window)
    late, old = delivery(74), delivery(76)

    assert len(runs.trained(late, late)) == 1
    assert len(runs.trained(old, old)) == 2


PERSONS: dict[str, Callable[[], Any]] = {
    "nothing": dict,
    "list": list,
    "text": lambda: "text",
    "null": lambda: delivery(scheduledTime=None),
    "number": lambda: delivery(scheduledTime=1_700_000_000),
    "word": lambda: delivery(scheduledTime="today"),
    "no time": lambda: delivery(scheduledTime="2022-13-45T99:99:99Z"),
    "map": lambda: delivery(scheduleArn={"arn": ARN}),
    "long": lambda: delivery(scheduleArn="x" * 20_000),
    "two": lambda: [delivery(), delivery()],
    "future": lambda: delivery(-600),
}


@pytest.mark.parametrize("given", PERSONS.values(), ids=PERSONS)
def test_a_persons_input_trains_each_time(
    made: Made, spec: TrainingJobSpec, given: Callable[[], Any]
) -> None:
    told = given()

    assert len(Runs(made, spec).trained(told, told)) == 2


@pytest.mark.parametrize("integration", FORMS)
def test_a_failed_training_is_tried_again_under_another_name(
    made: Made, spec: TrainingJobSpec, integration: str | None
) -> None:
    runs = Runs(made, spec, retry_failures=True, integration=integration)
    made.local.fail_next_job("CapacityError: Unable to provision requested ML compute capacity")

    ended = [made.ended(runs.start(delivery()))]

    assert [end["status"] for end in ended] == ["SUCCEEDED"]
    assert len(set(made.jobs()[-2:])) == 2


@pytest.mark.parametrize("retries", [False, True])
def test_a_failure_that_is_not_tried_again_is_both_deliveries(
    made: Made, spec: TrainingJobSpec, *, retries: bool
) -> None:
    runs, given = Runs(made, spec, retry_failures=retries), delivery()
    before = len(made.local.jobs())
    made.local.fail_next_job("AlgorithmError: the loss is not a number")

    ended = [made.ended(execution) for execution in [runs.start(given), runs.start(given)]]

    assert len(made.local.jobs()) == before + 1
    assert all("the loss is not a number" in end["cause"] for end in ended)


def test_retries_do_not_keep_deliveries_from_sharing(made: Made, spec: TrainingJobSpec) -> None:
    runs, given = Runs(made, spec, retry_failures=True), delivery()

    assert len(runs.trained(given, given)) == 1


def test_a_kept_name_is_trained_once_and_the_second_delivery_fails(made: Made, spec: TrainingJobSpec) -> None:
    name = f"churn-{len(made.jobs())}"
    runs, given = Runs(made, spec.replace(training_job_name=name), keep_name=True), delivery()

    assert runs.trained(given) == [name]
    second = made.ended(runs.start(given))

    assert (second["status"], second["error"]) == ("FAILED", "SageMaker.ResourceInUseException")


def test_the_execution_that_created_the_job_stops_it_and_the_other_does_not(
    made: Made, spec: TrainingJobSpec
) -> None:
    runs, given = Runs(made, spec), delivery()
    made.local.hold_next_job()
    known = len(made.local.jobs())
    first = runs.start(given)
    job = made.wait_for_job(known)
    second, third = runs.start(given), runs.start(given)

    made.client.stop_execution(executionArn=second)
    assert made.ended(second)["status"] == "ABORTED"
    assert made.status_of(job) == "InProgress"
    made.client.stop_execution(executionArn=first)

    ended = made.ended(third)
    assert (ended["status"], ended["error"]) == ("FAILED", "TrainingJob.Stopped")
    assert len(made.local.jobs()) == known + 1
