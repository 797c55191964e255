"""What travels through the state machine between two polls: names and limits, and ciphertext."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from ..gates import Gate

# Seconds for a stopped job to end (SageMaker gives its container 120) and for the answer to be taken.
STOP_ALLOWANCE = 240
# A stopped job still uploads its model.
DELETE_SECONDS = 3000
FIRST_PAUSE, LONGEST_PAUSE, GROWTH = 5.0, 60.0, 1.3
# A signal that came before its wait condition is lost: it is sent again after these pauses.
SIGNAL_PAUSES = (15, 60, 300)
# What this version writes; earlier ones had fewer members, and none had another meaning.
VERSION = 3
WORKFLOW = "workflow"


@dataclass(frozen=True)
class Watch:
    """One job that is waited for, for one answer or one signal; or all jobs of a stack's workflows.

    Attributes:
        purpose: ``train`` (until it has ended, then judge), ``delete`` (until it runs no more) or
            ``workflow`` (until no job of the workflows runs any more).
        job: the job's name; of workflows, what their jobs' tag holds.
        failure_id: the physical id of a FAILED answer: an Update's old one, so that nothing is replaced.
        deadline: seconds since the epoch; a job still running then is stopped, if ``stop_on_failure``.
        stopping: the deadline has passed and the job was told to stop.
        stop_on_failure: whether to stop the job when the watch fails: not an Update's old one.
        physical_id: that of a SUCCESS answer, where it is not the job's name.
        reply: ``answer`` or ``signal``: what the sealed address takes.
        told: what was signalled, once it was.
        signals: how often.
        fallback: the next attempts after one that found no capacity; None for none.
        ended: when the job was first seen ended, where something is still waited for.
        delete_record: whether the ended job's record is deleted.
        delivery: of the request, which the later attempts bear as a tag.
        asked: when CloudFormation asked (seconds since the epoch), where that is known.
        earlier: the names of earlier attempts, whose records go with the job's.
        await_interfaces: whether the job's network interfaces are waited for.
        created: when the job was, by the service's clock, for its name may be used again; None until known.
        workflow: how far the search for the workflows' jobs has come; None for one job.
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
    physical_id: str | None = None
    reply: str = "answer"
    told: bool | None = None
    signals: int = 0
    fallback: Mapping[str, Any] | None = field(default=None, repr=False)
    ended: float | None = None
    delete_record: bool = False
    earlier: tuple[str, ...] = ()
    await_interfaces: bool = False
    delivery: str | None = None
    asked: float | None = None
    workflow: Mapping[str, Any] | None = None
    created: float | None = None
    version: int = VERSION

    def dump(self) -> dict[str, object]:
        """The state machine's data."""
        return {**asdict(self), "sealed": dict(self.sealed), "gates": [gate.dump() for gate in self.gates]}

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Watch:
        """Read what ``dump``, of this version or an earlier one, has written."""
        known = {key: raw[key] for key in cls.__dataclass_fields__ if key in raw}
        gates = tuple(Gate.parse(gate) for gate in raw.get("gates", ()))
        lists = {name: tuple(raw.get(name, ())) for name in ("metrics", "earlier")}
        return cls(**{**known, **lists, "gates": gates, "version": VERSION})

    def next(self) -> Watch:
        """The state after one more poll."""
        return replace(self, polls=self.polls + 1)

    def signalled(self, succeeded: bool) -> Watch:
        """The state after one more signal."""
        return replace(self, told=succeeded, signals=self.signals + 1)

    def pause(self, now: float) -> int:
        """Whole seconds until the next poll: growing, in no step with others, never far past the deadline."""
        if self.signals:
            return SIGNAL_PAUSES[min(self.signals, len(SIGNAL_PAUSES)) - 1]
        grown = min(LONGEST_PAUSE, FIRST_PAUSE * GROWTH**self.polls * random.uniform(0.9, 1.1))  # noqa: S311
        left = self.deadline - now
        return max(1, round(min(grown, left))) if left > 0 else round(FIRST_PAUSE)
