"""No job is started for a stack that does not go forward: an event may come after its own undoing."""

from __future__ import annotations

from ..errors import Refused
from ..patience import patiently
from ..surroundings import StackState
from ..world import World


def stack_state(stack_id: str, world: World) -> StackState:
    """Where the stack stands; the policy that allows the look may be a moment old."""
    return patiently(world.clock, lambda: world.stack.state(stack_id))


def require_waiting(stack_id: str, asked: float | None, world: World) -> None:
    """Raise Refused unless somebody waits for what was asked at that moment."""
    state = stack_state(stack_id, world)
    if not state.waits_for(asked):
        raise Refused(nobody_waits(state))


def nobody_waits(state: StackState) -> str:
    """Why nothing was started."""
    return f"the stack is {state.status}: nobody waits for a training job, so none was started"


def stop_if_overtaken(job: str, stack_id: str, asked: float | None, world: World) -> None:
    """After a creation: stop the job and raise Refused if it has been undone meanwhile.

    CloudFormation turns the stack's status first and undoes then. So either this look sees the turn, or the
    undoing comes later and sees the job.
    """
    state = stack_state(stack_id, world)
    if not state.waits_for(asked):
        _stop(job, world)
        reason = f"the stack became {state.status} while training job '{job}' was started, so it was stopped"
        raise Refused(reason)


def stop_if_undone(job: str, stack_id: str, asked: float | None, world: World) -> None:
    """The same for a job that an earlier delivery of the event started, and left before it could look.

    The event may also be the repetition of one that was carried out long ago: its job is left alone then.
    """
    state = stack_state(stack_id, world)
    if state.undid(asked):
        _stop(job, world)
        raise Refused(f"the stack is {state.status}, so training job '{job}' was stopped")


def _stop(job: str, world: World) -> None:
    """Nobody asks for this job's deletion any more: where the policy is a moment old, that is waited for."""
    patiently(world.clock, lambda: world.jobs.stop(job))
