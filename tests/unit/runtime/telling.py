"""What the log lines of a message tell, beside the message itself."""

from __future__ import annotations

from typing import Any

from .conftest import Logs


def told(logs: Logs, message: str) -> list[dict[str, Any]]:
    """What the lines of this message tell."""
    return [
        {key: line[key] for key in line.keys() - {"message"}} for line in logs() if line["message"] == message
    ]


def info(**fields: Any) -> list[dict[str, Any]]:
    return [{"level": "INFO", **fields}]


def warning(**fields: Any) -> list[dict[str, Any]]:
    return [{"level": "WARNING", **fields}]


def error(**fields: Any) -> list[dict[str, Any]]:
    return [{"level": "ERROR", **fields}]
