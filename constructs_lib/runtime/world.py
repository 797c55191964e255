"""Everything outside that a transition may touch; tests pass their own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from .answer import Address, Answer
from .clock import Clock
from .jobs import Jobs
from .sealing import Seal


class Executions(Protocol):
    """The state machine that calls the worker until a job has ended."""

    def start(self, name: str, state: dict[str, object]) -> None:
        """Start an execution; one of that name which is there already is the same one."""


@dataclass(frozen=True)
class World:
    """The service, the timer, the key, the clock and the way back to CloudFormation."""

    jobs: Jobs
    executions: Executions
    seal: Seal
    clock: Clock
    send: Callable[[Address, Answer], bool]
