"""What travels through the state machine between two polls: names and limits, never the request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from ..gates import Gate

# Seconds for a stopped job to end (SageMaker gives its container 120) and for the answer to be taken.
STOP_ALLOWANCE = 240
DELETE_SECONDS = 900
FIRST_PAUSE, LONGEST_PAUSE, GROWTH = 5.0, 60.0, 1.3


@dataclass(frozen=True)
class Watch:
    """One job that is waited for, for one answer.

    Attributes:
        purpose: ``train`` (until it has ended, then judge) or ``delete`` (until it runs no more).
        failure_id: the physical id of a FAILED answer: an Update's old one, so that nothing is replaced.
        deadline: seconds since the epoch; a job still running then is stopped, if ``stop_on_failure``.
        stopping: the deadline has passed and the job was told to stop.
        stop_on_failure: whether to stop the job when the watch fails: not an Update's old one.
    """

    purpose: str
    job: str
    failure_id: str
    deadline: float
    sealed: Mapping[str, str] = field(repr=False)
    gates: tuple[Gate, ...] = ()
    metrics: tuple[str, ...] = ()
    allow_stopped: bool = False
    stop_on_failure: bool = True
    stopping: bool = False
    polls: int = 0
    version: int = 1

    def dump(self) -> dict[str, object]:
        """The state machine's data."""
        return {**asdict(self), "sealed": dict(self.sealed), "gates": [gate.dump() for gate in self.gates]}

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Watch:
        """Read what ``dump``, of this version or an earlier one, has written."""
        known = {key: raw[key] for key in cls.__dataclass_fields__ if key in raw}
        gates = tuple(Gate.parse(gate) for gate in raw.get("gates", ()))
        return cls(**{**known, "gates": gates, "metrics": tuple(raw.get("metrics", ()))})

    def next(self) -> Watch:
        """The state after one more poll."""
        return replace(self, polls=self.polls + 1)

    def pause(self, now: float) -> int:
        """Whole seconds until the next poll: growing, and never far past the deadline."""
        grown = min(LONGEST_PAUSE, FIRST_PAUSE * GROWTH**self.polls)
        left = self.deadline - now
        return max(1, round(min(grown, left))) if left > 0 else round(FIRST_PAUSE)
