"""The history of an execution, which ends it when it is full."""

from __future__ import annotations

import threading
from typing import Any

from constructs_lib.local import seams

__all__ = ["LIMIT", "install", "limit", "overruled"]

_ADD = "moto.stepfunctions.parser.asl.eval.event.event_manager:EventManager.add_event"
# "If the event number 25,000 isn't ExecutionSucceeded, the ExecutionFailed event is logged":
# https://docs.aws.amazon.com/step-functions/latest/dg/bp-history-limit.html
LIMIT = 25_000
# The page above has no names; these are as reported from AWS:
# https://cloudonaut.io/step-functions-pitfall-maximum-number-of-history-events/
_FULL = {
    "error": "States.Runtime",
    "cause": f"The execution reached the maximum number of history events ({LIMIT}).",
}
_ENDS = frozenset({"ExecutionSucceeded", "ExecutionFailed", "ExecutionAborted", "ExecutionTimedOut"})


def install() -> None:
    """Counts what is added."""
    seams.replace(_ADD, _add_event)


def limit(env: Any) -> None:
    """Lets the history of an execution end it.

    Args:
        env: the execution's own environment, whose frames share its history.
    """
    env.event_manager.limited = (env, threading.Lock())


def overruled(env: Any, error: Any) -> Any:
    """The error that an execution ends with: a full history goes before what breaks because of it.

    Args:
        env: the execution's environment.
        error: the error that was met.
    """
    return env.__dict__.get("full_history", error)


def _add_event(self: Any, context: Any, event_type: Any, *args: Any, **more: Any) -> Any:
    limited = self.__dict__.get("limited")
    if limited is None or event_type in _ENDS:
        return seams.original(_ADD)(self, context, event_type, *args, **more)
    env, lock = limited
    with lock:  # branches add theirs at once
        if self._event_id_gen._next_id < LIMIT:
            return seams.original(_ADD)(self, context, event_type, *args, **more)
    if "full_history" not in env.__dict__:
        env.full_history = _FULL
        env.set_error(error=_FULL)
    return context.last_published_event_id
