"""The course of a job's life, in a thread of its own."""

from __future__ import annotations

import logging
import threading

from constructs_lib.local.settings import current
from constructs_lib.local.training import Outcome, is_script_job, run_script, run_simulated
from constructs_lib.local.training.outcome import max_runtime

from .job import TrainingJob

__all__ = ["start"]

_log = logging.getLogger(__name__)
_STARTING_SECONDS = 1.0


def start(job: TrainingJob) -> None:
    """Begins a job's life."""
    job.enter("Starting")
    threading.Thread(target=_live, args=(job,), daemon=True).start()


def _live(job: TrainingJob) -> None:
    try:
        outcome = _outcome(job)
    except Exception as error:  # noqa: BLE001 - a bug of the emulation must end the job, not leave it running
        _log.exception("a training job broke")
        outcome = Outcome("Failed", reason=f"InternalServerError: {error}")
    job.end(outcome)


def _outcome(job: TrainingJob) -> Outcome:
    if job.stop_requested.wait(current().scaled(_STARTING_SECONDS)):
        return Outcome("Stopped")
    if job.plan.fail_reason is not None:
        return _fail(job, job.plan.fail_reason)
    if job.plan.hold:
        return _hold(job)
    return run_script(job) if is_script_job(job) else run_simulated(job)


def _fail(job: TrainingJob, reason: str) -> Outcome:
    job.enter("Training")
    stopped = job.stop_requested.wait(current().scaled(_STARTING_SECONDS))
    return Outcome("Stopped") if stopped else Outcome("Failed", reason=reason)


def _hold(job: TrainingJob) -> Outcome:
    job.enter("Training")
    stopped = job.stop_requested.wait(max_runtime(job))
    return Outcome("Stopped", "Stopped" if stopped else "MaxRuntimeExceeded")
