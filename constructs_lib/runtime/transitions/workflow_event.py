"""The resource that stands for the jobs of a stack's workflows: its Delete ends them.

An Update ends those whose execution role goes away with it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from ..answer import Answer
from ..errors import Refused
from ..events import Event
from ..log import log
from ..patience import patiently
from ..world import World
from .fence import stack_state
from .marked_jobs import OVERLAP
from .outcome import Outcome
from .poll_delete import INTERFACE_SECONDS
from .recipient import address, failure_id, require_arrived
from .remove import delete_deadline
from .watch import WORKFLOW, Watch
from .workflow_search import Search

_OWNER = re.compile(r"[0-9a-z]{14}")


class Asked(NamedTuple):
    """What the construct wrote.

    Attributes:
        owner: what the jobs' tag holds.
        await_interfaces: whether the network goes away with the stack, so that Delete lets it empty.
    """

    owner: str
    await_interfaces: bool

    @classmethod
    def parse(cls, event: Event) -> Asked:
        """Read the properties; raises Refused where there is no owner."""
        properties = event.raw.get("ResourceProperties")
        found = properties if isinstance(properties, Mapping) else {}
        owner = str(found.get("Owner"))
        if not _OWNER.fullmatch(owner):
            raise Refused("the custom resource's property Owner must be 14 characters a-z and 0-9")
        return cls(owner, found.get("AwaitInterfaces") == "true")


def on_workflow_event(event: Event, world: World) -> Outcome:
    """Delete stops what runs, and waits until it has ended; an Update what runs under roles that go.

    A Create, and an Update that takes no role away, have nothing to do.
    """
    physical_id = str(event.physical_id) if event.kind == "Delete" else Asked.parse(event).owner
    search, awaits = _search(event, world)
    if search is not None and awaits:
        search = search.with_ended(INTERFACE_SECONDS, world)
    if search is None or not search.jobs:
        return Answer(physical_id)
    return Watch(
        WORKFLOW,
        search.owner,
        physical_id,
        delete_deadline(event, world),
        patiently(world.clock, lambda: world.seal.close(address(event))),
        stop_on_failure=False,
        await_interfaces=awaits,
        workflow=search.dump(),
        asked=event.asked if search.roles else None,
    )


def _search(event: Event, world: World) -> tuple[Search | None, bool]:
    """What an event has told to stop, if it looks for any; and whether it waits for interfaces."""
    try:
        asked = Asked.parse(event)
    except Refused:  # nothing was made for it, so nothing bears its tag
        return None, False
    if event.kind == "Delete":
        return _of_delete(event, asked, world)
    if event.kind == "Update":
        from .workflow_update import search_of_update

        return search_of_update(event, asked.owner, world), False
    return None, False


def _of_delete(event: Event, asked: Asked, world: World) -> tuple[Search | None, bool]:
    state = stack_state(event.stack_id, world)
    if state.has_left(event.asked):
        log("came too late, nothing is stopped", level="WARNING", logical_id=event.logical_id)
        return None, False
    first = (state.created or OVERLAP) - OVERLAP
    return Search(asked.owner, first, first).look_twice(world), asked.await_interfaces and state.is_deleted


def fail_workflow_event(event: Event, reason: str, world: World) -> None:
    """Answer FAILED for a request that could not be carried out.

    Not where nothing runs that was to end: then all is done. And not in a roll-back.
    """
    from ..redaction import redact

    failed = True
    try:
        search, _ = _search(event, world)
        if search is not None:
            failed = bool(search.jobs) and not search.is_rolled_back
            reason = f"{reason}; {search.still_there(search.jobs)}"
        elif event.kind == "Delete":
            failed = False
    except (ClientError, BotoCoreError, Refused) as error:
        reason = reason if str(error) == reason else f"{reason}; {error}"
    log("failed", level="ERROR", logical_id=event.logical_id, kind=event.kind)
    answer = Answer(failure_id(event), redact(reason) if failed else "", succeeded=not failed)
    require_arrived(world.send(address(event), answer))
