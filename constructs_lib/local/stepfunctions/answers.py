"""What is answered about an execution: its output, how it was stopped, also when its machine is gone."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from constructs_lib.local import seams

__all__ = ["install", "keep"]

_RESPONSE = "moto.stepfunctions.responses:StepFunctionResponse"
_REFLECT = (
    "moto.stepfunctions.parser.backend.execution:BaseExecutionWorkerCommunication._reflect_execution_status"
)
_kept: dict[str, Any] = {}


def install() -> None:
    """Replaces the operations on one execution."""
    seams.replace(f"{_RESPONSE}.describe_execution", _describe_execution)
    seams.replace(f"{_RESPONSE}.stop_execution", _stop_execution)
    seams.replace(_REFLECT, _reflect)


def keep(execution: Any) -> None:
    """Lets an execution be described after its state machine was deleted."""
    _kept[execution.exec_arn] = execution


def _found(self: Any) -> Any:
    arn = self._get_param("executionArn")
    return _kept.get(arn) or self.stepfunction_backend.describe_execution(arn)


def _describe_execution(self: Any) -> Any:
    described = _found(self).to_describe_output()
    answer = {key: value for key, value in described.items() if value is not None}
    return seams.get("moto.core.responses:ActionResult")({**answer, "redriveCount": 0})


def _stop_execution(self: Any) -> Any:
    error, cause = self._get_param("error"), self._get_param("cause")
    moment = datetime.now(timezone.utc)
    _found(self).stop(stop_date=moment, error=error, cause=cause)
    return seams.get("moto.core.responses:ActionResult")({"stopDate": moment})


def _reflect(self: Any) -> None:
    """The output and the reason of a stop come first: whoever sees the status reads them at once."""
    env = self.execution.exec_worker.env
    state = env.program_state()
    self.execution.output = env.states.get_input()
    if type(state).__name__ == "ProgramStopped":
        self.execution.error, self.execution.cause = state.error, state.cause
    elif type(state).__name__ == "ProgramError":
        self.execution.error, self.execution.cause = state.error.get("error"), state.error.get("cause")
    seams.original(_REFLECT)(self)
