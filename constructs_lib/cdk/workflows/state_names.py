"""Names of the states inside a task's branch: unique in the machine where the task's own name is."""

from __future__ import annotations

import hashlib

__all__ = ["inner_name"]

LONGEST = 80
_DIGITS = 8


def inner_name(state: str, role: str) -> str:
    """The name of an inner state: the task's, and what the state does; at most 80 characters."""
    name = f"{state}: {role}"
    if len(name) <= LONGEST:
        return name
    mark = hashlib.sha256(state.encode()).hexdigest()[:_DIGITS]
    kept = LONGEST - len(role) - len(mark) - len("~: ")
    return f"{state[:kept]}~{mark}: {role}"
