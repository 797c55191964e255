"""What a run of a training job came to, and what a runner may ask of its job."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

__all__ = ["JobView", "Outcome", "max_runtime"]

_DEFAULT_RUNTIME = 86400


@dataclass(frozen=True)
class Outcome:
    """How a run ended.

    Args:
        status: Completed, Failed or Stopped.
        secondary: the secondary status, where it is not the same word.
        reason: why it failed.
        metrics: the last value of each metric, with its time.
        artifacts: where the model archive lies.
    """

    status: str
    secondary: str = ""
    reason: str = ""
    metrics: dict[str, tuple[float, datetime]] = field(default_factory=dict)
    artifacts: str = ""


class JobView(Protocol):
    """The part of a training job that a runner sees."""

    name: str
    arn: str
    account_id: str
    region: str
    request: dict[str, Any]
    stop_requested: threading.Event

    def enter(self, secondary: str) -> None:
        """Moves the job to another secondary status of InProgress."""


def max_runtime(job: JobView) -> float:
    """How long the job may run, in seconds."""
    return float((job.request.get("StoppingCondition") or {}).get("MaxRuntimeInSeconds", _DEFAULT_RUNTIME))
