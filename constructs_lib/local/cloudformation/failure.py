"""What a resource raises when it cannot be made, changed or removed."""

from __future__ import annotations

from typing import Any

__all__ = ["ResourceFailed", "reason_of"]


class ResourceFailed(Exception):
    """A resource failed for a reason that belongs in its stack event.

    Args:
        reason: the text of ``ResourceStatusReason``.
        resource: the resource, where it exists in part and has to be deleted in the roll-back.
    """

    def __init__(self, reason: str, resource: Any = None) -> None:
        super().__init__(reason)
        self.resource = resource


def reason_of(error: BaseException) -> str:
    """An error as one line for a stack event."""
    if isinstance(error, KeyError):
        return f"missing or unknown: {error}"  # by itself it says only a name
    text = str(getattr(error, "message", "") or error) or type(error).__name__
    return " ".join(text.split())
