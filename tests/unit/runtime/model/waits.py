"""WaitConditionHandle and WaitCondition, read pessimistically: a signal before its condition is lost."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass, field

from constructs_lib.runtime.answer import Address
from constructs_lib.runtime.signals import Signal

from .account import STACK_ID, Raw
from .addresses import expires, handle_url
from .clock import FakeClock
from .tape import Tape

LONGEST_SECONDS = 43_200


@dataclass
class WaitHandle:
    """An address that takes signals for a day, and not after its deletion.

    Attributes:
        signals: what was taken, by its UniqueId, with its time; a second one of an id changes nothing.
    """

    logical_id: str
    url: str = field(repr=False)
    created: float
    deleted: bool = False
    signals: dict[str, tuple[float, Raw]] = field(default_factory=dict)

    def put(self, body: Raw, now: float) -> int:
        """The HTTP status that a signal gets."""
        if self.deleted:
            return 404
        if now > expires(self.url):
            return 403
        self.signals.setdefault(body["UniqueId"], (now, body))
        return 200


@dataclass
class WaitCondition:
    """One wait on a handle: it takes what comes after its creation, until its timeout."""

    logical_id: str
    handle: WaitHandle
    created: float
    timeout: float
    count: int = 1

    def __post_init__(self) -> None:
        assert 0 < self.timeout <= LONGEST_SECONDS, "a wait condition waits 12 hours at most"
        # What came before is lost, and counts as never sent: the same id may come again.
        self.handle.signals.clear()

    @property
    def deadline(self) -> float:
        return self.created + self.timeout

    def status(self, now: float) -> str:
        """PENDING, COMPLETE, FAILED (a signal said so) or TIMED_OUT."""
        bodies = [body for at, body in self.handle.signals.values() if at <= self.deadline]
        if any(body["Status"] == "FAILURE" for body in bodies):
            return "FAILED"
        if len(bodies) >= self.count:
            return "COMPLETE"
        return "TIMED_OUT" if now >= self.deadline else "PENDING"

    @property
    def reason(self) -> str:
        """What CloudFormation shows of a failure."""
        reasons = (body["Reason"] for _, body in self.handle.signals.values() if body["Status"] == "FAILURE")
        return next(reasons, f"WaitCondition timed out. Received 0 conditions when expecting {self.count}")

    @property
    def data(self) -> str:
        """Fn::GetAtt of its Data."""
        return json.dumps({unique: body["Data"] for unique, (_, body) in self.handle.signals.items()})


class Waits:
    """All handles and conditions of the account, and the way to them.

    Attributes:
        sent: every signal with the HTTP status it got.
    """

    def __init__(self, tape: Tape, clock: FakeClock) -> None:
        self._tape = tape
        self._clock = clock
        self._numbers = itertools.count(1)
        self.handles: dict[str, WaitHandle] = {}
        self.sent: list[tuple[Raw, int]] = []
        # How many of the next signals do not arrive.
        self.unreachable = 0

    def handle(self, logical_id: str, stack_id: str = STACK_ID) -> WaitHandle:
        """CloudFormation creates a handle."""
        now = self._clock.now()
        made = WaitHandle(logical_id, handle_url(stack_id, logical_id, next(self._numbers), now), now)
        self.handles[made.url] = made
        return made

    def condition(self, logical_id: str, handle: WaitHandle, timeout: float) -> WaitCondition:
        """CloudFormation creates a condition, and begins to wait."""
        return WaitCondition(logical_id, handle, self._clock.now(), timeout)

    def signal(self, address: Address, signal: Signal) -> bool | None:
        """A signal of the runtime's; whether the handle took it, None where it did not arrive."""
        return self._tape.through("Signal", lambda: self._put(address.url, signal.encode()))

    def _put(self, url: str, body: bytes) -> bool | None:
        if self.unreachable:
            self.unreachable -= 1
            return None
        assert len(body) <= 4096, "a signal takes 4,096 bytes"
        told = json.loads(body)
        assert told.keys() == {"Status", "Reason", "UniqueId", "Data"}, f"a signal with {sorted(told)}"
        assert told["Status"] in ("SUCCESS", "FAILURE")
        assert told["Reason"], "a signal without a reason"
        handle = self.handles.get(url)
        status = handle.put(told, self._clock.now()) if handle else 403
        self.sent.append((told, status))
        return status == 200
