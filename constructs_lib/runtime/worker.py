"""The function the state machine calls: it polls, judges, stops and answers.

It is also the front's watchdog: as the front's failure destination it gets the event the front died on.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .answer import Answer
from .transitions.give_up import fail_delivery
from .transitions.poll import poll
from .transitions.watch import Watch
from .wiring import world_of_lambda
from .world import World


def handler(raw: Mapping[str, Any], _context: object) -> dict[str, object]:
    """Lambda's entry point."""
    return handle(raw, world_of_lambda())


def handle(raw: Mapping[str, Any], world: World) -> dict[str, object]:
    """One poll: the next state with ``done`` and the seconds to ``wait``.

    Errors are raised: the state machine tries again, and when it gives up the front answers.
    """
    if "requestPayload" in raw:
        fail_delivery(raw, world)
        return {"done": True}
    watch = Watch.parse(raw)
    outcome = poll(watch, world)
    if isinstance(outcome, Answer):
        world.send(world.seal.open(watch.sealed), outcome)
        return {"done": True, "job": watch.job, "status": outcome.status}
    return {**outcome.dump(), "done": False, "wait": outcome.pause(world.clock.now())}
