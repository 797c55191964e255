"""ListTrainingJobs: filters first, then sorts, then pages; moto does it the other way round."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timezone
from typing import Any

from .job import TrainingJob

__all__ = ["listed"]

_DEFAULT_PAGE = 10
_KEYS = {
    "CreationTime": lambda job: job.creation_time,
    "Name": lambda job: job.name,
    "Status": lambda job: job.training_job_status,
}


def listed(jobs: Iterable[TrainingJob], request: dict[str, Any]) -> dict[str, Any]:
    """The answer to a ListTrainingJobs request.

    Raises:
        ValueError: the token is not one that was given out.
    """
    chosen = [job for job in jobs if _matches(job, request)]
    chosen.sort(key=_KEYS[request.get("SortBy", "CreationTime")])
    if request.get("SortOrder") == "Descending":
        chosen.reverse()
    start, size = int(request.get("NextToken") or 0), int(request.get("MaxResults") or _DEFAULT_PAGE)
    answer: dict[str, Any] = {"TrainingJobSummaries": [_summary(job) for job in chosen[start : start + size]]}
    return answer | ({"NextToken": str(start + size)} if start + size < len(chosen) else {})


def _matches(job: TrainingJob, request: dict[str, Any]) -> bool:
    wanted = {
        "StatusEquals": job.training_job_status,
        "WarmPoolStatusEquals": job.warm_pool,
    }
    return (
        all(request.get(member) in (None, value) for member, value in wanted.items())
        and str(request.get("NameContains") or "").lower() in job.name.lower()
        and _within(job.creation_time, request, "CreationTime")
        and _within(job.last_modified_time, request, "LastModifiedTime")
    )


def _within(moment: datetime, request: dict[str, Any], member: str) -> bool:
    after, before = request.get(f"{member}After"), request.get(f"{member}Before")
    late = after is None or moment > _time(after)
    return late and (before is None or moment < _time(before))


def _time(value: float) -> datetime:
    return datetime.fromtimestamp(float(value), timezone.utc)


def _summary(job: TrainingJob) -> dict[str, Any]:
    summary: dict[str, Any] = {
        "TrainingJobName": job.name,
        "TrainingJobArn": job.arn,
        "CreationTime": job.creation_time,
        "LastModifiedTime": job.last_modified_time,
        "TrainingJobStatus": job.training_job_status,
        "SecondaryStatus": job.secondary_status,
    }
    if job.training_end_time is not None:
        summary["TrainingEndTime"] = job.training_end_time
    return summary | ({"WarmPoolStatus": {"Status": job.warm_pool}} if job.warm_pool else {})
