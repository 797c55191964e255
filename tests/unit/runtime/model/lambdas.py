"""Lambda's asynchronous invocations: it delivers again, late, and hands over what it gave up."""

from __future__ import annotations

import json
from collections.abc import Callable

from constructs_lib.runtime import front, worker
from constructs_lib.runtime.world import World

from .account import Raw
from .clock import FakeClock
from .tape import MISHAPS

FRONT_SECONDS, WORKER_SECONDS = 300.0, 120.0
# What Lambda waits after each of its tries.
PAUSES = (60.0, 120.0, 0.0)


class Context:
    """What Lambda hands to a handler beside the event."""

    def __init__(self, clock: FakeClock, seconds: float = FRONT_SECONDS) -> None:
        self._clock = clock
        self._end = clock.now() + seconds

    def get_remaining_time_in_millis(self) -> int:
        return max(0, round((self._end - self._clock.now()) * 1000))


class Lambdas:
    """The front and the worker as Lambda calls them."""

    def __init__(self, world: Callable[[], World], clock: FakeClock) -> None:
        # Asked for at each call: a test may give the functions another one.
        self._world = world
        self._clock = clock

    def deliver(self, event: Raw) -> None:
        """Three tries for the front, then the failure destination."""
        event = json.loads(json.dumps(event))
        for pause in PAUSES:
            try:
                with self._clock.invocation(FRONT_SECONDS):
                    front.handle(event, self._world())
            except MISHAPS as error:
                last = error
                self._clock.time += pause
            else:
                return
        self.destination(event, {"errorMessage": str(last), "errorType": type(last).__name__})

    def destination(self, event: Raw, response: Raw | None, condition: str = "RetriesExhausted") -> None:
        """The record that Lambda hands to the worker when the front has died for good."""
        record = {
            "version": "1.0",
            "requestContext": {"condition": condition, "approximateInvokeCount": 3},
            "requestPayload": event,
            "responsePayload": response,
        }
        for pause in PAUSES:
            try:
                with self._clock.invocation(WORKER_SECONDS):
                    result = worker.handle(record, self._world())
            except MISHAPS:
                self._clock.time += pause
            else:
                assert result == {"done": True}
                return

    def poll(self, state: Raw) -> Raw:
        """The state machine's call of the worker."""
        return worker.handle(state, self._world())
