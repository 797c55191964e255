"""Errors as Step Functions names and matches them, and the one way to raise one inside the interpreter."""

from __future__ import annotations

from typing import Any

from constructs_lib.local import seams

from .history import overruled

__all__ = ["failure", "install", "query_error"]

_ASL = "moto.stepfunctions.parser.asl"
_NAMES = f"{_ASL}.component.common.error_name"
_EQUALS = f"{_NAMES}.error_equals_decl:ErrorEqualsDecl._eval_body"
_CUSTOM = f"{_NAMES}.custom_error_name:CustomErrorName.__init__"
_SET_ERROR = f"{_ASL}.eval.environment:Environment.set_error"
_VALIDATIONS = f"{_ASL}.jsonata.validations"
_QUERY = "States.QueryEvaluationError"
# What neither States.ALL nor States.TaskFailed stands for.
_UNCATCHABLE = frozenset({"States.Runtime", "States.DataLimitExceeded"})
_ENDED_FROM_OUTSIDE = ("ProgramStopped", "ProgramTimedOut")


def install() -> None:
    """Matches errors by name, lets a branch's error keep its own, and keeps an end that was reached first."""
    seams.replace(_EQUALS, _error_equals)
    seams.replace(_CUSTOM, _custom_error_name)
    seams.replace(_SET_ERROR, _set_error)


def failure(env: Any, error: str, cause: str, **details: Any) -> Exception:
    """What to raise so that a state fails with ``error``, for Retry and Catch to see.

    Args:
        env: the environment of the state.
        error: the error's name.
        cause: its cause.
        details: more members of the history event, such as ``resource``.
    """
    moto = seams.module(_VALIDATIONS)
    event = moto.FailureEvent(
        env=env,
        error_name=seams.get(f"{_NAMES}.custom_error_name:CustomErrorName")(error),
        event_type=moto.HistoryEventType.TaskFailed,
        event_details=moto.EventDetails(taskFailedEventDetails={"error": error, "cause": cause, **details}),
    )
    raised: Exception = moto.FailureEventException(failure_event=event)
    return raised


def query_error(env: Any, cause: str) -> Exception:
    """What to raise for an expression that could not be evaluated; it is in the history too."""
    moto = seams.module(_VALIDATIONS)
    details = moto.EventDetails(evaluationFailedEventDetails={"error": _QUERY, "cause": cause})
    event = moto.FailureEvent(
        env=env,
        error_name=moto.StatesErrorName(typ=moto.StatesErrorNameType.StatesQueryEvaluationError),
        event_type=moto.HistoryEventType.EvaluationFailed,
        event_details=details,
    )
    raised = moto.FailureEventException(failure_event=event)
    env.event_manager.add_event(
        context=env.event_history_context,
        event_type=moto.HistoryEventType.EvaluationFailed,
        event_details=moto.EventDetails(
            evaluationFailedEventDetails=raised.get_evaluation_failed_event_details()
        ),
    )
    return raised  # type: ignore[no-any-return]


def _error_equals(self: Any, env: Any) -> None:
    name = env.stack.pop().error_name
    wanted = {known.error_name for known in self.error_names}
    if name in wanted:
        env.stack.append(True)
    elif name in _UNCATCHABLE:
        env.stack.append(False)
    else:
        every_task = "States.TaskFailed" in wanted and name != "States.Timeout"
        env.stack.append("States.ALL" in wanted or every_task)


def _custom_error_name(self: Any, error_name: str | None) -> None:
    """Without moto's refusal of names like States.TaskFailed: a branch hands its own error on."""
    self.error_name = error_name


def _set_error(self: Any, error: Any) -> None:
    """An execution that was stopped or timed out stays so, whatever breaks while it ends."""
    with self._state_mutex:
        if type(self._program_state).__name__ not in _ENDED_FROM_OUTSIDE:
            seams.original(_SET_ERROR)(self, overruled(self, error))
