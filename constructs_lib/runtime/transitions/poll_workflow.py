"""One look at the jobs of a stack's workflows, whose resource, or whose execution role, is deleted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..answer import Answer
from ..errors import Refused
from ..log import log
from ..world import World
from .fallback import failure
from .poll_delete import INTERFACE_SECONDS
from .watch import Watch
from .workflow_search import Search


def poll_workflow(watch: Watch, world: World) -> Answer | Watch:
    """Wait until all have ended and no further one is found; then for interfaces, where these are to go."""
    search = _parsed(watch)
    if _is_given_up(watch, search, world):
        return Answer(watch.failure_id)
    try:
        search = search.without_ended(world).look(world)
    except Refused as error:
        return _failed(watch, search, str(error))
    after = replace(watch.next(), workflow=search.dump())
    now = world.clock.now()
    if search.jobs:
        in_time = now <= watch.deadline
        return replace(after, ended=None) if in_time else _not_ended(watch, search, search.jobs)
    after = replace(after, ended=now if watch.ended is None else watch.ended)
    if watch.await_interfaces and _interfaces_linger(after, search, world):
        return after
    return Answer(watch.failure_id)


def last_workflow_look(watch: Watch, reason: str, world: World) -> Answer:
    """In the place of a watch that died: what it comes to when nobody looks any more."""
    search = _parsed(watch)
    if _is_given_up(watch, search, world):
        return Answer(watch.failure_id)
    try:
        found = search.stop(search.first, world)
    except Refused as error:
        return _failed(watch, search, f"{reason}; {error}")
    return _not_ended(watch, search, found, f"{reason}; ") if found else Answer(watch.failure_id)


def _is_given_up(watch: Watch, search: Search, world: World) -> bool:
    """Whether the Update is over: CloudFormation has turned to its roll-back, and the roles stay."""
    given_up = search.is_given_up(watch.sealed["stack"], watch.asked, world)
    if given_up:
        log("update is over, nothing more is stopped", level="WARNING", job=watch.job)
    return given_up


def _not_ended(watch: Watch, search: Search, names: Sequence[str], before: str = "") -> Answer:
    return _failed(watch, search, f"{before}{search.still_there(names)}")


def _failed(watch: Watch, search: Search, reason: str) -> Answer:
    """A FAILED answer; not in a roll-back, which would be left in the middle for a job that nobody wants."""
    from ..redaction import redact

    told = redact(reason)
    if not search.is_rolled_back:
        return failure(watch, told)
    log("rolled back all the same", level="ERROR", job=watch.job, reason=told)
    return Answer(watch.failure_id)


def _parsed(watch: Watch) -> Search:
    return Search.parse(watch.workflow or {})


def _interfaces_linger(watch: Watch, search: Search, world: World) -> bool:
    if not any(world.interfaces.linger(network) for network in search.networks):
        return False
    if world.clock.now() <= min((watch.ended or 0) + INTERFACE_SECONDS, watch.deadline):
        return True
    log("interfaces linger", level="WARNING", job=watch.job)
    return False
