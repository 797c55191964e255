"""One look at the jobs of a stack's workflows, whose resource is deleted."""

from __future__ import annotations

from dataclasses import replace

from ..answer import Answer
from ..errors import Refused
from ..log import log
from ..world import World
from .fallback import failure
from .marked_jobs import stop_marked
from .poll_delete import INTERFACE_SECONDS
from .watch import Watch
from .workflow_search import Search, still_there


def poll_workflow(watch: Watch, world: World) -> Answer | Watch:
    """Wait until all have ended and no further one is found; then for interfaces, where these are to go."""
    try:
        search = _parsed(watch).without_ended(world).look(world)
    except Refused as error:
        return _not_stopped(watch, str(error))
    after = replace(watch.next(), workflow=search.dump())
    now = world.clock.now()
    if search.jobs:
        return (
            replace(after, ended=None) if now <= watch.deadline else failure(watch, still_there(search.jobs))
        )
    after = replace(after, ended=now if watch.ended is None else watch.ended)
    if watch.await_interfaces and _interfaces_linger(after, search, world):
        return after
    return Answer(watch.failure_id)


def last_workflow_look(watch: Watch, reason: str, world: World) -> Answer:
    """In the place of a watch that died: what it comes to when nobody looks any more."""
    search = _parsed(watch)
    try:
        found = stop_marked(search.mark, {"CreationTimeAfter": search.first}, world)
    except Refused as error:
        return _not_stopped(watch, f"{reason}; {error}")
    return failure(watch, f"{reason}; {still_there(found)}") if found else Answer(watch.failure_id)


def _not_stopped(watch: Watch, reason: str) -> Answer:
    from ..redaction import redact

    return failure(watch, redact(reason))


def _parsed(watch: Watch) -> Search:
    return Search.parse(watch.workflow or {})


def _interfaces_linger(watch: Watch, search: Search, world: World) -> bool:
    if not any(world.interfaces.linger(network) for network in search.networks):
        return False
    if world.clock.now() <= min((watch.ended or 0) + INTERFACE_SECONDS, watch.deadline):
        return True
    log("interfaces linger", level="WARNING", job=watch.job)
    return False
