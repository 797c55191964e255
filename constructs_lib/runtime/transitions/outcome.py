"""What a request, or a poll, comes to."""

from __future__ import annotations

from typing import NamedTuple

from ..answer import Answer
from .watch import Watch


class Started(NamedTuple):
    """A job that a wait condition waits for: the answer is given at once, the watch signals later."""

    watch: Watch
    answer: Answer


# The answer, a watch that will give it, or both.
Outcome = Answer | Watch | Started
