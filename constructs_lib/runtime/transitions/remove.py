"""Delete: nothing of the resource's runs on; its record stays, unless it was to go."""

from __future__ import annotations

from collections.abc import Sequence

from ..answer import Answer
from ..errors import Refused
from ..events import Event
from ..jobs import LIVE, TERMINAL, Description, Jobs
from ..log import log
from ..names import parse_job_name
from ..ownership import DELIVERY_TAG, is_ours
from ..properties import Properties
from ..world import World
from .attempts import recorded
from .fallback import later_names
from .fence import stack_state
from .outcome import Outcome
from .poll_delete import give_up_pool, has_pool
from .recipient import address
from .watch import DELETE_SECONDS, Watch

# (name, description) of a job that is this resource's own.
Own = tuple[str, Description]


def on_delete(event: Event, world: World) -> Outcome:
    """Stop what runs, and wait until it has ended; then for what else is to go with it."""
    physical_id = str(event.physical_id)
    own = own_jobs(event, world.jobs)
    live = stop_all(own, world.jobs)
    properties = _readable(event)
    if not own or not (live or _more_to_do(own[-1], properties, event, world)):
        return Answer(physical_id)
    return Watch(
        "delete",
        live or own[-1][0],
        physical_id,
        world.clock.now() + DELETE_SECONDS,
        world.seal.close(address(event)),
        stop_on_failure=False,
        delete_record=bool(properties and properties.delete_record),
        earlier=_earlier(own, properties, event, world.jobs),
        await_interfaces=bool(properties and properties.await_interfaces) and _network_goes(event, world),
    )


def _more_to_do(own: Own, properties: Properties | None, event: Event, world: World) -> bool:
    name, description = own
    if properties is not None and properties.delete_record:
        return True
    in_network = properties is not None and properties.await_interfaces and "VpcConfig" in description
    if in_network and _network_goes(event, world):
        return True
    if has_pool(description):
        give_up_pool(name, world)
    return False


def _earlier(own: Sequence[Own], properties: Properties | None, event: Event, jobs: Jobs) -> tuple[str, ...]:
    """The other attempts at the content, which have ended, where their records are to go as well."""
    if properties is None or not properties.delete_record:
        return ()
    kept = own[-1][0]
    found = [one for one in recorded_jobs(properties, jobs) if _is_ours(one, event, jobs)]
    return tuple(
        name for name, description in found if name != kept and description["TrainingJobStatus"] in TERMINAL
    )


def _network_goes(event: Event, world: World) -> bool:
    return stack_state(event.stack_id, world).is_deleted


def _readable(event: Event) -> Properties | None:
    try:
        return event.properties
    except Refused:
        return None


def own_jobs(event: Event, jobs: Jobs) -> list[Own]:
    """The jobs that an event is about, and that are ours.

    Delete names the job by its physical id. When a Create was never answered CloudFormation invents that id;
    then the names are derived from the properties.
    """
    # The owner is not compared, for the properties may be broken; the job's tags say whose it is.
    if event.kind == "Delete" and parse_job_name(event.physical_id, None):
        return _named_jobs(str(event.physical_id), event, jobs)
    found = recorded_jobs(_readable(event), jobs)
    return [one for one in found if _is_ours(one, event, jobs)]


def _named_jobs(name: str, event: Event, jobs: Jobs) -> list[Own]:
    """The job of a physical id, and those that followed it when there was no capacity.

    With a wait condition the physical id is given before that; the followers are known by their delivery.
    """
    description = jobs.describe(name)
    if description is None or not _is_ours((name, description), event, jobs):
        return []
    found, properties = [(name, description)], _readable(event)
    delivery = jobs.tags(description).get(DELIVERY_TAG)
    for follower, _ in zip(later_names(name), properties.fallback if properties else (), strict=False):
        later = jobs.describe(follower)
        if later is not None and jobs.tags(later).get(DELIVERY_TAG) == delivery:
            found.append((follower, later))
    return found


def recorded_jobs(properties: Properties | None, jobs: Jobs) -> list[Own]:
    """Every attempt at a content; none for properties that cannot be read: nothing was started for them."""
    if properties is None:
        return []
    return [(name, description) for name, _, description in recorded(properties.job_name(), jobs)]


def _is_ours(own: Own, event: Event, jobs: Jobs) -> bool:
    name, description = own
    ours = is_ours(jobs.tags(description), event.stack_id, event.logical_id)
    if not ours:
        log("not ours, left alone", job=name)
    return ours


def stop_all(own: Sequence[Own], jobs: Jobs) -> str | None:
    """Tell every live one of these jobs to stop; the last one's name, or None if nothing runs."""
    live = [(name, description) for name, description in own if description["TrainingJobStatus"] in LIVE]
    for name, description in live:
        if description["TrainingJobStatus"] == "InProgress":
            jobs.stop(name)
    return live[-1][0] if live else None


def stop_given_up(before: Properties, event: Event, jobs: Jobs) -> str | None:
    """Stop the jobs of a content that is not asked for any longer; the last live one's name."""
    own = [one for one in recorded_jobs(before, jobs) if _is_ours(one, event, jobs)]
    return stop_all(own, jobs)


def stop_live(event: Event, jobs: Jobs) -> str | None:
    """Stop every live job of the event's content; the last one's name, or None if nothing runs."""
    return stop_all(own_jobs(event, jobs), jobs)
