"""What EventBridge Scheduler itself puts into a payload: attributes of the schedule and of one invocation."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from constructs_lib.rules.rule import Path

__all__ = [
    "EXECUTION_ID",
    "SCHEDULED_TIME",
    "SCHEDULE_ARN",
    "SCHEDULE_MEMBER",
    "TIME_MEMBER",
    "attribute_paths",
    "with_attributes_as",
    "with_text",
]

EXECUTION_ID = "<aws.scheduler.execution-id>"
SCHEDULE_ARN = "<aws.scheduler.schedule-arn>"
SCHEDULED_TIME = "<aws.scheduler.scheduled-time>"
# Their names in the input of a state machine's execution.
TIME_MEMBER, SCHEDULE_MEMBER = "scheduledTime", "scheduleArn"
_ATTRIBUTE = re.compile(r"<aws\.scheduler\.[a-z-]+>")


def with_attributes_as(value: Any, text: str) -> Any:
    """The value with every attribute in its texts replaced; ``*`` makes patterns of them."""
    return _mapped(value, lambda found: _ATTRIBUTE.sub(text, found))


def with_text(value: Any, old: str, new: str) -> Any:
    """The value with a text in its texts replaced."""
    return _mapped(value, lambda found: found.replace(old, new))


def attribute_paths(value: object, path: Path = (), *, in_keys: bool = False) -> Iterator[Path]:
    """Where a value holds an attribute: its text is known when the schedule runs, and not before.

    Args:
        value: a request, or a part of one.
        path: where it lies.
        in_keys: whether the keys of maps are looked at too.
    """
    if isinstance(value, Mapping):
        for key, item in value.items():
            if in_keys and _ATTRIBUTE.search(str(key)):
                yield (*path, str(key))
            yield from attribute_paths(item, (*path, str(key)), in_keys=in_keys)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from attribute_paths(item, (*path, index), in_keys=in_keys)
    elif isinstance(value, str) and _ATTRIBUTE.search(value):
        yield path


def _mapped(value: Any, change: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _mapped(item, change) for key, item in value.items()}
    if isinstance(value, list):
        return [_mapped(item, change) for item in value]
    return change(value) if isinstance(value, str) else value
