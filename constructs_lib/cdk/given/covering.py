"""Whether what a role is allowed already includes what another job needs."""

from __future__ import annotations

import re
from functools import lru_cache

from constructs_lib.cdk.permissions import Permission

__all__ = ["covers"]


def covers(allowed: Permission, asked: Permission) -> bool:
    """Whether what is allowed includes what is asked for, for all that a ``*`` in either may stand for."""
    return (
        set(asked.actions) <= set(allowed.actions)
        and asked.conditions == allowed.conditions
        and all(any(_includes(one, other) for one in allowed.resources) for other in asked.resources)
    )


def _includes(pattern: str, resource: str) -> bool:
    return pattern == resource or ("*" in pattern and _as_regex(pattern).fullmatch(resource) is not None)


@lru_cache(maxsize=256)
def _as_regex(pattern: str) -> re.Pattern[str]:
    return re.compile(".*".join(map(re.escape, pattern.split("*"))), re.DOTALL)
