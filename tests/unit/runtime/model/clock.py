"""A clock that jumps, and knows when Lambda would end an invocation."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from constructs_lib.runtime.clock import ANSWER_SECONDS

from .tape import Died


class FakeClock:
    """Seconds since the epoch, and a limit as an invocation of Lambda has one.

    Attributes:
        limit: until when the runtime may wait.
        kills: whether sleeping past the end of an invocation kills the process, as Lambda does.
    """

    def __init__(self) -> None:
        self.time = 1_750_000_000.0
        self.limit = math.inf
        self.kills = False
        self.sleeps: list[float] = []
        # What lets time pass where other things happen meanwhile.
        self.pass_time: Callable[[float], None] | None = None
        self._end = math.inf

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        """The runtime, or a test, waits."""
        self.sleeps.append(seconds)
        if self.pass_time is not None:
            self.pass_time(seconds)
        else:
            self.time += seconds
        if self.kills and self.time > self._end:
            self.time = self._end
            raise Died

    def reach(self, moment: float) -> None:
        """Be at a moment, unless it has passed."""
        self.time = max(self.time, moment)

    @contextmanager
    def invocation(self, seconds: float) -> Iterator[None]:
        """One invocation of a function with this timeout."""
        before = self.limit, self._end
        self._end = self.time + seconds
        self.limit = self._end - ANSWER_SECONDS
        try:
            yield
        finally:
            self.limit, self._end = before
