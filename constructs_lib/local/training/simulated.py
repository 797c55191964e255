"""A run of a job whose container cannot run here: time passes, and a model that says so is written."""

from __future__ import annotations

import tempfile
from pathlib import Path

from constructs_lib.local.settings import current

from .artifacts import model_uri, pack
from .logs import JobLog
from .outcome import JobView, Outcome
from .storage import Storage

__all__ = ["run_simulated"]

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
    return Outcome("Completed", artifacts=model_uri(job))
