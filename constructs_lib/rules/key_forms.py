"""The forms in which a KMS key is named (KMS developer guide, "key identifiers")."""

from __future__ import annotations

import re

__all__ = ["is_alias", "is_key"]

# A UUID, or mrk- and 32 digits for a key of several regions. What stands after key/ in an ARN is left to KMS.
_KEY = re.compile(
    r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|mrk-[0-9a-fA-F]{32}"
    r"|arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key/[A-Za-z0-9-]+"
)
_ALIAS = re.compile(r"(?:arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:)?alias/[A-Za-z0-9/_-]+")


def is_key(text: str) -> bool:
    """Whether text is the id or the ARN of a key."""
    return _KEY.fullmatch(text) is not None


def is_alias(text: str) -> bool:
    """Whether text is an alias with its prefix, or the ARN of one."""
    return _ALIAS.fullmatch(text) is not None
