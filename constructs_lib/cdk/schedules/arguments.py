"""What a schedule refuses at once: misuse of its arguments, and what a direct one cannot do."""

from __future__ import annotations

from collections.abc import Mapping

from aws_cdk import aws_scheduler as scheduler

from constructs_lib.errors import SpecError

# What each argument needs that EventBridge Scheduler, which only starts a job, does not do.
_NEEDS_A_WAIT = "needs somebody who waits for the job's end, and with direct=True nobody does"
_NEEDS_A_MACHINE = "is about a state machine, and with direct=True there is none"


def check_schedule(construct: str, schedule: object, **flags: object) -> None:
    """Refuse what is no schedule's expression, and flags that are no bools.

    Raises:
        SpecError: the first of them.
    """
    if not isinstance(schedule, scheduler.ScheduleExpression):
        problem = f"must be a scheduler.ScheduleExpression, got {type(schedule).__name__}"
        fix = "use ScheduleExpression.cron, .rate or .at, or .expression for text such as 'rate(1 day)'"
        raise SpecError("schedule", problem, fix, construct=construct)
    for name, value in flags.items():
        if not isinstance(value, bool):
            problem = f"must be True or False, got {type(value).__name__}"
            raise SpecError(name, problem, "leave it out for the default", construct=construct)


def check_direct(construct: str, *, waiting: Mapping[str, object], machine: Mapping[str, object]) -> None:
    """Refuse what only a state machine can do.

    Args:
        construct: the construct's path.
        waiting: arguments that need the job's end to be waited for.
        machine: further arguments about the state machine.

    Raises:
        SpecError: the first that is given.
    """
    reasons = {**dict.fromkeys(waiting, _NEEDS_A_WAIT), **dict.fromkeys(machine, _NEEDS_A_MACHINE)}
    for name, value in {**waiting, **machine}.items():
        if value:
            fix = "leave it out, or leave direct=True out"
            raise SpecError(name, reasons[name], fix, construct=construct)
