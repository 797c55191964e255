"""How moments and lines of a log are shown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timezone

from constructs_lib.cli.output import plain

__all__ = ["log_lines", "moment", "shown"]

_COLOURS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


def moment(time: object) -> str:
    """A time in UTC, to the second; of text what it is, as nothing of AWS's should end a watch."""
    if not isinstance(time, datetime):
        return str(time)
    return time.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def shown(text: object) -> str:
    """A text of the service's, or of a job's, as one line that cannot steer a terminal."""
    return plain(" ".join(str(text).split()))


def log_lines(milliseconds: int, message: str) -> Iterator[str]:
    """An event of a log in lines, each with its time; of what a progress bar wrote, the last.

    Args:
        milliseconds: the event's time.
        message: what was written; its colours are dropped.
    """
    time = moment(datetime.fromtimestamp(milliseconds / 1000, timezone.utc))
    for line in _COLOURS.sub("", message).replace("\r\n", "\n").split("\n"):
        text = line.rstrip("\r").rpartition("\r")[2].rstrip()
        if text:
            yield f"{time} {plain(text.expandtabs(4))}"
