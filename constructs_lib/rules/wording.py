"""How values are shown in messages: short, and never a secret."""

from __future__ import annotations

import re

__all__ = ["holds_credential", "shown"]

# The ids of long-lived and temporary access keys (IAM user guide, "unique identifiers"), and PEM headers.
_CREDENTIAL = re.compile(r"(?<![A-Z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Z0-9])|-----BEGIN [A-Z ]*PRIVATE KEY")
_LONGEST = 80


def holds_credential(text: str) -> bool:
    """Whether text has an AWS access key id or the head of a private key in it."""
    return _CREDENTIAL.search(text) is not None


def shown(value: object) -> str:
    """A value for a message: text in quotes, cut when long, and not shown when it may be a secret."""
    if not isinstance(value, str):
        return repr(value) if isinstance(value, (bool, int, float)) else f"a {type(value).__name__}"
    if holds_credential(value) or "X-Amz-Signature" in value:
        return "a text that holds a credential"
    return repr(value) if len(value) <= _LONGEST else f"{value[:_LONGEST]!r}... ({len(value)} characters)"
