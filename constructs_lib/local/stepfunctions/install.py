"""What is changed in moto's interpreter of the states language."""

from __future__ import annotations

import threading
import uuid
from typing import Any

from constructs_lib.local import seams
from constructs_lib.local.events import emit

from . import (
    answers,
    clients,
    context,
    definition,
    definition_rules,
    definition_text,
    endings,
    expressions,
    failures,
    history,
    map_run,
    result_writer,
    sdk_task,
    seconds,
    transitions,
    variables,
    waits,
)

__all__ = ["install"]

_SFN = "moto.stepfunctions"
_EXECUTING = f"{_SFN}.parser.models:stepfunctions_parser_backends"
_START = f"{_SFN}.parser.models:StepFunctionsParserBackend.start_execution"
_TERMINATED = f"{_SFN}.parser.backend.execution:BaseExecutionWorkerCommunication.terminated"
_TASK = f"{_SFN}.parser.asl.component.state.exec.state_task"
_SERVICE_FOR = f"{_TASK}.service.state_task_service_factory:state_task_service_for"
_DETAIL_TYPE = "Step Functions Execution Status Change"
_PARTS = (
    answers,
    clients,
    context,
    definition,
    definition_rules,
    definition_text,
    endings,
    expressions,
    failures,
    history,
    map_run,
    result_writer,
    sdk_task,
    seconds,
    transitions,
    variables,
    waits,
)


def install() -> None:
    """Turns execution on, and replaces what every part of this package lists."""
    seams.get("moto.core.config:default_user_config")["stepfunctions"]["execute_state_machine"] = True
    # Machines of stacks would otherwise land in the backend that does not execute.
    seams.replace(f"{_SFN}.models:stepfunctions_backends", seams.get(_EXECUTING))
    for part in _PARTS:
        part.install()
    seams.replace(_START, _start_execution)
    seams.replace(_TERMINATED, _terminated)
    seams.replace(_SERVICE_FOR, _service_for)
    seams.replace(f"{_TASK}.state_task_factory:state_task_service_for", _service_for)


def _service_for(service_name: str) -> Any:
    from .sagemaker_task import SageMakerTask

    if service_name == "sagemaker":
        return SageMakerTask()
    return seams.original(_SERVICE_FOR)(service_name)


def _start_execution(self: Any, state_machine_arn: str, name: str | None = None, *args: Any) -> Any:
    """The API takes no name, and the service then makes one."""
    return seams.original(_START)(self, state_machine_arn, name or str(uuid.uuid4()), *args)


def _terminated(self: Any) -> None:
    seams.original(_TERMINATED)(self)
    execution = self.execution
    threading.Thread(target=_notify, args=(execution,), daemon=True).start()


def _notify(execution: Any) -> None:
    described = execution.to_describe_output()
    detail = {
        "executionArn": described["executionArn"],
        "stateMachineArn": described["stateMachineArn"],
        "name": described["name"],
        "status": str(execution.status),
        "startDate": _milliseconds(described["startDate"]),
        "stopDate": _milliseconds(described["stopDate"]),
        "input": described["input"],
        "inputDetails": {"included": True},
        "output": described.get("output"),
        "outputDetails": {"included": True} if "output" in described else None,
        "error": described.get("error"),
        "cause": described.get("cause"),
    }
    emit(
        execution.account_id,
        execution.region_name,
        source="aws.states",
        detail_type=_DETAIL_TYPE,
        resources=[described["executionArn"]],
        detail=detail,
    )


def _milliseconds(moment: Any) -> int | None:
    return None if moment is None else int(moment.timestamp() * 1000)
