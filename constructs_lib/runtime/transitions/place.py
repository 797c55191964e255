"""Create a job, or adopt the one that is there: the same content is never trained twice by accident."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from botocore.exceptions import ClientError

from ..errors import Refused, is_denied
from ..events import Event
from ..jobs import DELETING, Description
from ..log import count, log
from ..names import MAX_ATTEMPTS, JobName
from ..ownership import CONTENT_TAG, DELIVERY_TAG, is_ours, ownership_tags, require_content, require_ours
from ..properties import START, WAIT, Properties
from ..world import World
from .attempts import Attempt, adoptable, attempts_at
from .fence import nobody_waits, require_waiting, stack_state, stop_if_overtaken, stop_if_undone

# A stopped job has 120 seconds to end; the next attempt shares its checkpoints, and must not meet it.
STOPPING_SECONDS, STOPPING_PAUSE = 150.0, 5.0
# What a job needs at the least to start at all.
LEAST_SECONDS = 120


class Placed(NamedTuple):
    """The job that carries an event out.

    Attributes:
        name: the job's.
        recorded: whether it has a record; in a roll-back that may be gone.
        physical_id: what the resource is answered with. A wait condition's is answered before a later attempt
            follows: it keeps the first one's name, or its clean-up would be about the job in use.
    """

    name: str
    recorded: bool = True
    physical_id: str = ""


def place(event: Event, properties: Properties, world: World) -> Placed:
    """The job that carries out the event: adopted if one lives or has completed, else started.

    A job that failed, was stopped or lost its model is followed by the next attempt, unless this same
    delivery started it: Lambda delivers an event up to three times, and a job that failed meanwhile is this
    event's outcome. In a roll-back nothing is trained.

    Raises:
        Refused: the name is another owner's, too many attempts of this content have failed, or nobody waits.
    """
    if properties.fixed is not None:
        return _place_fixed(event, properties, properties.fixed, world)
    for _ in range(2 * MAX_ATTEMPTS):
        attempts = attempts_at(properties, event, world.jobs)
        found = adoptable(attempts, event, world)
        if found is None and _rolls_back(event, world):
            found = deployed_before(attempts, properties)
            if found is None:
                return Placed(_deleted_name(attempts, properties), recorded=False)
        if found is not None:
            return _adopt(found, event, properties, world, attempts)
        if name := _start_next(attempts, event, properties, world):
            return Placed(name)
        # The name was taken between the look and the call: look again.
    raise Refused(_too_many(properties))


def _rolls_back(event: Event, world: World) -> bool:
    """Whether the event undoes something; raises Refused when nobody waits for it."""
    state = stack_state(event.stack_id, world)
    if state.waits_for(event.asked):
        return False
    if event.kind != "Update" or "ROLLBACK" not in state.status:
        raise Refused(nobody_waits(state))
    log("rolled back without training", logical_id=event.logical_id, status=state.status)
    return True


def deployed_before(attempts: Sequence[Attempt], properties: Properties) -> Attempt | None:
    """In a roll-back, the attempt that was deployed; None where that one has no record any more."""
    counted = {"InProgress", "Completed"}
    if properties.allow_stopped or properties.mode == START:
        counted |= {"Stopping", "Stopped"}
    if properties.mode == START:
        counted |= {"Failed"}
    return next((one for one in reversed(attempts) if one.status in counted), None)


def _deleted_name(attempts: Sequence[Attempt], properties: Properties) -> str:
    """Its name: the one being deleted, or the one after those that failed."""
    going = (one.name for one in reversed(attempts) if one.status == DELETING)
    return next(going, str(_next_name(attempts, properties)))


def _next_name(attempts: Sequence[Attempt], properties: Properties) -> JobName:
    return properties.attempt_name(attempts[-1].number + 1 if attempts else 1)


def _adopt(
    found: Attempt, event: Event, properties: Properties, world: World, attempts: Sequence[Attempt] = ()
) -> Placed:
    if found.tags.get(DELIVERY_TAG) == event.delivery and found.status == "InProgress":
        stop_if_undone(found.name, event.stack_id, event.asked, world)
    world.jobs.retag(found.description, found.tags, event.old_tags, properties.tags)
    log("adopted", job=found.name, attempt=found.number, status=found.status)
    delivery = found.tags.get(DELIVERY_TAG)
    first = next((one.name for one in attempts if one.tags.get(DELIVERY_TAG) == delivery), found.name)
    return Placed(found.name, physical_id=first if properties.handle else found.name)


def _start_next(
    attempts: Sequence[Attempt], event: Event, properties: Properties, world: World
) -> str | None:
    _require_time(event, properties, world)
    next_name = _next_name(attempts, properties)
    if next_name.attempt > MAX_ATTEMPTS:
        raise Refused(_too_many(properties))
    if attempts:
        await_stopping(attempts[-1].name, attempts[-1].description, world)
    name = str(next_name)
    request = properties.create_request(name, ownership_tags(event))
    if not world.jobs.create(request, lambda: require_waiting(event.stack_id, event.asked, world)):
        return None
    note_start(name, event.stack_id, event.asked, world)
    return name


def _require_time(event: Event, properties: Properties, world: World) -> None:
    """Raise Refused where CloudFormation will not wait long enough for anything that is started now."""
    if properties.mode != WAIT or event.asked is None:
        return
    now = world.clock.now()
    if now > event.listens_until - LEAST_SECONDS:
        late = round(now - event.asked)
        reason = f"the request came {late} seconds late, so no training job was started for it"
        raise Refused(f"{reason}; deploy again")


def _too_many(properties: Properties) -> str:
    last = properties.job_name(MAX_ATTEMPTS)
    reason = f"{MAX_ATTEMPTS} attempts of this content have failed, the last as '{last}'"
    return f"{reason}; change rerun_on to start afresh"


def note_start(name: str, stack_id: str, asked: float | None, world: World) -> None:
    """Log a job that was started, and look whether it still should have been."""
    log("created", job=name)
    count("JobsStarted")
    stop_if_overtaken(name, stack_id, asked, world)


def await_stopping(name: str, description: Description | None, world: World) -> None:
    """Let a job end that is being stopped; not for ever."""
    until = min(world.clock.now() + STOPPING_SECONDS, world.clock.limit)
    while description is not None and description["TrainingJobStatus"] == "Stopping":
        if world.clock.now() + STOPPING_PAUSE > until:
            return
        world.clock.sleep(STOPPING_PAUSE)
        description = world.jobs.describe(name)


def _place_fixed(event: Event, properties: Properties, name: str, world: World) -> Placed:
    """The same for a name that the user gave: there is no next attempt, and the tags tell the content."""
    request = properties.create_request(name, ownership_tags(event, properties.block))
    found = world.jobs.describe(name, patient=True)
    if found is None:
        if _rolls_back(event, world):
            return _made_before(event, properties, world) or Placed(name, recorded=False)
        if world.jobs.create(request, lambda: require_waiting(event.stack_id, event.asked, world)):
            note_start(name, event.stack_id, event.asked, world)
            return Placed(name)
        found = world.jobs.describe(name)
    if found is None:
        raise Refused(f"a training job named '{name}' was there for a moment; deploy again")
    tags = world.jobs.tags(found)
    ours = is_ours(tags, event.stack_id, event.logical_id)
    if not (ours and tags.get(CONTENT_TAG) == properties.block) and _rolls_back(event, world):
        made = _made_before(event, properties, world)
        if made is not None:
            return made
    require_ours(tags, event, name)
    require_content(tags, properties.block, name)
    attempt = Attempt(name, 1, found, tags)
    if adoptable([attempt], event, world):
        return _adopt(attempt, event, properties, world)
    if _rolls_back(event, world):
        deployed = deployed_before([attempt], properties)
        return _adopt(deployed, event, properties, world) if deployed else Placed(name, recorded=False)
    problem = "has lost its model" if attempt.status == "Completed" else f"is {attempt.status}"
    reason = f"training job '{name}' {problem}, and a job's name can be used once"
    raise Refused(f"{reason}; change training_job_name, or leave it out")


def _made_before(event: Event, properties: Properties, world: World) -> Placed | None:
    """The job that had the content under a made name, and kept that when the user's was first asked for."""
    try:
        made = place(event, replace(properties, fixed=None), world)
    except ClientError as error:
        if is_denied(error):  # of such a name there is nothing with our tags
            return None
        raise
    return made if made.recorded else None
