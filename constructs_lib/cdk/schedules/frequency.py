"""What a schedule's expression says of how often it runs."""

from __future__ import annotations

from aws_cdk import aws_scheduler as scheduler

from constructs_lib.cdk.expressions import expressions
from constructs_lib.cdk.findings import runner_finding
from constructs_lib.cdk.schedules.attributes import EXECUTION_ID
from constructs_lib.cdk.schedules.occasions import Occasions
from constructs_lib.rules import Finding
from constructs_lib.spec.text import is_unknown

_ARGUMENT = "schedule"


def note_frequency(schedule: scheduler.ScheduleExpression, fixed: str | None) -> list[Finding]:
    """What is wrong with when a schedule runs.

    Args:
        schedule: when.
        fixed: the name that its jobs are to keep; None where each has its own.

    Returns:
        An error for an expression that is none; a warning for a run in every minute, and for a fixed name in
        runs that come again. Nothing for an expression that only CloudFormation knows.
    """
    expression = schedule.expression_string
    if is_unknown(expression):
        return []
    occasions = Occasions.of(expression)
    if occasions.problem:
        return [
            runner_finding("schedule-expression", _ARGUMENT, got=repr(expression), problem=occasions.problem)
        ]
    found = (
        [runner_finding("schedule-every-minute", _ARGUMENT, got=expression)] if occasions.every_minute else []
    )
    if fixed is not None and not occasions.once and not _differs(fixed):
        got = "that is known at deployment" if is_unknown(fixed) else repr(fixed)
        found.append(runner_finding("fixed-name-recurs", "TrainingJobName", got=got, when=expression))
    return found


def _differs(name: str) -> bool:
    """Whether a name is another one in each run: by a state machine's expression, or by the run's id."""
    return EXECUTION_ID in name or bool(expressions({"name": name}))
