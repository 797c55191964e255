"""One training job, as its description tells of it at a moment."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from .account import ACCOUNT, REGION, Raw
from .scripts import TERMINAL, Step

# What CreateTrainingJob takes and DescribeTrainingJob does not give back.
NOT_DESCRIBED = frozenset({"Tags", "SessionChainingConfig"})
CONTENT_TAG = "constructs-lib:content"


@dataclass
class Job:
    """A job that lives by its script until somebody stops it."""

    request: Raw
    started: float
    script: Sequence[Step]
    tags: dict[str, str]
    stop_seconds: float
    stopped: float | None = None
    # Since when its record is being deleted, and its warm pool given up.
    deleted: float | None = None
    pool_given_up: float | None = None
    updated: Raw = field(default_factory=dict)
    # How much the service's clock is ahead.
    skew: float = 0

    @property
    def name(self) -> str:
        return str(self.request["TrainingJobName"])

    @property
    def arn(self) -> str:
        return f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:training-job/{self.name}"

    @property
    def content(self) -> str:
        """What it trains: the name without its attempt, or the tag where the name does not tell."""
        return self.tags.get(CONTENT_TAG) or self.name.rpartition("-")[0]

    @property
    def ended(self) -> float:
        """When it ends; infinite as long as nothing ends it."""
        if self.stopped is not None:
            return self.stopped + self.stop_seconds
        ends = (at for at, members in self.script if members.get("TrainingJobStatus") in TERMINAL)
        return self.started + next(ends, math.inf)

    @property
    def completed(self) -> bool:
        """Whether it ends, or has ended, with a model."""
        last = (members["TrainingJobStatus"] for _, members in self.script if "TrainingJobStatus" in members)
        return self.stopped is None and [*last][-1] == "Completed"

    @property
    def trained(self) -> float:
        """When its container started; infinite where it never did."""
        starts = (at for at, members in self.script if members.get("SecondaryStatus") == "Training")
        began = self.started + next(starts, math.inf)
        return math.inf if self.stopped is not None and self.stopped < began else began

    @property
    def artifact(self) -> str:
        """Where its model lies once it has completed."""
        output = self.request["OutputDataConfig"]
        kind = "model/" if output.get("CompressionType") == "NONE" else "model.tar.gz"
        return f"{output['S3OutputPath'].rstrip('/')}/{self.name}/output/{kind}"

    def status(self, now: float) -> str:
        return str(self.state(now)["TrainingJobStatus"])

    def state(self, now: float) -> Raw:
        """The members of its script up to now."""
        state: Raw = {}
        moment = now if self.stopped is None else self.stopped
        for seconds, members in self.script:
            if self.started + seconds <= moment:
                state.update(members)
        if self.stopped is not None:
            status = "Stopped" if now >= self.ended else "Stopping"
            state.update(TrainingJobStatus=status, SecondaryStatus=status)
        if self.deleted is not None:
            state.update(TrainingJobStatus="Deleting")
        return state

    def description(self, now: float) -> Raw:
        """What DescribeTrainingJob answers."""
        asked = {key: value for key, value in self.request.items() if key not in NOT_DESCRIBED}
        state = self.state(now)
        described = {**asked, "TrainingJobArn": self.arn, **self.updated, **state, **self._times(now)}
        if state["TrainingJobStatus"] == "Completed":
            described["ModelArtifacts"] = {"S3ModelArtifacts": self.artifact}
        if pool := self.pool(now, state, described["ResourceConfig"]):
            described["WarmPoolStatus"] = {"Status": pool}
        return described

    def modified(self, now: float) -> float:
        """When its record changed last."""
        return min(now, self.ended)

    def summary(self, now: float) -> Raw:
        """What ListTrainingJobs tells of it."""
        moments = {**self._times(now), "LastModifiedTime": _moment(self.modified(now))}
        moments.pop("TrainingStartTime", None)
        state = self.state(now)
        statuses = {name: state[name] for name in ("TrainingJobStatus", "SecondaryStatus")}
        return {"TrainingJobName": self.name, "TrainingJobArn": self.arn, **statuses, **moments}

    def pool(self, now: float, state: Raw, resources: Raw, seconds: float = 20) -> str | None:
        """The state of its warm pool, where it keeps one."""
        kept = resources.get("KeepAlivePeriodInSeconds", 0)
        launched = "CapacityError" not in state.get("FailureReason", "")
        if now < self.ended or not launched or (not kept and self.pool_given_up is None):
            return None
        if self.pool_given_up is not None:
            return "Available" if now < max(self.pool_given_up, self.ended) + seconds else "Terminated"
        return "Available" if now < self.ended + kept else "Terminated"

    def _times(self, now: float) -> Raw:
        moments = {"CreationTime": self.started + self.skew, "LastModifiedTime": now}
        if now >= self.trained:
            moments["TrainingStartTime"] = self.trained
        if now >= self.ended:
            moments["TrainingEndTime"] = self.ended
        return {name: _moment(at) for name, at in moments.items()}


def _moment(at: float) -> datetime:
    return datetime.fromtimestamp(at, timezone.utc)


def instance_types(request: dict[str, Any]) -> set[str]:
    """The types of instances that a request asks for."""
    resources = request.get("ResourceConfig", {})
    groups = [resources, *resources.get("InstanceGroups", ()), *resources.get("InstancePreferences", ())]
    return {str(group["InstanceType"]) for group in groups if "InstanceType" in group}
