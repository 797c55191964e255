"""Channels whose prefix is the beginning of other keys too: SageMaker reads those, so the role may too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from constructs_lib.cdk.findings import runner_finding
from constructs_lib.cdk.permissions.inputs import MANIFESTS
from constructs_lib.cdk.request_parts import entries, part, place
from constructs_lib.rules import Finding
from constructs_lib.spec.text import is_token

__all__ = ["note_prefixes"]


def note_prefixes(request: Mapping[str, Any]) -> list[Finding]:
    """A warning for each channel of a prefix that a sibling's key may begin with, too.

    Args:
        request: the rendered request. What ends with a token is not judged: the slash may be in it.
    """
    found = []
    for index, channel in enumerate(entries(request.get("InputDataConfig"))):
        source = part(channel, "DataSource", "S3DataSource")
        key = None if source.get("S3DataType") in MANIFESTS else _open_ended(source.get("S3Uri"))
        if key is not None:
            path = f"InputDataConfig[{index}].DataSource.S3DataSource.S3Uri"
            found.append(runner_finding("prefix-also-matches", path, got=key))
    return found


def _open_ended(uri: object) -> str | None:
    """The last part of a key that is neither a folder nor, by its extension, an object."""
    if not isinstance(uri, str) or is_token(uri.rpartition("/")[2]):
        return None  # before it is taken apart, which asks CDK where all of it is a token
    location = place(uri)
    last = (location.key or "").rpartition("/")[2] if location is not None else ""
    return last if last and "." not in last.strip(".") else None
