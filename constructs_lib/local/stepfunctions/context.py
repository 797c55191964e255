"""The context object, with what moto leaves out of it."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any, cast

from constructs_lib.local import seams

from .history import limit

__all__ = ["install", "iso_time"]

_PARSER = "moto.stepfunctions.parser"
_START = f"{_PARSER}.backend.execution_worker:ExecutionWorker._get_evaluation_environment"
_STATE = f"{_PARSER}.asl.component.state.state:StateData"
_FRAME = f"{_PARSER}.asl.eval.environment:Environment.as_inner_frame_of"


def install() -> None:
    """Adds the redrive count, the retry count of every state, and the item of a Map inside its states."""
    seams.replace(_START, _environment)
    seams.replace(_STATE, _state_data)
    seams.replace(_FRAME, classmethod(cast("Any", _inner_frame)))


def iso_time(moment: datetime) -> str:
    """A time as Step Functions writes it: UTC, with milliseconds."""
    return moment.astimezone(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _environment(self: Any) -> Any:
    env = seams.original(_START)(self)
    limit(env)
    execution = env.states.context_object.context_object_data["Execution"]
    execution["RedriveCount"] = 0  # nothing is redriven here
    if isinstance(execution["StartTime"], datetime):
        execution["StartTime"] = iso_time(execution["StartTime"])
    return env


def _state_data(**members: Any) -> dict[str, Any]:
    entered = iso_time(datetime.fromisoformat(members["EnteredTime"]))
    return {**members, "EnteredTime": entered, "RetryCount": 0}


def _inner_frame(cls: Any, env: Any, variable_store: Any, event_history_frame_cache: Any = None) -> Any:
    del cls
    frame = seams.original(_FRAME)(env, variable_store, event_history_frame_cache)
    context = env.states.context_object.context_object_data
    if "Map" in context:
        frame.states.context_object.context_object_data["Map"] = context["Map"]
    return frame
