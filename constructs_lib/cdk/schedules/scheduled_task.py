"""The task of a schedule's state machine: two deliveries of one scheduled time share one training job."""

from __future__ import annotations

from typing import Any

from aws_cdk import aws_scheduler as scheduler
from constructs import Construct

from constructs_lib.cdk.schedules.attributes import SCHEDULE_MEMBER, TIME_MEMBER
from constructs_lib.cdk.workflows import names
from constructs_lib.cdk.workflows.task import TrainingJobTask

__all__ = ["DELIVERED_WITHIN_MINUTES", "ScheduledTask"]

# EventBridge Scheduler is precise to the minute, and says nowhere how late a second delivery may come: long
# enough that one which stuck somewhere is still known as one. A later start with this input is taken for a
# person's, who copied it from an old run, and wants a training and not that run's job.
DELIVERED_WITHIN_MINUTES = 15
_CLOCKS_DIFFER_SECONDS = 60
# A first state is entered milliseconds after the start; a training that has failed took longer than this.
_FIRST_TRY_SECONDS = 2
# $hash takes 10,000 characters; a schedule's ARN has 1,224 at most.
_LONGEST_ARN = 2_000

_ENTERED = "$toMillis($states.context.State.EnteredTime)"
_TO_SECONDS = "[Y0001]-[M01]-[D01]T[H01]:[m01]:[s01]"
_TIME = r"/^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]+)?Z$/"


class ScheduledTask(TrainingJobTask):
    """A training job that the executions of one scheduled time share.

    EventBridge Scheduler promises at least one delivery. The job's name is made of what both have in their
    inputs: the second one's creation is refused, as the name is taken, and it waits for the job of the first.

    Args:
        scope: the schedule.
        id: the construct's id.
        time_window: how much later than its time a run may start; None for at once.
        **arguments: as `TrainingJobTask`.
    """

    def __init__(
        self, scope: Construct, id: str, *, time_window: scheduler.TimeWindow | None, **arguments: Any
    ) -> None:
        self._minutes = DELIVERED_WITHIN_MINUTES + _minutes(time_window)
        self._tries_again = bool(arguments.get("retry_failures"))
        self._keeps_name = bool(arguments.get("keep_name"))
        super().__init__(scope, id, **arguments)

    def _seed(self) -> str | None:
        return None if self._keeps_name else _shared_seed(self._minutes, tries_again=self._tries_again)


def _minutes(time_window: object) -> int:
    """The length of a window; what is none is refused with the schedule's other arguments."""
    window = time_window.max_window if isinstance(time_window, scheduler.TimeWindow) else None
    return 0 if window is None else int(window.to_minutes())


def _shared_seed(minutes: int, *, tries_again: bool) -> str:
    """JSONata of what names a try: schedule and time in a delivery's first one, else something random.

    Args:
        minutes: how long after its time a delivery may start its execution.
        tries_again: whether a training that failed is started anew, under another name. No state sees how
            often its branch was entered: later tries are told by the time since the execution's start.
    """
    conditions = [*_are_texts(), *_is_delivery(minutes)]
    if tries_again:
        conditions.append(f"{_ENTERED} - $start < {1000 * _FIRST_TRY_SECONDS}")
    # The state machine too: input that somebody copies to another one is another training's.
    shared = "$join([$states.context.StateMachine.Id, $arn, $time], ' ')"
    return (
        "($run := $states.context.Execution; $start := $toMillis($run.StartTime); "
        f"$time := $run.Input.{TIME_MEMBER}; $arn := $run.Input.{SCHEDULE_MEMBER}; "
        f"{_all_of(conditions)} ? {shared} : {names.RANDOM})"
    )


def _are_texts() -> list[str]:
    """A person may give any input, and its execution has to train."""
    return [
        "$type($time) = 'string'",
        "$type($arn) = 'string'",
        f"$contains($time, {_TIME})",
        f"$length($arn) < {_LONGEST_ARN}",
    ]


def _is_delivery(minutes: int) -> list[str]:
    """Times are compared as texts: a day that no month has is an error in $toMillis."""
    since = f"$fromMillis($start - {60_000 * minutes}, '{_TO_SECONDS}')"
    until = f"$fromMillis($start + {1000 * _CLOCKS_DIFFER_SECONDS}, '{_TO_SECONDS}')"
    return [f"$substring($time, 0, 19) {sign} {bound}" for sign, bound in ((">=", since), ("<=", until))]


def _all_of(conditions: list[str]) -> str:
    """One after the other: unlike ``and``, which may evaluate both of its sides."""
    *first, last = conditions
    return f"({''.join(f'{one} ? ' for one in first)}{last}{' : false' * len(first)})"
