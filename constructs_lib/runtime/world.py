"""Everything outside that a transition may touch; tests pass their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from .answer import Address, Answer
from .clock import Clock
from .jobs import Jobs
from .sealing import Seal
from .signals import Signal
from .surroundings import StackState


class Executions(Protocol):
    """The state machine that calls the worker until a job has ended."""

    def start(self, name: str, state: dict[str, object]) -> None:
        """Start an execution; one of that name which is there already is the same one."""


class Stack(Protocol):
    """The stack that a resource belongs to."""

    def state(self, stack_id: str) -> StackState:
        """Where it stands."""


class Artifacts(Protocol):
    """Trained models."""

    def exist(self, uri: str) -> bool:
        """Whether one is there, or may be."""


class JobLog(Protocol):
    """What jobs wrote."""

    def tail(self, job: str) -> list[str]:
        """The last lines, or none where they cannot be read."""


class Interfaces(Protocol):
    """Jobs' network interfaces."""

    def linger(self, network: Mapping[str, Any]) -> bool:
        """Whether one is left in a network."""


@dataclass(frozen=True)
class World:
    """The service and its surroundings, the timer, the key, the clock and the ways back to CloudFormation."""

    jobs: Jobs
    executions: Executions
    seal: Seal
    clock: Clock
    send: Callable[[Address, Answer], bool | None]
    signal: Callable[[Address, Signal], bool | None]
    stack: Stack
    artifacts: Artifacts
    job_log: JobLog
    interfaces: Interfaces
