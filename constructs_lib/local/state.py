"""What the control endpoints know: recorded calls, and what the next job was told to do."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Controls", "JobPlan", "Refusal", "controls"]

_MAX_CALLS = 10_000
_STATUS = {"InternalFailure": 500, "InternalServerError": 500, "ServiceUnavailable": 503}


@dataclass(frozen=True)
class JobPlan:
    """What was asked of a job from outside: to fail with a reason, or to last until it is stopped.

    Args:
        fail_reason: the reason of its failure.
        hold: it trains until it is stopped.
        sync_fails: a ``.sync`` task that waits for it fails when it is stopped.
    """

    fail_reason: str | None = None
    hold: bool = False
    sync_fails: bool = False


@dataclass(frozen=True)
class Refusal:
    """How a CreateTrainingJob call is to be answered, although nothing is wrong with it.

    Args:
        code: the error's code, such as ThrottlingException.
        message: its message.
        created: the job is created all the same, and only the answer is lost.
    """

    code: str
    message: str
    created: bool = False

    @property
    def status(self) -> int:
        """The answer's HTTP status."""
        return 500 if self.created else _STATUS.get(self.code, 400)


@dataclass
class Controls:
    """Recorded SageMaker calls and the plans of jobs to come; safe to use from many threads."""

    _lock: threading.Lock = field(default_factory=threading.Lock)
    _calls: list[dict[str, Any]] = field(default_factory=list)
    _plans: list[JobPlan] = field(default_factory=list)
    _refusals: list[Refusal] = field(default_factory=list)

    def record(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        """Adds a call; the entry's ``status`` is filled in when the answer is known."""
        entry = {"operation": operation, "request": request, "time": time.time(), "status": None}
        with self._lock:
            self._calls.append(entry)
            del self._calls[:-_MAX_CALLS]
        return entry

    def calls(self, operation: str | None = None) -> list[dict[str, Any]]:
        """The recorded calls, oldest first, of one operation or of all."""
        with self._lock:
            return [dict(c) for c in self._calls if operation in (None, c["operation"])]

    def fail_next(self, reason: str) -> None:
        """The next job created fails with this reason."""
        with self._lock:
            self._plans.append(JobPlan(fail_reason=reason))

    def hold_next(self, sync_fails: bool = False) -> None:
        """The next job created trains until it is stopped."""
        with self._lock:
            self._plans.append(JobPlan(hold=True, sync_fails=sync_fails))

    def refuse_next(self, refusal: Refusal, times: int = 1) -> None:
        """The next CreateTrainingJob calls are answered so."""
        with self._lock:
            self._refusals += [refusal] * times

    def refusal(self) -> Refusal | None:
        """Takes how the call that is being made is to be refused, if it is."""
        with self._lock:
            return self._refusals.pop(0) if self._refusals else None

    def plan(self) -> JobPlan:
        """Takes what was asked of the job that is being created, in the order it was asked."""
        with self._lock:
            return self._plans.pop(0) if self._plans else JobPlan()


controls = Controls()
