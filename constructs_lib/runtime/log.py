"""One JSON line an event: names and decisions, never values of the request, never the answer's URL."""

from __future__ import annotations

import json
import sys


def log(message: str, *, level: str = "INFO", **fields: object) -> None:
    """Write a structured line to the function's log."""
    sys.stdout.write(json.dumps({"level": level, "message": message, **fields}, default=str) + "\n")
    sys.stdout.flush()
