"""In which turns the resources of a template are made: side by side, where one waits for its answer."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping, Sequence

from .course import Course, away

__all__ = ["Schedule"]


class Schedule:
    """Steps in order of dependency, in the turn of a course.

    Args:
        course: the course of the stack.
        order: the steps' names, each after all that it needs.
        needs: what each step needs.
        waiting: the steps that may wait: each gets a thread of its own, and others go on meanwhile.
        step: does one of them.
    """

    def __init__(
        self,
        course: Course,
        order: Sequence[str],
        needs: Mapping[str, Collection[str]],
        waiting: Collection[str],
        step: Callable[[str], None],
    ) -> None:
        self._course, self._left, self._needs = course, list(order), needs
        self._waiting, self._step = waiting, step
        self._done: set[str] = set()
        self._threads: list[threading.Thread] = []
        self._changed = threading.Condition()
        self._errors: list[Exception] = []

    def run(self, stopped: Callable[[], bool]) -> list[Exception]:
        """Does all steps; a failure gives up those that wait, and begins no other.

        Returns:
            What the steps raised.
        """
        while self._left and not self._course.given_up and not stopped():
            name = self._ready()
            if name is None:
                self._course.wait(self._changed, lambda: self._ready() is not None)
            else:
                self._left.remove(name)
                self._begin(name)
        with away():
            for thread in self._threads:
                thread.join()
        self._course.go_on()  # with what undoes this
        return self._errors

    @property
    def complete(self) -> bool:
        """Whether every step has been done."""
        return len(self._done) == len(self._needs)

    def _ready(self) -> str | None:
        return next((name for name in self._left if self._done.issuperset(self._needs[name])), None)

    def _begin(self, name: str) -> None:
        if name not in self._waiting:
            self._do(name)
            return
        thread = threading.Thread(target=self._do_in_turn, args=(name,), daemon=True)
        self._threads.append(thread)
        thread.start()

    def _do_in_turn(self, name: str) -> None:
        with self._course.taken():
            self._do(name)
        with self._changed:
            self._changed.notify_all()

    def _do(self, name: str) -> None:
        try:
            self._step(name)
        except Exception as error:  # noqa: BLE001 - the course of the stack judges it, in its own thread
            self._errors.append(error)
            self._course.give_up()
        else:
            self._done.add(name)
