"""What a task does, decided once: in which form it is rendered, and what its states are there for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from constructs_lib.cdk.request_parts import part
from constructs_lib.cdk.workflows.integration import Integration
from constructs_lib.spec import JobName, QualityGate
from constructs_lib.spec.text import is_number_token

__all__ = ["MOST_LOOKS", "Plan", "longest_seconds"]

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
        seed: JSONata of what names a try, where two executions may share it; None for a random one.
        execution: JSONata of the ARN of the execution whose end stops the job; None for the task's own.
        longest_seconds: how long the job may take, with its wait for capacity; None where it is not known.
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
    seed: str | None = None
    longest_seconds: int | None = None
    execution: str | None = None

    @property
    def is_unique(self) -> bool:
        """Whether each run of the task makes a new name, so that a job of it can only be its own."""
        return isinstance(self.job_name, JobName)

    @property
    def awaits_metrics(self) -> bool:
        """Whether final metrics are read, which may be a little later than the job's end."""
        return bool(self.gates or self.awaited)

    @property
    def loops(self) -> bool:
        """Whether the state machine itself looks at the job until it has ended."""
        return self.waits and self.integration == "aws-sdk"

    @property
    def is_single(self) -> bool:
        """Whether one Task state says it all: the call, under a name of the user's.

        Not where the end is waited for: a stopped job would pass for a success, and a job whose creation was
        not answered would be nobody's. Nor where names are made, which each try would make anew.
        """
        return not (self.waits or self.is_unique or self.own_checkpoints)

    @property
    def tells_whose(self) -> bool:
        """Whether a job of the name may be somebody else's, and is told from the task's own."""
        return not (self.is_unique or self.is_single)


def longest_seconds(request: Mapping[str, Any]) -> int | None:
    """How long a job of a request may run and wait; None where only the execution or CloudFormation knows."""
    limits = part(request, "StoppingCondition")
    run = limits.get("MaxWaitTimeInSeconds", limits.get("MaxRuntimeInSeconds"))
    pending = limits.get("MaxPendingTimeInSeconds", 0)
    known = all(isinstance(one, int) and not is_number_token(one) for one in (run, pending))
    return run + pending if known else None
