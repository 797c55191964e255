"""What a watch cannot go on with."""

from __future__ import annotations

from constructs_lib.errors import ConstructsLibError

__all__ = ["WatchError"]


class WatchError(ConstructsLibError):
    """There is nothing to watch, or AWS cannot be asked; the text is the reason, in one line."""
