"""Names of the states inside a task's branch: unique in the machine where the task's own name is."""

from __future__ import annotations

import hashlib

__all__ = ["LONGEST", "inner_name", "owner_mark", "owner_of"]

LONGEST = 80
"""How many characters a state's name may have (Amazon States Language, "States")."""
_DIGITS = 8
_BETWEEN = ": "
_CUT = "~"


def inner_name(state: str, role: str) -> str:
    """The name of an inner state: the task's, and what the state does; at most 80 characters."""
    name = f"{state}{_BETWEEN}{role}"
    if len(name) <= LONGEST:
        return name
    mark = owner_mark(state)
    kept = LONGEST - len(role) - len(mark) - len(_BETWEEN)
    return f"{state[:kept]}{mark}{_BETWEEN}{role}"


def owner_mark(state: str) -> str:
    """What is in the names of a state's inner ones where its own would be too long."""
    return f"{_CUT}{hashlib.sha256(state.encode()).hexdigest()[:_DIGITS]}"


def owner_of(name: str) -> tuple[str, str]:
    """The state whose inner one a name may be: by its own name, and by its mark; empty for none."""
    state = name.rpartition(_BETWEEN)[0]
    return state, state[-_DIGITS - len(_CUT) :]
