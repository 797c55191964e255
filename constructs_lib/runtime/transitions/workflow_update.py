"""An Update of a stack's workflows: no job trains on under an execution role that is deleted after it.

CloudFormation deletes what a template has no more in the clean-up, after every Update has been answered. A
job whose role is gone would fail at the upload of its model, hours later.
"""

from __future__ import annotations

from ..errors import Refused
from ..events import Event
from ..log import log
from ..redaction import redact
from ..surroundings import StackState
from ..world import World
from .fence import stack_state
from .marked_jobs import OVERLAP
from .workflow_search import Search

# While a clean-up is still to come. In a roll-back the roles go that the Update had made.
UPDATING = ("UPDATE_IN_PROGRESS", "UPDATE_ROLLBACK_IN_PROGRESS")


def search_of_update(event: Event, owner: str, world: World) -> Search | None:
    """What an Update has told to stop; None where it takes no role away, or comes too late.

    Raises:
        Refused: a job could not be stopped, and it is no roll-back, which would be left in the middle.
    """
    gone = _roles(event, "OldResourceProperties") - _roles(event, "ResourceProperties")
    if not gone:
        return None
    state = stack_state(event.stack_id, world)
    if state.status not in UPDATING or state.has_left(event.asked):
        log("came too late, nothing is stopped", level="WARNING", logical_id=event.logical_id)
        return None
    first = _first(state)
    found = Search(owner, first, first, roles=tuple(sorted(gone)), status=state.status)
    try:
        return found.look_twice(world)
    except Refused as error:
        if not found.is_rolled_back:
            raise
        log("rolled back all the same", level="ERROR", logical_id=event.logical_id, reason=redact(str(error)))
        return None


def _roles(event: Event, member: str) -> set[str]:
    """The execution roles of the stack; earlier versions of the library name none."""
    properties = event.raw.get(member)
    found = properties.get("Roles") if isinstance(properties, dict) else None
    return {str(role) for role in found} if isinstance(found, list) else set()


def _first(state: StackState) -> float:
    """No job to stop is older. What a roll-back takes away was made in the same operation.

    So an Update that is delivered only when its roll-back has begun, and looks like a part of that, leaves
    alone what has trained since before under roles that stay.
    """
    began = state.began if "ROLLBACK" in state.status else state.created
    return (began or OVERLAP) - OVERLAP
