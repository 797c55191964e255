"""The operations on training jobs, in the place of moto's."""

from __future__ import annotations

import json
import re
import threading
from typing import Any

from constructs_lib.local import seams
from constructs_lib.local.settings import current
from constructs_lib.local.state import controls

from .job import TrainingJob
from .lifecycle import start
from .listing import listed

__all__ = ["install"]

_RESPONSE = "moto.sagemaker.responses:SageMakerResponse"
_NAME = r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}"
_REQUIRED = ("RoleArn", "OutputDataConfig")
_DELETING_SECONDS = 1.0
_creating = threading.Lock()  # two requests with one name may come at once


def install() -> None:
    """Replaces the operations moto has and adds those it lacks."""
    for operation in _REPLACED:
        seams.replace(f"{_RESPONSE}.{operation.__name__}", operation)
    added: Any = seams.get(_RESPONSE)
    for operation in (stop_training_job, delete_training_job, update_training_job):
        setattr(added, operation.__name__, operation)


def _error(kind: str, message: str, status: int = 400) -> Exception:
    error: Any = seams.get("moto.core.exceptions:JsonRESTError")(kind, message)
    error.code = status
    return error  # type: ignore[no-any-return]


def _result(value: dict[str, Any]) -> Any:
    return seams.get("moto.core.responses:ActionResult")(value)


def _empty() -> Any:
    return seams.get("moto.core.responses:EmptyResult")()


def _job(self: Any) -> TrainingJob:
    job: TrainingJob | None = self.sagemaker_backend.training_jobs.get(self._get_param("TrainingJobName"))
    if job is None:
        raise _error("ValidationException", "Requested resource not found.")
    return job


def create_training_job(self: Any) -> Any:
    """CreateTrainingJob: keeps the whole request and begins the job."""
    refusal = controls.refusal()
    if refusal is None:
        return _result({"TrainingJobArn": _created(self)})
    if refusal.created:
        _created(self)
    raise _error(refusal.code, refusal.message, refusal.status)


def _created(self: Any) -> str:
    request, backend = json.loads(self.body), self.sagemaker_backend
    _validate(request)
    name = request["TrainingJobName"]
    account, region = str(backend.account_id), str(backend.region_name)
    arn = seams.get("moto.sagemaker.models:FakeTrainingJob.arn_formatter")(name, account, region)
    with _creating:
        if name in backend.training_jobs:
            raise _error(
                "ResourceInUse",
                "Training job names must be unique within an AWS account and region, and a training job with "
                f"this name already exists ({arn})",
            )
        job = TrainingJob(request, arn, account, region, controls.plan())
        backend.training_jobs[name] = job
    start(job)
    return str(arn)


def _validate(request: dict[str, Any]) -> None:
    name = str(request.get("TrainingJobName", ""))
    if not re.fullmatch(_NAME, name):
        raise _error(
            "ValidationException",
            f"1 validation error detected: Value '{name}' at 'trainingJobName' failed to satisfy constraint: "
            f"Member must satisfy regular expression pattern: {_NAME}",
        )
    for member in _REQUIRED:
        if not request.get(member):
            field = member[0].lower() + member[1:]
            raise _error(
                "ValidationException",
                f"1 validation error detected: Value null at '{field}' failed to satisfy constraint: "
                "Member must not be null",
            )


def describe_training_job(self: Any) -> Any:
    """DescribeTrainingJob."""
    return _result(_job(self).response_object)


def list_training_jobs(self: Any) -> Any:
    """ListTrainingJobs."""
    try:
        return _result(
            listed(list(self.sagemaker_backend.training_jobs.values()), json.loads(self.body or "{}"))
        )
    except (KeyError, ValueError) as error:
        raise _error("ValidationException", f"1 validation error detected: {error}") from None


def stop_training_job(self: Any) -> Any:
    """StopTrainingJob: refused for a job that has ended."""
    job = _job(self)
    if not job.stop():
        raise _error(
            "ValidationException",
            f"The request was rejected because the training job is in status {job.training_job_status}.",
        )
    return _empty()


def delete_training_job(self: Any) -> Any:
    """DeleteTrainingJob: only ended jobs without a warm pool; the record is gone a moment later."""
    job, backend = _job(self), self.sagemaker_backend
    if not job.terminal:
        raise _error(
            "ResourceInUse",
            f"Training job {job.name} is in status {job.training_job_status} and cannot be deleted.",
        )
    if job.warm_pool == "Available":
        raise _error("ResourceInUse", f"Training job {job.name} has a warm pool and cannot be deleted.")
    job.training_job_status = "Deleting"
    timer = threading.Timer(
        current().scaled(_DELETING_SECONDS), backend.training_jobs.pop, args=(job.name, None)
    )
    timer.daemon = True
    timer.start()
    return _empty()


def update_training_job(self: Any) -> Any:
    """UpdateTrainingJob: the profiler, remote debugging, and how long a warm pool is kept."""
    job, request = _job(self), json.loads(self.body)
    for member in ("ProfilerConfig", "ProfilerRuleConfigurations", "RemoteDebugConfig"):
        if member in request:
            job.request[member] = request[member]
    keep_alive = (request.get("ResourceConfig") or {}).get("KeepAlivePeriodInSeconds")
    if keep_alive is not None:
        job.request.setdefault("ResourceConfig", {})["KeepAlivePeriodInSeconds"] = keep_alive
        if keep_alive == 0 and job.warm_pool == "Available":
            job.warm_pool = "Terminated"
    return _result({"TrainingJobArn": job.arn})


def _tagged_job(self: Any) -> TrainingJob | None:
    """The job a tag operation is about; none when it is about another kind of resource."""
    arn = str(self._get_param("ResourceArn"))
    if ":training-job/" not in arn:
        return None
    job: TrainingJob | None = self.sagemaker_backend.training_jobs.get(arn.rpartition("/")[2])
    if job is None:
        raise _error("ValidationException", "Requested resource not found.")
    return job


def add_tags(self: Any) -> Any:
    """AddTags: a key that is there takes the new value."""
    job = _tagged_job(self)
    if job is None:
        return seams.original(f"{_RESPONSE}.add_tags")(self)
    merged = {tag["Key"]: tag for tag in [*job.tags, *self._get_param("Tags")]}
    job.tags = list(merged.values())
    return _result({"Tags": job.tags})


def list_tags(self: Any) -> Any:
    """ListTags."""
    job = _tagged_job(self)
    if job is None:
        return seams.original(f"{_RESPONSE}.list_tags")(self)
    return _result({"Tags": job.tags})


def delete_tags(self: Any) -> Any:
    """DeleteTags."""
    job = _tagged_job(self)
    if job is None:
        return seams.original(f"{_RESPONSE}.delete_tags")(self)
    keys = self._get_param("TagKeys")
    job.tags = [tag for tag in job.tags if tag["Key"] not in keys]
    return _empty()


_REPLACED = (
    create_training_job,
    describe_training_job,
    list_training_jobs,
    add_tags,
    list_tags,
    delete_tags,
)
