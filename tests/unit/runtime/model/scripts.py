"""What a job does: seconds after its start, and the members of its description from then on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timezone

from .account import Raw

Step = tuple[float, Raw]
TERMINAL = frozenset({"Completed", "Failed", "Stopped"})
NO_CAPACITY = (
    "CapacityError: Unable to provision requested ML compute capacity. "
    "Please retry using a different ML instance type."
)
COMPLETES: tuple[Step, ...] = (
    (0, {"TrainingJobStatus": "InProgress", "SecondaryStatus": "Starting"}),
    (100, {"SecondaryStatus": "Training"}),
    (
        300,
        {
            "TrainingJobStatus": "Completed",
            "SecondaryStatus": "Completed",
            "TrainingTimeInSeconds": 200,
            "BillableTimeInSeconds": 190,
        },
    ),
)
RUNS_FOR_EVER = COMPLETES[:2]
FINDS_NO_CAPACITY: tuple[Step, ...] = (
    COMPLETES[0],
    (60, {"TrainingJobStatus": "Failed", "SecondaryStatus": "Failed", "FailureReason": NO_CAPACITY}),
)


def _reported(entries: Sequence[tuple[str, float]]) -> Raw:
    moment = datetime(2025, 1, 1, tzinfo=timezone.utc)
    metrics = [{"MetricName": name, "Value": value, "Timestamp": moment} for name, value in entries]
    return {"FinalMetricDataList": metrics}


def with_metrics(*entries: tuple[str, float], steps: Sequence[Step] = COMPLETES) -> list[Step]:
    """The script whose last step reports these final metrics."""
    return [*steps[:-1], (steps[-1][0], {**steps[-1][1], **_reported(entries)})]


def with_late_metrics(
    *entries: tuple[str, float], seconds: float = 30, steps: Sequence[Step] = COMPLETES
) -> list[Step]:
    """The script that reports these final metrics only some seconds after its end."""
    return [*steps, (steps[-1][0] + seconds, _reported(entries))]


def fails(reason: str = "AlgorithmError: boom", after: float = 200) -> list[Step]:
    """The script of a job that fails."""
    ended = {"TrainingJobStatus": "Failed", "SecondaryStatus": "Failed", "FailureReason": reason}
    return [*RUNS_FOR_EVER, (after, ended)]


def ends(status: str, secondary: str, after: float = 200) -> list[Step]:
    """The script of a job that ends in some status."""
    return [*RUNS_FOR_EVER, (after, {"TrainingJobStatus": status, "SecondaryStatus": secondary})]


def completes_after(seconds: float) -> list[Step]:
    """The script of a job that takes so long."""
    return [*COMPLETES[:2], (seconds, {**COMPLETES[2][1], "TrainingTimeInSeconds": round(seconds - 100)})]
