"""A workflow's execution has ended: the jobs that it left running are stopped. Nobody waits for an answer."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from ..events import ENDED
from ..log import log
from ..world import World
from .marked_jobs import EXECUTION_TAG, OVERLAP, SECOND_LOOK, Mark, stop_marked

# Seconds in which a creation that was under way at the end may come to be. What is created later is another
# run's: a redrive has the same ARN.
UNDER_WAY = 10.0


def on_ended_execution(raw: Mapping[str, Any], world: World) -> None:
    """Stop the execution's jobs, and look once more a little later: a creation may have been under way.

    Whatever goes wrong is raised, so that the event is delivered again, and somebody is told.
    """
    try:
        mark = Mark(EXECUTION_TAG, _digest(str(raw[ENDED])))
        bounds = _bounds(raw)
    except (KeyError, TypeError, ValueError) as error:
        log("malformed event of an execution", level="ERROR", reason=type(error).__name__)
        return
    began = world.clock.now()
    found = stop_marked(mark, bounds, world)
    world.clock.sleep(SECOND_LOOK)
    lately = max(bounds["CreationTimeAfter"], began - OVERLAP)
    found += stop_marked(mark, {**bounds, "CreationTimeAfter": lately}, world, known=found)
    log("an execution ended", execution=mark.value, jobs=len(found))


def _digest(arn: str) -> str:
    return hashlib.md5(arn.encode(), usedforsecurity=False).hexdigest()


def _bounds(raw: Mapping[str, Any]) -> dict[str, float]:
    """When the execution's jobs were created, in seconds; EventBridge tells milliseconds, clocks differ."""
    bounds = {"CreationTimeAfter": float(raw["StartedAt"]) / 1000 - OVERLAP}
    if raw.get("EndedAt") is not None:
        bounds["CreationTimeBefore"] = float(raw["EndedAt"]) / 1000 + UNDER_WAY
    return bounds
