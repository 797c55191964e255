"""Seconds that are known at run time only: outside of their range they fail the state, as on AWS."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from constructs_lib.local import seams

from .failures import failure, query_error

__all__ = ["install"]

_COMPONENT = "moto.stepfunctions.parser.asl.component"
_TIMEOUTS = f"{_COMPONENT}.common.timeouts"
_WAIT = f"{_COMPONENT}.state.wait.wait_function.seconds:SecondsJSONata._get_wait_seconds"
_MOST = 99_999_999
# The field's name and its least value. A wait has an integer from 0 to 99,999,999, a time-out a positive one:
# https://docs.aws.amazon.com/step-functions/latest/dg/state-wait.html and .../state-task.html
_JSONATA = {
    _WAIT: ("Seconds", 0),
    f"{_TIMEOUTS}.timeout:TimeoutSecondsJSONata._eval_seconds": ("TimeoutSeconds", 1),
    f"{_TIMEOUTS}.heartbeat:HeartbeatSecondsJSONata._eval_seconds": ("HeartbeatSeconds", 1),
}
_PATHS = {
    f"{_TIMEOUTS}.timeout:TimeoutSecondsPath._eval_seconds": "TimeoutSecondsPath",
    f"{_TIMEOUTS}.heartbeat:HeartbeatSecondsPath._eval_seconds": "HeartbeatSecondsPath",
}


def install() -> None:
    """Replaces what moto rounds, or takes as it is; its SecondsPath is right."""
    for seam, (field, least) in _JSONATA.items():
        seams.replace(seam, _expression(field, least))
    for seam, field in _PATHS.items():
        seams.replace(seam, _path(seam, field))


def _is_integer(value: Any, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= _MOST


def _expression(field: str, least: int) -> Callable[[Any, Any], int]:
    """A type or a value that a field does not take is an error of the query.

    https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
    """

    def seconds(self: Any, env: Any) -> int:
        self.string_jsonata.eval(env=env)
        value = env.stack.pop()
        if not _is_integer(value, least):
            expression = self.string_jsonata.expression
            told = f"'{field}' must be an integer from {least} to {_MOST}, not {value}"
            raise query_error(env, f"The JSONata expression '{expression}' specified for the field {told}")
        return int(value)

    return seconds


def _path(seam: str, field: str) -> Callable[[Any, Any], int]:
    def seconds(self: Any, env: Any) -> int:
        value = seams.original(seam)(self, env)
        if not _is_integer(value, 1):
            told = f"'{field}' must select a positive, non-zero integer, not {value}"
            raise failure(env, "States.Runtime", f"The reference path specified for the field {told}")
        return int(value)

    return seconds
