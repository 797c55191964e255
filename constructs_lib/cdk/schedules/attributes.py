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
    "attribute_paths",
    "with_attributes_as",
    "with_text",
]

EXECUTION_ID = "<aws.scheduler.execution-id>"
SCHEDULE_ARN = "<aws.scheduler.schedule-arn>"
SCHEDULED_TIME = "<aws.scheduler.scheduled-time>"
_ATTRIBUTE = re.compile(r"<aws\.scheduler\.[a-z-]+>")


def with_attributes_as(value: Any, text: str) -> Any:
    """The value with every attribute in its texts replaced; ``*`` makes patterns of them."""
    return _mapped(value, lambda found: _ATTRIBUTE.sub(text, found))


def with_text(value: Any, old: str, new: str) -> Any:
    """The value with a text in its texts replaced."""
    return _mapped(value, lambda found: found.replace(old, new))


def attribute_paths(value: object, path: Path = ()) -> Iterator[Path]:
    """Where a value holds an attribute: its text is known when the schedule runs, and not before."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from attribute_paths(item, (*path, str(key)))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from attribute_paths(item, (*path, index))
    elif isinstance(value, str) and _ATTRIBUTE.search(value):
        yield path


def _mapped(value: Any, change: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _mapped(item, change) for key, item in value.items()}
    if isinstance(value, list):
        return [_mapped(item, change) for item in value]
    return change(value) if isinstance(value, str) else value
