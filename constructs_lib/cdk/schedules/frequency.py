"""What a schedule's expression says of how often it runs."""

from __future__ import annotations

import re

from aws_cdk import aws_scheduler as scheduler

from constructs_lib.cdk.findings import runner_finding
from constructs_lib.rules import Finding
from constructs_lib.spec.text import is_unknown

# cron(minutes hours day-of-month month day-of-week year)
_EVERY_MINUTE = re.compile(r"cron\(\*(?:/1)? ")


def note_frequency(schedule: scheduler.ScheduleExpression) -> list[Finding]:
    """A warning for a cron expression without minutes, which runs in every minute of its hours."""
    expression = schedule.expression_string
    if is_unknown(expression) or not _EVERY_MINUTE.match(expression):
        return []
    return [runner_finding("schedule-every-minute", got=expression)]
