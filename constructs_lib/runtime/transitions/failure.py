"""What is told of a job that ended without success: as much as fits CloudFormation's event, no secret."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ..console import console_address
from ..redaction import LINE_BREAK, one_line, redact

# An answer has 4,096 bytes, of which its ids take up to about 800, and a character may take 12 of them: so
# each part has a limit in characters, and one in the bytes that JSON writes it in.
REASON_CHARACTERS, REASON_BYTES = 1024, 2000
LOG_CHARACTERS = 1200
TEXT_BYTES = 3000
CUT = "..."
LOG = "last lines of its log: "


def failure_text(description: Mapping[str, Any], tail: Sequence[str] = ()) -> str:
    """Name, status, reason, console address and log, in this order: whoever cuts the end loses least.

    Args:
        description: the job's, as DescribeTrainingJob gives it.
        tail: the last lines of its log, oldest first, as they are. The last ones are kept; without any,
            the log is not spoken of.
    """
    text = outcome(description)
    told = whereabouts(description, tail, TEXT_BYTES - json_bytes(text) - len("; "))
    return f"{text}; {told}" if told else text


def outcome(description: Mapping[str, Any]) -> str:
    """How a job ended, by its status, its secondary status where that tells more, and its reason."""
    name, status = description.get("TrainingJobName", "?"), description.get("TrainingJobStatus", "?")
    secondary = description.get("SecondaryStatus") or status
    more = f" ({secondary})" if secondary != status else ""
    reason = _reason(description)
    if status == "Failed":
        return f"training job '{name}' failed{more}: {reason or 'the service gave no reason'}"
    if status == "Stopped":
        told = f"training job '{name}' was stopped before it completed ({secondary})"
    else:
        told = f"training job '{name}' ended as {status}{more}"
    return f"{told}: {reason}" if reason else told


def whereabouts(description: Mapping[str, Any], tail: Sequence[str] = (), room: int = TEXT_BYTES) -> str:
    """Where to look on: the job's console address, and the last lines of its log.

    Args:
        description: the job's, as DescribeTrainingJob gives it.
        tail: the last lines of its log, oldest first.
        room: the bytes that the text may take in JSON.
    """
    address = console_address(
        str(description.get("TrainingJobArn", "")), str(description.get("TrainingJobName", ""))
    )
    parts = [f"see {address}"] if address else []
    left = room - sum(json_bytes(part) + len("; ") for part in parts) - len(LOG)
    lines = _last_lines(tail, description, left)
    return "; ".join([*parts, *([LOG + lines] if lines else [])])


def _reason(description: Mapping[str, Any]) -> str:
    """The service's reason; it is masked before it is cut, or half a secret would be left."""
    reason = redact(str(description.get("FailureReason") or ""), description).strip()
    return shortened(reason, REASON_CHARACTERS, REASON_BYTES)


def _last_lines(tail: Sequence[str], description: Mapping[str, Any], room: int) -> str:
    """As many of the last lines as there is room for, masked together: a private key takes several."""
    whole = LINE_BREAK.join(line for line in (one_line(line).strip() for line in tail) if line)
    lines = redact(whole, description).split(LINE_BREAK)
    kept = ""
    for line in reversed(lines):
        longer = f"{line}{LINE_BREAK}{kept}" if kept else line
        if len(longer) > LOG_CHARACTERS or json_bytes(longer) > room:
            break
        kept = longer
    return kept or shortened(lines[-1], LOG_CHARACTERS, room)


def shortened(text: str, characters: int, room: int) -> str:
    """The beginning of a text, with dots where it was cut, in so many characters and bytes of JSON."""
    if len(text) <= characters and json_bytes(text) <= room:
        return text
    if room < len(CUT):
        return ""
    left, end = room - len(CUT), 0
    while end < characters - len(CUT) and (left := left - json_bytes(text[end])) >= 0:
        end += 1
    return text[:end] + CUT


def json_bytes(text: str) -> int:
    """The bytes that a text takes in a JSON text, where what is not ASCII is escaped."""
    return len(json.dumps(text)) - len('""')
