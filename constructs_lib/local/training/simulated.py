"""A run of a job whose container cannot run here: time passes, and a model that says so is written."""

from __future__ import annotations

import json
import math
import tempfile
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from constructs_lib.local.settings import current

from .artifacts import model_uri, pack
from .logs import JobLog
from .outcome import JobView, Outcome
from .storage import Storage

__all__ = ["run_simulated"]

# A JSON object in the job's environment: by metric its value, or the name of a hyperparameter that has it.
METRICS = "SIMULATED_METRICS"
_NOTE = "This model was not trained: the job's container was simulated by the local emulation.\n"


def run_simulated(job: JobView) -> Outcome:
    """Lets a job take its time and complete."""
    total = current().scaled(current().simulated_seconds)
    log = JobLog(job)
    log.write("this container is simulated: nothing is trained")
    for secondary, share in (("Downloading", 0.2), ("Training", 0.6), ("Uploading", 0.2)):
        job.enter(secondary)
        if job.stop_requested.wait(total * share):
            return Outcome("Stopped", "Stopped")
    with tempfile.TemporaryDirectory(dir=current().folder("training")) as folder:
        (Path(folder) / "SIMULATED.txt").write_text(_NOTE, encoding="utf-8")
        archive = pack(Path(folder))
    try:
        Storage(job.region).write(model_uri(job), archive)
    except Exception:  # noqa: BLE001 - a bucket of another account or none: the simulation goes on
        log.write(f"the simulated model could not be written to {model_uri(job)}")
    return Outcome("Completed", artifacts=model_uri(job), metrics=_metrics(job))


def _metrics(job: JobView) -> dict[str, tuple[float, datetime]]:
    """The final metrics that the job's environment names, of those that the job defines."""
    algorithm = job.request.get("AlgorithmSpecification") or {}
    defined = {definition["Name"] for definition in algorithm.get("MetricDefinitions") or []}
    now = datetime.now(timezone.utc)
    values = {name: _number(told, job) for name, told in _told(job).items() if name in defined}
    return {name: (value, now) for name, value in values.items() if value is not None}


def _told(job: JobView) -> dict[str, Any]:
    try:
        told = json.loads((job.request.get("Environment") or {}).get(METRICS) or "{}")
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _number(told: Any, job: JobView) -> float | None:
    """A number, or the value of the hyperparameter that is named."""
    if isinstance(told, str):
        told = (job.request.get("HyperParameters") or {}).get(told)
    try:
        value = float(told)
    except (TypeError, ValueError):
        return None
    return value if math.isfinite(value) else None
