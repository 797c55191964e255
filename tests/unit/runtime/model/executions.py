"""A state machine that polls: Wait, then the worker, until it is done; five retries, then FAILED."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from .account import ACCOUNT, REGION, Raw, show_no_secret
from .clock import FakeClock
from .tape import MISHAPS, Tape

# What Step Functions takes as input or state, and what EventBridge passes on of it.
MOST_BYTES = 200_000


@dataclass
class Execution:
    """One watch over a job."""

    name: str
    input: str
    state: Raw
    started: float
    due: float
    status: str = "RUNNING"
    failures: int = 0
    polls: int = 0
    states: list[str] = field(default_factory=list)


class FakeExecutions:
    """The executions of one stack's runtime.

    Attributes:
        RETRIES: tries after a failed one, as the definition in cdk/runtime.py has them.
        LIFETIME: seconds after which an execution times out.
        poll: the worker; ``report`` takes EventBridge's events to the front: set by who owns the world.
    """

    RETRIES = 5
    LIFETIME = 46_800.0
    WORKER_SECONDS = 120.0

    def __init__(self, tape: Tape, clock: FakeClock) -> None:
        self._tape = tape
        self._clock = clock
        self.all: dict[str, Execution] = {}
        self.poll: Callable[[Raw], Raw] = dict
        self.report: Callable[[Raw], None] = lambda event: None

    def start(self, name: str, state: dict[str, object]) -> None:
        """StartExecution; one of that name which is there already is the same one."""
        assert re.fullmatch(r"[A-Za-z0-9_-]{1,80}", name), f"illegal name of an execution: {name}"
        self._tape.through("StartExecution", lambda: self._start(name, _written(state)))

    def _start(self, name: str, text: str) -> None:
        if name not in self.all:
            now = self._clock.now()
            self.all[name] = Execution(name, text, json.loads(text), now, now)

    def running(self) -> list[Execution]:
        return [one for one in self.all.values() if one.status == "RUNNING"]

    def next_due(self) -> float | None:
        """When the next of them acts; None when none runs."""
        return min((self._acts(one) for one in self.running()), default=None)

    def step(self) -> bool:
        """Advance the execution that is due next; False when none runs."""
        running = self.running()
        if not running:
            return False
        one = min(running, key=self._acts)
        self._clock.reach(self._acts(one))
        if self._clock.now() >= one.started + self.LIFETIME:
            self.end(one.name, "TIMED_OUT")
        else:
            self._poll(one)
        return True

    def run(self) -> None:
        """Advance until all have ended."""
        for _ in range(4000):
            if not self.step():
                return
        raise AssertionError("an execution does not end")

    def run_until(self, moment: float) -> None:
        """Advance what is due up to a moment, and be there."""
        while (due := self.next_due()) is not None and due <= moment:
            self.step()
        self._clock.reach(moment)

    def abort(self, name: str) -> None:
        """Somebody aborts an execution in the console."""
        self.end(name, "ABORTED")

    def end(self, name: str, status: str) -> None:
        """The execution ends badly, and EventBridge says so."""
        self.all[name].status = status
        self.report(self.ended(name, status))

    def ended(self, name: str, status: str) -> Raw:
        """EventBridge's event of an execution that ended badly."""
        machine = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:watch"
        one = self.all[name]
        detail = {
            "executionArn": f"{machine.replace(':stateMachine:', ':execution:')}:{name}",
            "stateMachineArn": machine,
            "name": name,
            "status": status,
            "startDate": round(one.started * 1000),
            "stopDate": round(self._clock.now() * 1000),
            "input": one.input,
            "inputDetails": {"included": True},
            "output": None,
        }
        return {
            "source": "aws.states",
            "detail-type": "Step Functions Execution Status Change",
            "detail": detail,
        }

    def _acts(self, one: Execution) -> float:
        return min(one.due, one.started + self.LIFETIME)

    def _poll(self, one: Execution) -> None:
        one.polls += 1
        one.due = math.inf  # one poll at a time, however long it takes
        try:
            with self._clock.invocation(self.WORKER_SECONDS):
                text = _written(self.poll(one.state))
        except MISHAPS:
            if one.status != "RUNNING":
                return
            one.failures += 1
            # IntervalSeconds 5, BackoffRate 2; the jitter at its fullest.
            one.due = self._clock.now() + 5 * 2 ** (one.failures - 1)
            if one.failures > self.RETRIES:
                self.end(one.name, "FAILED")
            return
        if one.status != "RUNNING":  # ended by somebody meanwhile
            return
        one.failures = 0
        one.states.append(text)
        state = json.loads(text)
        if state["done"]:
            one.status = "SUCCEEDED"
        else:
            assert state["wait"] >= 1, f"the state machine would not wait: {state['wait']}"
            one.state, one.due = state, self._clock.now() + state["wait"]


def _written(state: object) -> str:
    text = json.dumps(state)
    show_no_secret(text, "an execution's data")
    assert len(text) <= MOST_BYTES, f"an execution's data takes {len(text)} bytes"
    return text
