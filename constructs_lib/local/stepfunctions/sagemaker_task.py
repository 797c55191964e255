"""The optimised integration ``sagemaker:createTrainingJob``, plain and ``.sync``, which moto lacks."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from constructs_lib.local import seams

__all__ = ["SageMakerTask"]

_ACTION = "createTrainingJob"
# Its Batch task is the nearest: it starts a job and polls it. Its module also has every name needed here.
batch: Any = seams.module(
    "moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_batch"
)


class SageMakerTask(batch.StateTaskServiceBatch):  # type: ignore[misc]
    """Starts a training job; with ``.sync`` waits for its end, and stops it when the execution is stopped."""

    _stop: Callable[[], Any]

    def _get_supported_parameters(self) -> set[str] | None:
        return None

    def _validate_service_integration_is_supported(self) -> None:
        known = self.resource.condition in (None, batch.ResourceCondition.Sync)
        if self.resource.api_action != _ACTION or not known:
            super()._validate_service_integration_is_supported()

    def _before_eval_execution(self, **arguments: Any) -> None:
        # Past the parent class, which would add Batch's own environment variables.
        batch.StateTaskServiceCallback._before_eval_execution(self, **arguments)

    def _from_error(self, env: Any, ex: Exception) -> Any:
        if not isinstance(ex, ClientError):
            return batch.StateTaskServiceCallback._from_error(self, env, ex)
        code = ex.response["Error"]["Code"]
        name = f"SageMaker.{code.removesuffix('Exception')}Exception"
        return self._failure(env, name, ex.response["Error"]["Message"], batch.CustomErrorName(name))

    def _failure(self, env: Any, error: str, cause: str, name: Any) -> Any:
        details = batch.TaskFailedEventDetails(
            error=error,
            cause=cause,
            resource=self._get_sfn_resource(),
            resourceType=self._get_sfn_resource_type(),
        )
        return batch.FailureEvent(
            env=env,
            error_name=name,
            event_type=batch.HistoryEventType.TaskFailed,
            event_details=batch.EventDetails(taskFailedEventDetails=details),
        )

    def _build_sync_resolver(
        self, env: Any, resource_runtime_part: Any, normalised_parameters: Any, state_credentials: Any
    ) -> Callable[[], Any]:
        client: Any = batch.boto_client_for(
            service="sagemaker", region=resource_runtime_part.region, state_credentials=state_credentials
        )
        env.stack.pop()
        self._stop = lambda: client.stop_training_job(
            TrainingJobName=normalised_parameters["TrainingJobName"]
        )

        def resolve() -> Any:
            job = _described(client, normalised_parameters["TrainingJobName"])
            if job["TrainingJobStatus"] == "Failed":
                raise batch.FailureEventException(self._task_failed(env, job))
            return job if job["TrainingJobStatus"] in ("Completed", "Stopped") else None

        return resolve

    def _task_failed(self, env: Any, job: dict[str, Any]) -> Any:
        kind = batch.StatesErrorNameType.StatesTaskFailed
        return self._failure(env, kind.to_name(), json.dumps(job), batch.StatesErrorName(typ=kind))

    def _eval_sync(self, env: Any, **arguments: Any) -> Any:
        outcome: Any = batch.StateTaskServiceCallback._eval_sync(self, env=env, **arguments)
        if outcome is None and not env.is_running():
            with contextlib.suppress(ClientError):  # it may have ended in the meantime
                self._stop()
        return outcome


def _described(client: Any, name: str) -> dict[str, Any]:
    answer = client.describe_training_job(TrainingJobName=name)
    answer.pop("ResponseMetadata", None)
    job: dict[str, Any] = json.loads(
        json.dumps(answer, default=lambda moment: int(moment.timestamp() * 1000))
    )
    return job
