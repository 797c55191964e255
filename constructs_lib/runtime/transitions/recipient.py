"""Whom an answer is for, under which physical id it fails, and what becomes of one that does not arrive."""

from __future__ import annotations

from ..answer import Address
from ..errors import Refused, Unreachable
from ..events import Event


def address(event: Event) -> Address:
    """Whom the event's answer is for."""
    return Address(event.stack_id, event.request_id, event.logical_id, event.response_url)


def require_arrived(taken: bool | None) -> None:
    """Raise Unreachable for an answer, or a signal, that nobody got: Lambda delivers the event again."""
    if taken is None:
        raise Unreachable


def failure_id(event: Event, name: str | None = None) -> str:
    """The physical id of a FAILED answer: the old one, or the job's, so that its Delete finds the job."""
    if event.physical_id:
        return event.physical_id
    if name is not None or event.is_result:
        return name or result_id(event)
    try:
        return str(event.properties.job_name())
    except Refused:
        return f"{event.logical_id}-never-started"


def result_id(event: Event) -> str:
    """A result's physical id: it holds nothing that would have to be cleaned up, so it never changes."""
    return f"{event.logical_id}-result"
