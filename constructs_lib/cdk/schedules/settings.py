"""What else EventBridge Scheduler is told of a schedule: refused here, not by CDK or a deployment."""

from __future__ import annotations

import datetime
import re

from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_sqs as sqs

from constructs_lib.errors import SpecError
from constructs_lib.spec.checks import kind, offers, shown
from constructs_lib.spec.text import is_token

__all__ = ["check_queue", "check_resources", "check_texts", "check_window", "checked_times"]

# What each resource must offer, as what it is known, and what to make it with.
_RESOURCES = {
    "schedule_group": (
        ("schedule_group_name", "schedule_group_arn"),
        "a scheduler.IScheduleGroup",
        "use scheduler.ScheduleGroup.from_schedule_group_name",
    ),
    "encryption_key": (("key_arn", "grant_decrypt"), "a kms.IKey", "use kms.Key.from_key_arn"),
    "dead_letter_queue": (("queue_arn", "fifo"), "an sqs.IQueue", "use sqs.Queue.from_queue_arn"),
}
LONGEST_NAME, LONGEST_DESCRIPTION = 64, 512
_NAME = re.compile(r"[0-9a-zA-Z._-]+")


def check_resources(construct: str, **given: object) -> None:
    """Refuse what is no such resource.

    Args:
        construct: the construct's path.
        **given: each resource by its argument; None for one that is left out.

    Raises:
        SpecError: the first of them.
    """
    for name, value in given.items():
        members, wanted, fix = _RESOURCES[name]
        # A class has the members too.
        if value is not None and (isinstance(value, type) or not offers(value, *members)):
            got = f"the class {value.__name__}" if isinstance(value, type) else kind(value)
            raise SpecError(name, f"must be {wanted}, got {got}", fix, construct=construct)


def check_queue(construct: str, queue: sqs.IQueue | None) -> None:
    """Refuse a FIFO queue.

    Raises:
        SpecError: it is one.
    """
    # Of an imported one CDK knows it by the ARN.
    if queue is not None and queue.fifo is True:
        problem = "is a FIFO queue, and EventBridge Scheduler sends to standard queues only"
        fix = "give a standard queue, or leave it out for one of the schedule's own"
        raise SpecError("dead_letter_queue", problem, fix, construct=construct)


def check_window(construct: str, window: object) -> None:
    """Refuse what is no time window.

    Raises:
        SpecError: it is something else.
    """
    if window is not None and not isinstance(window, scheduler.TimeWindow):
        problem = f"must be a scheduler.TimeWindow, got {kind(window)}"
        fix = "use TimeWindow.flexible(Duration.minutes(15)), or leave it out"
        raise SpecError("time_window", problem, fix, construct=construct)


def check_texts(construct: str, *, description: object, schedule_name: object) -> None:
    """Refuse a description or a name that EventBridge Scheduler does not take.

    Raises:
        SpecError: another type, too long, or other characters.
    """
    for name, value in (("description", description), ("schedule_name", schedule_name)):
        if value is not None and not isinstance(value, str):
            raise SpecError(name, f"must be text, got {kind(value)}", "quote it", construct=construct)
    if isinstance(description, str) and not is_token(description) and len(description) > LONGEST_DESCRIPTION:
        problem = f"has {len(description)} characters, allowed are {LONGEST_DESCRIPTION}"
        raise SpecError("description", problem, "shorten it", construct=construct)
    if isinstance(schedule_name, str) and not is_token(schedule_name):
        _check_name(construct, schedule_name)


def _check_name(construct: str, name: str) -> None:
    if len(name) > LONGEST_NAME or not _NAME.fullmatch(name):
        length = f", which has {len(name)} characters" if len(name) > LONGEST_NAME else ""
        allowed = f"1 to {LONGEST_NAME} of a-z, A-Z, 0-9, -, _ and ."
        problem = f"got {shown(name)}{length}; allowed are {allowed}"
        fix = "rename it, or leave it out for a name that CloudFormation makes"
        raise SpecError("schedule_name", problem, fix, construct=construct)


def checked_times(
    construct: str, *, start: object, end: object
) -> tuple[datetime.datetime | None, datetime.datetime | None]:
    """From when on and until when, with their zone: UTC for a time that says none.

    Raises:
        SpecError: another type, or an end that is not after the start.
    """
    first, last = _in_utc(construct, "start", start), _in_utc(construct, "end", end)
    if first is not None and last is not None and last <= first:
        problem = f"got {last.isoformat()}, which is not after the start, {first.isoformat()}"
        raise SpecError("end", problem, "give a later one, or leave one of them out", construct=construct)
    return first, last


def _in_utc(construct: str, name: str, given: object) -> datetime.datetime | None:
    if given is None:
        return None
    if not isinstance(given, datetime.datetime):
        problem = f"must be a datetime.datetime, got {kind(given)}"
        fix = "such as datetime.datetime(2027, 1, 31, 2, 0), which is in UTC"
        raise SpecError(name, problem, fix, construct=construct)
    # CDK takes no time without a zone.
    zone = datetime.timezone.utc
    return given.replace(tzinfo=zone) if given.utcoffset() is None else given.astimezone(zone)
