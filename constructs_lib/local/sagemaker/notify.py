"""The event that EventBridge gets when a training job changes its status."""

from __future__ import annotations

import threading
from datetime import datetime
from typing import TYPE_CHECKING, Any

from constructs_lib.local.events import emit

if TYPE_CHECKING:
    from .job import TrainingJob

__all__ = ["notify"]

_DETAIL_TYPE = "SageMaker Training Job State Change"


def notify(job: TrainingJob) -> None:
    """Emits the job's state change, in a thread: a target must not hold the job up."""
    detail = _detail(job)
    threading.Thread(target=_emit, args=(job, detail), daemon=True).start()


def _emit(job: TrainingJob, detail: dict[str, Any]) -> None:
    emit(
        job.account_id,
        job.region,
        source="aws.sagemaker",
        detail_type=_DETAIL_TYPE,
        resources=[job.arn],
        detail=detail,
    )


def _detail(job: TrainingJob) -> dict[str, Any]:
    detail: dict[str, Any] = _in_milliseconds(job.response_object)
    # A map here, while the API has a list of keys and values.
    detail["Tags"] = {tag["Key"]: tag["Value"] for tag in job.tags}
    return detail


def _in_milliseconds(value: Any) -> Any:
    if isinstance(value, datetime):
        return int(value.timestamp() * 1000)
    if isinstance(value, dict):
        return {key: _in_milliseconds(item) for key, item in value.items()}
    return [_in_milliseconds(item) for item in value] if isinstance(value, list) else value
