"""One JSON line an event: names and decisions, never values of the request, never the answer's URL."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Mapping

NAMESPACE = "ConstructsLib/TrainingJobs"
ANSWERS_LOST, JOBS_STARTED = "AnswersLost", "JobsStarted"


def log(message: str, *, level: str = "INFO", **fields: object) -> None:
    """Write a structured line to the function's log."""
    _write({"level": level, "message": message, **fields})


def count(metric: str, *, now: float | None = None, **fields: object) -> None:
    """Write a line of which CloudWatch makes a metric: it happened once more.

    The line is in the embedded metric format. Its one dimension is the stack, by the environment variable
    STACK_NAME; where that is not set, the metric has none.

    Args:
        metric: the metric's name, in the namespace ``ConstructsLib/TrainingJobs``.
        now: seconds since the epoch; by default the machine's own time.
        fields: what else the line tells; they are no part of the metric.
    """
    stack = os.environ.get("STACK_NAME")
    dimensions = {"Stack": stack} if stack else {}
    directive = {
        "Namespace": NAMESPACE,
        "Dimensions": [list(dimensions)],
        "Metrics": [{"Name": metric, "Unit": "Count"}],
    }
    moment = time.time() if now is None else now
    metadata = {"Timestamp": int(moment * 1000), "CloudWatchMetrics": [directive]}
    # The format's own members come last: a field of the same name cannot take their place.
    _write({"level": "INFO", "message": "counted", **fields, **dimensions, metric: 1, "_aws": metadata})


def _write(line: Mapping[str, object]) -> None:
    sys.stdout.write(json.dumps(line, default=str) + "\n")
    sys.stdout.flush()
