"""Time, passed in so that tests need not wait for it."""

from __future__ import annotations

import math
import time
from typing import Any, Protocol

# For stopping a job, and for an answer that has to be sent more than once.
ANSWER_SECONDS = 100.0


class Clock(Protocol):
    """What the runtime needs of time.

    Attributes:
        limit: seconds since the epoch; whoever waits inside one invocation must be done by then.
    """

    limit: float

    def now(self) -> float:
        """Seconds since the epoch."""

    def sleep(self, seconds: float) -> None:
        """Wait."""


class SystemClock:
    """The machine's own clock."""

    def __init__(self) -> None:
        self.limit = math.inf

    def now(self) -> float:
        """Seconds since the epoch."""
        return time.time()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)


def until_limit(now: float, context: Any) -> float:
    """When an invocation must be done with waiting: in time to answer before Lambda ends it."""
    left: float = context.get_remaining_time_in_millis() / 1000
    return now + max(0.0, left - ANSWER_SECONDS)
