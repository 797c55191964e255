"""A job's log: line by line to CloudWatch, with the metrics read from it."""

from __future__ import annotations

import re
import time
from collections import deque
from datetime import datetime, timezone
from typing import Any

from constructs_lib.local import seams

from .outcome import JobView

__all__ = ["JobLog"]

_GROUP = "/aws/sagemaker/TrainingJobs"
_KEPT_LINES = 20


class JobLog:
    """The log stream of a job's only host.

    Args:
        job: the job.
    """

    def __init__(self, job: JobView) -> None:
        self._backend: Any = seams.get("moto.logs.models:logs_backends")[job.account_id][job.region]
        self._stream = f"{job.name}/algo-1-{int(time.time())}"
        self._backend.ensure_log_group(_GROUP)
        self._backend.create_log_stream(_GROUP, self._stream)
        self._patterns = _patterns(job.request)
        self.metrics: dict[str, tuple[float, datetime]] = {}
        self.last: deque[str] = deque(maxlen=_KEPT_LINES)

    def write(self, *lines: str) -> None:
        """Takes lines of output."""
        kept = [line for line in (line.rstrip("\r\n") for line in lines) if line.strip()]
        if not kept:
            return
        self.last.extend(kept)
        moment = int(time.time() * 1000)
        events = [{"timestamp": moment, "message": line} for line in kept]
        self._backend.put_log_events(_GROUP, self._stream, events)
        for name, pattern in self._patterns:
            for line in kept:
                self._measure(name, pattern, line)

    def _measure(self, name: str, pattern: re.Pattern[str], line: str) -> None:
        for match in pattern.finditer(line):
            try:
                value = float(match.group(1) if pattern.groups else match.group(0))
            except (TypeError, ValueError):
                continue
            self.metrics[name] = (value, datetime.now(timezone.utc))


def _patterns(request: dict[str, Any]) -> list[tuple[str, re.Pattern[str]]]:
    definitions = (request.get("AlgorithmSpecification") or {}).get("MetricDefinitions") or []
    return [(d["Name"], re.compile(d["Regex"])) for d in definitions]
