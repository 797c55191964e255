"""Which tries of a schedule's task have one name: what the first state assigns, evaluated."""

from __future__ import annotations

from itertools import count
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_scheduler as scheduler

from constructs_lib import Checkpoint, SpecError, TrainingJobSpec
from tests.unit.cdk.workflows.evaluation import Execution
from tests.unit.cdk.workflows.machines import creation, definition, states_of

from .templates import nightly

ARN = "arn:aws:scheduler:eu-west-1:123456789012:schedule/group/nightly"
INPUT = {"scheduledTime": "2026-03-01T02:00:00Z", "scheduleArn": ARN}
SOON = "2026-03-01T02:00:20.5Z"
_IDS = count()


class Task:
    """A schedule's state machine."""

    def __init__(self, stack: cdk.Stack, spec: TrainingJobSpec, **arguments: Any) -> None:
        machine = nightly(stack, spec=spec, **arguments).state_machine
        assert machine is not None
        self.definition = definition(machine)

    def variables(
        self, given: Any, start: str = SOON, entered: str | None = None, machine: str = "machine"
    ) -> dict[str, Any]:
        """What an execution's first state assigns."""
        context = {
            "Execution": {"Id": f"execution-{next(_IDS)}", "Input": given, "StartTime": start},
            "StateMachine": {"Id": machine},
            "State": {"Name": "Train: name", "EnteredTime": entered or start, "RetryCount": 0},
        }
        assigned = states_of(self.definition)["Train: name"]["Assign"]
        found: dict[str, Any] = Execution(given, context).arguments(assigned)
        return found

    def name(self, *arguments: Any, redrives: int = 0, **more: Any) -> str:
        """The name that the execution's job gets."""
        context = {"Execution": {"RedriveCount": redrives}}
        execution = Execution({}, context, self.variables(*arguments, **more))
        return str(execution.json_path(creation(self.definition)["Parameters"]["TrainingJobName.$"]))

    def shares(self, *arguments: Any, **more: Any) -> bool:
        return self.name(*arguments, **more) == self.name(*arguments, **more)


def test_one_schedule_and_time_have_one_name(stack: cdk.Stack, spec: TrainingJobSpec) -> None:
    task = Task(stack, spec)
    name = task.name(INPUT)

    assert name == task.name(INPUT, "2026-03-01T02:07:00Z") == task.name({**INPUT, "more": 1})
    others = [
        task.name({**INPUT, "scheduledTime": "2026-03-01T02:00:01Z"}),
        task.name({**INPUT, "scheduleArn": f"{ARN}2"}),
        task.name(INPUT, machine="another"),
        task.name(INPUT, redrives=1),
    ]
    assert len({name, *others}) == 5


@pytest.mark.parametrize(
    ("start", "shared"),
    [
        ("2026-03-01T01:58:59.999Z", False),
        ("2026-03-01T01:59:00Z", True),  # clocks differ
        ("2026-03-01T02:00:00Z", True),
        ("2026-03-01T02:15:00.999Z", True),
        ("2026-03-01T02:15:01Z", False),
        ("2026-03-02T02:00:00Z", False),
        ("2027-03-01T02:00:00Z", False),
    ],
)
def test_only_a_start_soon_after_the_time_is_a_delivery(
    stack: cdk.Stack, spec: TrainingJobSpec, start: str, *, shared: bool
) -> None:
    assert Task(stack, spec).shares(INPUT, start) is shared


@pytest.mark.parametrize(
    ("window", "last"),
    [
        (scheduler.TimeWindow.off(), "02:15"),
        (scheduler.TimeWindow.flexible(cdk.Duration.minutes(5)), "02:20"),
        (scheduler.TimeWindow.flexible(cdk.Duration.hours(10)), "12:15"),
    ],
)
def test_a_time_window_is_added(
    stack: cdk.Stack, spec: TrainingJobSpec, window: scheduler.TimeWindow, last: str
) -> None:
    task = Task(stack, spec, time_window=window)

    assert task.shares(INPUT, f"2026-03-01T{last}:00Z")
    assert not task.shares(INPUT, f"2026-03-01T{last}:01Z")


@pytest.mark.parametrize(
    "given",
    [
        {},
        [],
        None,
        7,
        "text",
        {"scheduledTime": INPUT["scheduledTime"]},
        {"scheduleArn": ARN},
        {**INPUT, "scheduledTime": 1_772_330_400_000},
        {**INPUT, "scheduledTime": ["2026-03-01T02:00:00Z", "2026-03-01T02:00:00Z"]},
        {**INPUT, "scheduledTime": "2026-03-01"},
        {**INPUT, "scheduledTime": "2026-02-30T02:00:00Z"},  # no day
        {**INPUT, "scheduledTime": "2026-03-01T02:00:00Z and more"},
        {**INPUT, "scheduledTime": "<aws.scheduler.scheduled-time>"},
        {**INPUT, "scheduleArn": {"arn": ARN}},
        {**INPUT, "scheduleArn": "x" * 20_000},
    ],
    ids=lambda given: str(given)[:40],
)
def test_any_other_input_has_a_name_of_its_own(stack: cdk.Stack, spec: TrainingJobSpec, given: Any) -> None:
    assert not Task(stack, spec).shares(given)


def test_later_tries_have_names_of_their_own(stack: cdk.Stack, spec: TrainingJobSpec) -> None:
    once, again = Task(stack, spec), Task(cdk.Stack(), spec, retry_failures=True)

    assert again.shares(INPUT, SOON, "2026-03-01T02:00:22.4Z")
    assert not again.shares(INPUT, SOON, "2026-03-01T02:00:22.5Z")
    # Where nothing is tried again, a first state that is late is the first all the same.
    assert once.shares(INPUT, SOON, "2026-03-01T02:00:40Z")


def test_checkpoints_are_each_executions_own(stack: cdk.Stack, spec: TrainingJobSpec) -> None:
    task = Task(stack, spec.replace(checkpoint=Checkpoint()))
    places = [task.variables(INPUT)["constructsLibCheckpoints"] for _ in range(2)]

    assert task.shares(INPUT)
    assert len(set(places)) == 2


def test_a_window_of_another_type_is_refused_by_its_name(stack: cdk.Stack, spec: TrainingJobSpec) -> None:
    with pytest.raises(SpecError, match="time_window"):
        Task(stack, spec, time_window=cdk.Duration.minutes(5))
