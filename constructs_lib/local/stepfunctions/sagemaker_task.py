"""The optimised integration ``sagemaker:createTrainingJob``, plain and ``.sync``, which moto lacks."""

from __future__ import annotations

import contextlib
import json
import time
from typing import Any

from botocore.exceptions import ClientError

from constructs_lib.local import seams

from .clients import client_for
from .failures import failure
from .sdk_task import check_parameters

__all__ = ["SageMakerTask"]

_ACTION = "createTrainingJob"
_POLL_SECONDS = 0.1
# Every other error of SageMaker has one name in this integration.
_NAMES = {
    "ResourceInUse": "SageMaker.ResourceInUseException",
    "ResourceLimitExceeded": "SageMaker.ResourceLimitExceededException",
}
_OTHER = "SageMaker.AmazonSageMakerException"
# Its Batch task is the nearest: it starts a job and polls it. Its module also has every name needed here.
batch: Any = seams.module(
    "moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_batch"
)


class SageMakerTask(batch.StateTaskServiceBatch):  # type: ignore[misc]
    """Starts a training job; with ``.sync`` waits for its end, and stops it when the execution is stopped."""

    def _get_supported_parameters(self) -> set[str] | None:
        return None

    def _validate_service_integration_is_supported(self) -> None:
        known = self.resource.condition in (None, batch.ResourceCondition.Sync)
        if self.resource.api_action != _ACTION or not known:
            super()._validate_service_integration_is_supported()

    def _before_eval_execution(self, **arguments: Any) -> None:
        # Past the parent class, which would add Batch's own environment variables.
        batch.StateTaskServiceCallback._before_eval_execution(self, **arguments)

    def _eval_service_task(
        self, env: Any, resource_runtime_part: Any, normalised_parameters: Any, state_credentials: Any
    ) -> None:
        region = resource_runtime_part.region
        check_parameters(env, region, "create_training_job", normalised_parameters)
        answer = client_for("sagemaker", region, state_credentials).create_training_job(
            **normalised_parameters
        )
        env.stack.append({"TrainingJobArn": answer["TrainingJobArn"]})

    def _from_error(self, env: Any, ex: Exception) -> Any:
        if isinstance(ex, ClientError):
            told = ex.response["Error"]
            status = ex.response["ResponseMetadata"].get("HTTPStatusCode")
            details = f"Service: AmazonSageMaker; Status Code: {status}; Error Code: {told['Code']}"
            name = _NAMES.get(told["Code"], _OTHER)
            ex = self._failure(env, name, f"{told['Message']} ({details})")
        return batch.StateTaskServiceCallback._from_error(self, env, ex)

    def _failure(self, env: Any, error: str, cause: str) -> Exception:
        kind = self._get_sfn_resource_type()
        return failure(env, error, cause, resource=self._get_sfn_resource(), resourceType=kind)

    def _eval_integration_pattern(
        self, env: Any, resource_runtime_part: Any, normalised_parameters: Any, state_credentials: Any
    ) -> None:
        client = client_for("sagemaker", resource_runtime_part.region, state_credentials)
        name = normalised_parameters["TrainingJobName"]
        env.stack[-1:] = [self._ended(env, client, name)]

    def _ended(self, env: Any, client: Any, name: str) -> dict[str, Any] | None:
        """The job once it has ended; nothing when the execution ended first, which stops the job."""
        while env.is_running():
            job = _described(client, name)
            if job["TrainingJobStatus"] == "Failed" or _fails_when_stopped(job):
                raise self._failure(env, "States.TaskFailed", json.dumps(job))
            if job["TrainingJobStatus"] in ("Completed", "Stopped"):
                return job
            time.sleep(_POLL_SECONDS)
        with contextlib.suppress(ClientError):  # it may have ended in the meantime
            client.stop_training_job(TrainingJobName=name)
        return None


def _fails_when_stopped(job: dict[str, Any]) -> bool:
    """Whether the job is stopped, and a test asked for the other of the two ways that AWS may take then."""
    if job["TrainingJobStatus"] != "Stopped":
        return False
    _, _, _, region, account, resource = job["TrainingJobArn"].split(":", 5)
    jobs = seams.get("moto.sagemaker.models:sagemaker_backends")[account][region].training_jobs
    made = jobs.get(resource.rpartition("/")[2])
    return made is not None and bool(made.plan.sync_fails)


def _described(client: Any, name: str) -> dict[str, Any]:
    answer = client.describe_training_job(TrainingJobName=name)
    answer.pop("ResponseMetadata", None)
    job: dict[str, Any] = json.loads(
        json.dumps(answer, default=lambda moment: int(moment.timestamp() * 1000))
    )
    return job
