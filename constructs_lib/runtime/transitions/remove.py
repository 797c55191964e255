"""Delete: nothing of the resource's runs on; its record stays, unless it was to go."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence

from botocore.exceptions import ClientError

from ..answer import Answer
from ..errors import Refused, is_denied
from ..events import Event
from ..jobs import LIVE, TERMINAL, Description, Jobs, created_after, created_at
from ..log import log
from ..names import parse_job_name
from ..ownership import DELIVERY_TAG, is_ours
from ..patience import patiently
from ..properties import Properties
from ..surroundings import StackState
from ..world import World
from .attempts import followers, recorded
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
    properties = _readable(event)

    @functools.cache
    def stack() -> StackState:
        return stack_state(event.stack_id, world)

    own = own_jobs(event, world.jobs, lambda: stack().is_deleted)
    own = _without_later(own, event, world.jobs, stack)
    live = stop_all(own, world.jobs)
    with_record = bool(own) and _takes_record(own[-1], properties, stack)
    if not own or not (live or with_record or _network_empties(own[-1], properties, stack)):
        return _without_pool(own, physical_id, world)
    watched = live or own[-1][0]
    return Watch(
        "delete",
        watched,
        physical_id,
        delete_deadline(event, world),
        patiently(world.clock, lambda: world.seal.close(address(event))),
        stop_on_failure=False,
        delete_record=with_record,
        earlier=_earlier(own, properties, event, world.jobs) if with_record and _goes(stack()) else (),
        await_interfaces=bool(properties and properties.await_interfaces) and stack().is_deleted,
        asked=event.asked,
        created=created_at(dict(own)[watched]),
    )


def delete_deadline(event: Event, world: World) -> float:
    """When the wait is over: large models take long to upload, and CloudFormation listens for an hour."""
    return min(world.clock.now() + DELETE_SECONDS, event.listens_until)


def _takes_record(own: Own, properties: Properties | None, stack: Callable[[], StackState]) -> bool:
    """Whether the record goes: not a failed job's, which tells why, until the stack itself is deleted."""
    if properties is None or not properties.delete_record:
        return False
    return own[1]["TrainingJobStatus"] != "Failed" or _goes(stack())


def _network_empties(own: Own, properties: Properties | None, stack: Callable[[], StackState]) -> bool:
    in_network = properties is not None and properties.await_interfaces and "VpcConfig" in own[1]
    return in_network and stack().is_deleted


def _without_pool(own: Sequence[Own], physical_id: str, world: World) -> Answer:
    """Nothing to wait for; a warm pool that nobody will use is billed for as long as it is kept."""
    if own and has_pool(own[-1][1]):
        give_up_pool(own[-1][0], world)
    return Answer(physical_id)


def _earlier(own: Sequence[Own], properties: Properties | None, event: Event, jobs: Jobs) -> tuple[str, ...]:
    """The other attempts at the content, which have ended."""
    kept = own[-1][0]
    named = parse_job_name(kept, None)
    if properties is None or named is None or named.block != properties.block:
        return ()
    found = recorded_jobs(properties, event, jobs)
    return tuple(
        name for name, description in found if name != kept and description["TrainingJobStatus"] in TERMINAL
    )


def _goes(stack: StackState) -> bool:
    return "DELETE" in stack.status


def _readable(event: Event) -> Properties | None:
    try:
        return event.properties
    except Refused:
        return None


def own_jobs(event: Event, jobs: Jobs, all_go: Callable[[], bool] = lambda: False) -> list[Own]:
    """The jobs that an event is about, and that are ours.

    Delete names the job by its physical id. When a Create was never answered CloudFormation invents that id;
    then the names are derived from the properties. So they are when somebody has deleted the named record
    and ``all_go``: none of the attempts may stay.
    """
    # The owner is not compared, for the properties may be broken; the job's tags say whose it is.
    if event.kind == "Delete" and parse_job_name(event.physical_id, None):
        name = str(event.physical_id)
        description = jobs.describe(name)
        if description is not None:
            named = (name, description)
            return [named, *followers(*named, jobs, event)] if _is_ours(named, event, jobs) else []
        if not all_go():
            return followers(name, None, jobs, event)
    return recorded_jobs(_readable(event), event, jobs)


def recorded_jobs(properties: Properties | None, event: Event, jobs: Jobs) -> list[Own]:
    """Our attempts at a content; none for properties that cannot be read: nothing was started for them."""
    if properties is None:
        return []
    try:
        found = [(name, description) for name, _, description in recorded(properties.job_name(), jobs)]
    except ClientError as error:
        # Who may look at a name of the user's by its tags alone is denied it when it was never started.
        _require_denied(error, properties)
        return []
    return [one for one in found if _is_ours(one, event, jobs)]


def _require_denied(error: ClientError, properties: Properties) -> None:
    """Raise the error again, unless it denies a look at a name of the user's."""
    if properties.fixed is None or not is_denied(error):
        raise error
    log("not allowed to look, taken for never started", level="ERROR", job=properties.fixed)


def _is_ours(own: Own, event: Event, jobs: Jobs) -> bool:
    name, description = own
    ours = is_ours(jobs.tags(description), event.stack_id, event.logical_id)
    if not ours:
        log("not ours, left alone", job=name)
    return ours


def _without_later(
    own: Sequence[Own], event: Event, jobs: Jobs, stack: Callable[[], StackState]
) -> list[Own]:
    """Without what a later operation has started under such a name: a copy of an event may come late."""
    return [one for one in own if not _is_later(one, event, jobs, stack)]


def _is_later(own: Own, event: Event, jobs: Jobs, stack: Callable[[], StackState]) -> bool:
    name, description = own
    if not created_after(description, event.asked) or not stack().has_left(event.asked):
        return False
    if jobs.tags(description).get(DELIVERY_TAG) == event.delivery:
        return False
    log("of a later operation, left alone", job=name)
    return True


def stop_all(own: Sequence[Own], jobs: Jobs) -> str | None:
    """Tell every live one of these jobs to stop; the last one's name, or None if nothing runs."""
    live = [(name, description) for name, description in own if description["TrainingJobStatus"] in LIVE]
    for name, description in live:
        if description["TrainingJobStatus"] == "InProgress":
            jobs.stop(name)
    return live[-1][0] if live else None


def stop_given_up(before: Properties, event: Event, world: World) -> str | None:
    """Stop the jobs of a content that is not asked for any longer; the last live one's name."""
    try:
        own = recorded_jobs(before, event, world.jobs)
    except ClientError as error:
        # Policies are rolled back before jobs: what had the name may be out of reach, and must not stop that.
        _require_denied(error, before)
        return None
    return _stop_meant(own, event, world)


def stop_live(event: Event, world: World) -> str | None:
    """Stop every live job of the event's content; the last one's name, or None if nothing runs."""
    return _stop_meant(own_jobs(event, world.jobs), event, world)


def _stop_meant(own: Sequence[Own], event: Event, world: World) -> str | None:
    jobs = world.jobs
    return stop_all(_without_later(own, event, jobs, lambda: stack_state(event.stack_id, world)), jobs)
