"""Where answers of custom resources and signals of wait conditions arrive."""

from __future__ import annotations

import json
import threading
import uuid
from typing import Any
from urllib.parse import parse_qs, urlencode, urlparse

from constructs_lib.local.settings import current

from .course import wait_for

__all__ = ["ANSWERS", "SIGNALS", "Slot", "close", "find", "open_slot", "receive"]

ANSWERS, SIGNALS = "/_constructs_lib/answer", "/_constructs_lib/signal"
# CloudFormation refuses a longer answer.
_MAX_ANSWER = 4096


class Slot:
    """A place for the messages that are sent to one URL."""

    def __init__(self, path: str) -> None:
        self.id = str(uuid.uuid4())
        self.url = f"{current().endpoint}{path}?{urlencode({'slot': self.id})}"
        self.messages: list[dict[str, Any]] = []
        self.changed = threading.Condition()

    def wait(self, count: int, seconds: float) -> list[dict[str, Any]]:
        """The messages, once there are so many, one reports a failure, or the time is over.

        Raises:
            GivenUp: a sibling failed, or the stack is deleted.
        """
        wait_for(self.changed, lambda: self._enough(count), seconds)
        return list(self.messages)

    def put(self, message: dict[str, Any]) -> None:
        """Adds a message; one with an id that is already there changes nothing."""
        with self.changed:
            known = {m.get("UniqueId") for m in self.messages if m.get("UniqueId")}
            if message.get("UniqueId") not in known:
                self.messages.append(message)
            self.changed.notify_all()

    def _enough(self, count: int) -> bool:
        failed = any(m.get("Status") != "SUCCESS" for m in self.messages)
        return failed or len(self.messages) >= count


_slots: dict[str, Slot] = {}


def open_slot(path: str = ANSWERS) -> Slot:
    """A new place for messages, with a URL of its own."""
    slot = Slot(path)
    _slots[slot.id] = slot
    return slot


def close(slot_id: str) -> None:
    """Forgets a place: what is sent to it later gets an error."""
    _slots.pop(slot_id, None)


def find(url: str) -> Slot | None:
    """The place that a URL belongs to."""
    return _slots.get(parse_qs(urlparse(url).query).get("slot", [""])[0])


def receive(slot_id: str, body: bytes) -> bool:
    """Takes an answer or a signal; false when nobody waits for it."""
    slot = _slots.get(slot_id)
    if slot is not None:
        slot.put(_parsed(body))
    return slot is not None


def _parsed(body: bytes) -> dict[str, Any]:
    if len(body) > _MAX_ANSWER:
        return {"Status": "FAILED", "Reason": "Response object is too long."}
    try:
        message = json.loads(body)
    except ValueError:
        message = None
    if not isinstance(message, dict) or "Status" not in message:
        return {"Status": "FAILED", "Reason": "Invalid response object: Status is missing or not JSON"}
    return message
