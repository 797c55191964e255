"""What a task does, decided once: in which form it is rendered, and what its states are there for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from constructs_lib.cdk.workflows.integration import Integration
from constructs_lib.spec import JobName, QualityGate

__all__ = ["Plan"]

Json = dict[str, Any]

# A look at a job has nine events with its Wait and Choice, and an execution at most 25,000 of them: so many
# looks leave the machine more than half, however long the job may take.
MOST_LOOKS = 1000


@dataclass(frozen=True)
class Plan:
    """How a training job is run by a state machine.

    Attributes:
        integration: the API by which it is created.
        waits: whether its end is waited for.
        job_name: how it is named: made anew each time, or text (a literal, a token or an expression).
        allow_stopped: whether a job that was stopped counts as done.
        gates: bounds on its final metrics.
        retry_failures: retriers of a job that has failed, in the form of the states language; empty for none.
        creation_retries: retriers of what fails before the job is there.
        timeout_seconds: how long the task may take; None for no limit but the job's own.
        own_checkpoints: whether the task chooses the place of its checkpoints.
        further: members that each call of AWS gets: credentials.
        awaited: metrics that the result should have: they are waited for a little, and not judged.
        most_looks: how often a state machine that asks itself may look at a job.
    """

    integration: Integration
    waits: bool
    job_name: JobName | str
    allow_stopped: bool
    gates: Sequence[QualityGate]
    retry_failures: Sequence[Json]
    creation_retries: Sequence[Json]
    timeout_seconds: int | None
    own_checkpoints: bool
    further: Mapping[str, Any]
    awaited: Sequence[str] = ()
    most_looks: int = MOST_LOOKS

    @property
    def is_unique(self) -> bool:
        """Whether each run of the task makes a new name, so that a job of it can only be its own."""
        return isinstance(self.job_name, JobName)

    @property
    def loops(self) -> bool:
        """Whether the state machine itself looks at the job until it has ended."""
        return self.waits and self.integration == "aws-sdk"

    @property
    def is_single(self) -> bool:
        """Whether one Task state says it all.

        Not where a stopped job would pass for a success, nor where names are made: a creation whose answer
        was lost would be tried again under another name, and train twice.
        """
        asked = self.gates or self.awaited or self.retry_failures
        judged = self.waits and (self.loops or not self.allow_stopped or asked)
        return not (judged or self.is_unique or self.own_checkpoints)

    @property
    def is_watched(self) -> bool:
        """Whether the state machine itself may look at the job: always, or after an answer that was lost."""
        return self.waits and not self.is_single
