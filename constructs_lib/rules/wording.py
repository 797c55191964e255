"""How values are shown in messages: short, and never a secret."""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = ["holds_credential", "holds_secret", "listed", "shown"]

# The ids of long-lived and temporary access keys (IAM user guide, "unique identifiers"), and PEM headers.
_CREDENTIAL = re.compile(
    r"(?<![A-Z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Z0-9])|---- ?BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY"
)
# What makes an address a secret: the signatures of S3 (all versions) and CloudFront.
_SIGNED = re.compile(r"x-amz-(?:signature|security-token|credential)|[?&]sig(?:nature)?=", re.IGNORECASE)
# A name and a password in front of an address's host; what looks like it in repository:tag@sha256 is none.
_LOGIN = re.compile(r"[^\s/@]:[^\s/@]+@(?!sha256:)")
_LONGEST_LOGIN = 500  # beyond what is shown; the search takes the square of a text's length
_LONGEST = 80
_MOST = 12


def holds_credential(text: str) -> bool:
    """Whether text has an AWS access key id or the head of a private key in it."""
    return _CREDENTIAL.search(text) is not None


def holds_secret(text: str) -> bool:
    """Whether text must not be shown: it has a credential, a signed address or a password in it."""
    return (
        holds_credential(text)
        or _SIGNED.search(text) is not None
        or ("@" in text and _LOGIN.search(text[:_LONGEST_LOGIN]) is not None)
    )


def shown(value: object) -> str:
    """A value for a message: text in quotes, cut when long, and not shown when it may be a secret."""
    if not isinstance(value, str):
        return repr(value) if isinstance(value, (bool, int, float)) else f"a {type(value).__name__}"
    if holds_secret(value):
        return "a text that holds a credential"
    return repr(value) if len(value) <= _LONGEST else f"{value[:_LONGEST]!r}... ({len(value)} characters)"


def listed(values: Iterable[object]) -> str:
    """Values for a message, each as `shown` and once, and so many more when they are many."""
    once = list(dict.fromkeys(values))
    more = f" and {len(once) - _MOST} more" if len(once) > _MOST else ""
    return ", ".join(map(shown, once[:_MOST])) + more
