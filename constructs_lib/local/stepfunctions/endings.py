"""The end of an execution from outside: StopExecution, and the deletion of its state machine."""

from __future__ import annotations

import time
from datetime import datetime, timezone
from typing import Any

from constructs_lib.local import seams

from .answers import keep

__all__ = ["install"]

_PARSER = "moto.stepfunctions.parser"
_STOP = f"{_PARSER}.backend.execution_worker:ExecutionWorker.stop"
_STATE = f"{_PARSER}.asl.component.state.state:CommonStateField._eval_body"
_DELETE = "moto.stepfunctions.models:StepFunctionBackend.delete_state_machine"
_BEGIN_SECONDS = 30.0
_POLL_SECONDS = 0.02


def install() -> None:
    """Stops an execution that has hardly begun, and ends those of a deleted machine at their next state."""
    seams.replace(_STOP, _stop)
    seams.replace(_STATE, _eval_state)
    seams.replace(_DELETE, _delete_state_machine)


def _stop(self: Any, stop_date: datetime, error: str | None, cause: str | None) -> None:
    deadline = time.monotonic() + _BEGIN_SECONDS
    while time.monotonic() < deadline and (self.env is None or self.env.program_state() is None):
        time.sleep(_POLL_SECONDS)  # its definition is still being read
    seams.original(_STOP)(self, stop_date, error, cause)


def _delete_state_machine(self: Any, arn: str) -> None:
    machine = next((known for known in self.state_machines if known.arn == arn), None)
    for execution in getattr(machine, "executions", ()):
        keep(execution)
        env = execution.exec_worker.env
        if env is not None:
            env.callback_pool_manager.ending = env  # the one object that all of its frames share
    seams.original(_DELETE)(self, arn)


def _eval_state(self: Any, env: Any) -> None:
    ending = getattr(env.callback_pool_manager, "ending", None)
    if ending is None:
        seams.original(_STATE)(self, env)
    else:
        ending.set_stop(stop_date=datetime.now(timezone.utc), cause=None, error=None)
