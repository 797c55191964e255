"""One training job: its request, where it stands, and what it answers to DescribeTrainingJob."""

from __future__ import annotations

import copy
import threading
from datetime import datetime, timezone
from typing import Any

from constructs_lib.local.state import JobPlan
from constructs_lib.local.training import Outcome

from .notify import notify

__all__ = ["TrainingJob"]

_MAX_REASON = 1024
_MESSAGES = {
    "Starting": "Preparing the instances for training",
    "Downloading": "Downloading the training image",
    "Training": "Training image download completed. Training in progress.",
    "Uploading": "Uploading generated training model",
    "Stopping": "Stopping the training job",
    "Completed": "Training job completed",
    "Failed": "Training job failed",
    "Stopped": "Training job stopped",
    "MaxRuntimeExceeded": "Training job runtime exceeded MaxRuntimeInSeconds provided",
}
_FLAGS = (
    "EnableNetworkIsolation",
    "EnableInterContainerTrafficEncryption",
    "EnableManagedSpotTraining",
)
# In the request, but not in the description.
_NOT_DESCRIBED = ("Tags", "SessionChainingConfig")


def _now() -> datetime:
    return datetime.now(timezone.utc)


class TrainingJob:
    """A training job; moto's lists, tags and searches read its public attributes."""

    def __init__(self, request: dict[str, Any], arn: str, account: str, region: str, plan: JobPlan) -> None:
        self.request = copy.deepcopy(request)
        self.name = self.training_job_name = str(request["TrainingJobName"])
        self.arn, self.account_id, self.region, self.plan = arn, account, region, plan
        self.tags: list[dict[str, str]] = list(request.get("Tags") or [])
        self.training_job_status, self.secondary_status = "InProgress", "Starting"
        self.creation_time = self.last_modified_time = _now()
        self.training_start_time: datetime | None = None
        self.training_end_time: datetime | None = None
        self.outcome: Outcome | None = None
        self.warm_pool = ""
        self.stop_requested = threading.Event()
        self._lock = threading.RLock()
        self._transitions: list[dict[str, Any]] = []

    @property
    def terminal(self) -> bool:
        """Whether the job has ended."""
        return self.training_job_status in ("Completed", "Failed", "Stopped")

    def enter(self, secondary: str) -> None:
        """Moves to another phase; a job that is being stopped stays in Stopping."""
        with self._lock:
            if self.training_job_status == "InProgress":
                self._move("InProgress", secondary)
                if secondary in ("Downloading", "Training") and self.training_start_time is None:
                    self.training_start_time = _now()

    def stop(self) -> bool:
        """Asks the job to stop; false when it has ended already."""
        with self._lock:
            if self.terminal or self.training_job_status == "Deleting":
                return False
            if self.training_job_status == "InProgress":
                self._move("Stopping", "Stopping")
            self.stop_requested.set()
            return True

    def end(self, outcome: Outcome) -> None:
        """Ends the job; one that was asked to stop ends as Stopped, unless it failed."""
        with self._lock:
            if self.training_job_status == "Stopping" and outcome.status == "Completed":
                outcome = Outcome("Stopped", metrics=outcome.metrics, artifacts=outcome.artifacts)
            self.outcome = outcome
            self.training_end_time = _now()
            keep_alive = (self.request.get("ResourceConfig") or {}).get("KeepAlivePeriodInSeconds")
            self.warm_pool = "Available" if keep_alive else ""
            self._move(outcome.status, outcome.secondary or outcome.status)

    def _move(self, status: str, secondary: str) -> None:
        now = _now()
        if self._transitions:
            self._transitions[-1]["EndTime"] = now
        self.training_job_status, self.secondary_status = status, secondary
        self.last_modified_time = now
        message = _MESSAGES.get(secondary, secondary)
        if status == "Failed" and self.outcome:
            message = self.outcome.reason[:_MAX_REASON]
        self._transitions.append({"Status": secondary, "StartTime": now, "StatusMessage": message})
        if self.terminal:
            self._transitions[-1]["EndTime"] = now
        notify(self)

    @property
    def response_object(self) -> dict[str, Any]:
        """The answer to DescribeTrainingJob."""
        with self._lock:
            request = copy.deepcopy(self.request)
            described = {key: value for key, value in request.items() if key not in _NOT_DESCRIBED}
            return {
                **dict.fromkeys(_FLAGS, False),
                **described,
                "TrainingJobArn": self.arn,
                "TrainingJobStatus": self.training_job_status,
                "SecondaryStatus": self.secondary_status,
                "CreationTime": self.creation_time,
                "LastModifiedTime": self.last_modified_time,
                "SecondaryStatusTransitions": copy.deepcopy(self._transitions),
                **self._times(),
                **self._results(),
            }

    def _times(self) -> dict[str, Any]:
        if self.training_start_time is None:
            return {}
        times: dict[str, Any] = {"TrainingStartTime": self.training_start_time}
        if self.training_end_time is not None:
            seconds = max(1, round((self.training_end_time - self.training_start_time).total_seconds()))
            instances = int((self.request.get("ResourceConfig") or {}).get("InstanceCount", 1))
            times |= {
                "TrainingEndTime": self.training_end_time,
                "TrainingTimeInSeconds": seconds,
                "BillableTimeInSeconds": seconds * instances,
            }
        return times

    def _results(self) -> dict[str, Any]:
        if self.outcome is None:
            return {}
        results: dict[str, Any] = {}
        if self.outcome.artifacts:
            results["ModelArtifacts"] = {"S3ModelArtifacts": self.outcome.artifacts}
        if self.outcome.reason:
            results["FailureReason"] = self.outcome.reason[:_MAX_REASON]
        if self.outcome.metrics:
            results["FinalMetricDataList"] = [
                {"MetricName": name, "Value": value, "Timestamp": moment}
                for name, (value, moment) in self.outcome.metrics.items()
            ]
        if self.warm_pool:
            results["WarmPoolStatus"] = {"Status": self.warm_pool}
        return results
