"""CloudTrail, as far as the CDK command line asks it for the cause of a failed deployment."""

from __future__ import annotations

from typing import Any

from . import seams

__all__ = ["install"]


def install() -> None:
    """Adds LookupEvents: without it the command line tries again for half a minute."""
    seams.get("moto.cloudtrail.responses:CloudTrailResponse").lookup_events = _lookup_events


def _lookup_events(self: Any) -> str:
    """Nothing is recorded."""
    del self
    return '{"Events": []}'
