"""The course of one stack: one resource is worked on at a time, and others go on while it waits."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator

__all__ = ["Course", "GivenUp", "away", "current", "wait_for"]

_mine = threading.local()


class GivenUp(Exception):
    """What was waited for is not waited for any longer: a sibling failed, or the stack is deleted."""


class Course:
    """What is being done to a stack.

    Attributes:
        rolling_back: what was done is being undone; a nested stack's status says so, too.
    """

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._given_up = threading.Event()
        self._waits: set[threading.Condition] = set()
        self._inner: set[Course] = set()
        self.rolling_back = False

    @property
    def given_up(self) -> bool:
        """Whether nothing is waited for."""
        return self._given_up.is_set()

    @contextlib.contextmanager
    def begun(self) -> Iterator[None]:
        """A new course of the stack; inside that of the stack around it, when this thread is in one."""
        outer = current()
        self._given_up.clear()
        self.rolling_back = bool(outer and outer.rolling_back)
        if outer:
            outer._inner.add(self)
        try:
            with self.taken():
                yield
        finally:
            if outer:
                outer._inner.discard(self)

    @contextlib.contextmanager
    def taken(self) -> Iterator[None]:
        """This thread's turn to work on the stack."""
        outer = current()
        with self._turn:
            _mine.course = self
            try:
                yield
            finally:
                _mine.course = outer

    def give_up(self) -> None:
        """Ends what the stack, and the stacks nested in it, wait for."""
        self._given_up.set()
        for changed in list(self._waits):
            with changed:
                changed.notify_all()
        for inner in list(self._inner):
            inner.give_up()

    def go_on(self) -> None:
        """Lets the stack wait again, for its roll-back or deletion."""
        self._given_up.clear()

    def wait(
        self, changed: threading.Condition, enough: Callable[[], bool], seconds: float | None = None
    ) -> None:
        """Waits until there is enough, the time is over, or the course is given up."""
        with away(), changed:
            self._waits.add(changed)
            changed.wait_for(lambda: enough() or self.given_up, timeout=seconds)
            self._waits.discard(changed)


def current() -> Course | None:
    """The course that this thread works in."""
    return getattr(_mine, "course", None)


@contextlib.contextmanager
def away() -> Iterator[None]:
    """Lets the stack's other resources go on meanwhile."""
    course = current()
    if course is None:
        yield
        return
    course._turn.release()
    try:
        yield
    finally:
        course._turn.acquire()


def wait_for(changed: threading.Condition, enough: Callable[[], bool], seconds: float | None = None) -> None:
    """Waits until there is enough or the time is over.

    Raises:
        GivenUp: the stack has given up what it waits for.
    """
    course = current()
    if course is None:
        with changed:
            changed.wait_for(enough, timeout=seconds)
        return
    course.wait(changed, enough, seconds)
    if course.given_up and not enough():
        raise GivenUp
