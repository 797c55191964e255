"""Where an execution goes from a state: a catcher's choice stands, even when it is the same state again."""

from __future__ import annotations

from typing import Any

from constructs_lib.local import seams

__all__ = ["install"]

_NEXT = "moto.stepfunctions.parser.asl.component.state.state:CommonStateField._set_next"


def install() -> None:
    """Tells a state that was caught from one that ended well; moto asks whether the next name is another."""
    seams.replace(_NEXT, _set_next)


def _set_next(self: Any, env: Any) -> None:
    caught = bool(env.stack) and type(env.stack[-1]).__name__ == "CatchOutcome"
    if not caught:
        seams.original(_NEXT)(self, env)
