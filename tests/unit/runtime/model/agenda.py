"""What happens when: calls, polls and the steps of CloudFormation, in the order of a jumping clock."""

from __future__ import annotations

import heapq
import itertools
import math
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Generic, TypeVar

from .clock import FakeClock
from .executions import FakeExecutions

T = TypeVar("T")


@dataclass
class Wait:
    """What a task waits for: until it is so, or for so long."""

    done: Callable[[], bool]
    until: float = math.inf


Steps = Generator[Wait, None, T]


class Task(Generic[T]):
    """Steps that wait in between; ``result`` is there once it has ``finished``."""

    def __init__(self, steps: Steps[T], clock: FakeClock) -> None:
        self._steps, self._clock = steps, clock
        self._wait = Wait(lambda: True)
        self._moving = False
        self.finished = False
        self.cancelled = False
        self.result: T | None = None
        self.move()

    @property
    def due(self) -> float:
        return math.inf if self.finished or self._moving else self._wait.until

    def move(self) -> bool:
        """Take the next step, if what it waits for is so."""
        if self.finished or self._moving:
            return False
        if not self._wait.done() and self._clock.now() < self._wait.until:
            return False
        self._moving = True
        try:
            self._wait = next(self._steps)
        except StopIteration as end:
            self.finished, self.result = True, end.value
        finally:
            self._moving = False
        return True

    def cancel(self) -> None:
        """Wait no longer."""
        if not self.finished:
            self._steps.close()
            self.finished = self.cancelled = True


class Agenda:
    """Runs what is due; time that passes inside a call lets everything else go on meanwhile."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        self._numbers = itertools.count()
        self._items: list[tuple[float, int, Callable[[], None]]] = []
        self._tasks: list[Task[object]] = []
        self.executions: list[FakeExecutions] = []
        clock.pass_time = self.pass_time

    def at(self, moment: float, action: Callable[[], None]) -> None:
        """Do something at a moment."""
        heapq.heappush(self._items, (moment, next(self._numbers), action))

    def spawn(self, steps: Steps[T]) -> Task[T]:
        """Begin a task."""
        task: Task[T] = Task(steps, self._clock)
        self._tasks.append(task)  # type: ignore[arg-type]
        return task

    def pass_time(self, seconds: float) -> None:
        """Let seconds pass, and what is due in them happen."""
        until = self._clock.now() + seconds
        while self.step(until):
            pass
        self._clock.reach(until)
        self._move()

    def step(self, until: float = math.inf) -> bool:
        """Do the next thing that is due by then; False if there is none."""
        item = self._items[0][0] if self._items else math.inf
        polling = min(self.executions, key=_due, default=None)
        polls = math.inf if polling is None else _due(polling)
        tasks = min((task.due for task in self._tasks), default=math.inf)
        due = min(item, polls, tasks)
        if due > until or due == math.inf:
            return False
        self._clock.reach(due)
        if item == due:
            heapq.heappop(self._items)[2]()
        elif polling is not None and polls == due:
            polling.step()
        self._move()
        return True

    def _move(self) -> None:
        while sum(task.move() for task in list(self._tasks)):
            pass
        self._tasks = [task for task in self._tasks if not task.finished]


def _due(executions: FakeExecutions) -> float:
    due = executions.next_due()
    return math.inf if due is None else due
