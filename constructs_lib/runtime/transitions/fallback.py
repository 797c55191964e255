"""The next attempt after one that found no capacity: another instance type, under another name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from ..answer import Answer
from ..errors import Refused
from ..events import Event
from ..jobs import Description, is_another
from ..log import log
from ..names import MAX_ATTEMPTS, parse_job_name
from ..ownership import is_of_delivery, is_ours, ownership_tags
from ..patience import patiently
from ..properties import Properties
from ..world import World
from .fence import require_waiting, stop_if_undone
from .place import note_start
from .watch import Watch


def sealed_fallback(
    event: Event, properties: Properties, description: Description, sealed: Mapping[str, str], world: World
) -> dict[str, Any] | None:
    """What the worker needs for the next attempts: the request is ciphertext, the types are for the words.

    A job that is adopted may be one of the later attempts already: its own type tells what is left.
    """
    if not properties.fallback:
        return None
    tried = description.get("ResourceConfig", {}).get("InstanceType")
    types = [config["InstanceType"] for config in properties.fallback]
    left = properties.fallback[types.index(tried) + 1 :] if tried in types else properties.fallback
    request = properties.create_request("", ownership_tags(event))
    document = {"request": request, "configs": list(left)}
    pieces = patiently(world.clock, lambda: world.seal.close_document(document, sealed))
    return {"sealed": pieces, "left": [config["InstanceType"] for config in left]}


def may_go_on(watch: Watch, now: float) -> bool:
    """Whether another type is left, and time for it."""
    return bool(watch.fallback and watch.fallback["left"]) and now < watch.deadline


def next_attempt(watch: Watch, world: World) -> Watch:
    """Start the next attempt on the next type; the watch over it.

    Raises:
        Refused: nobody waits any longer, or the attempts are used up.
    """
    fallback = watch.fallback or {}
    _require_waiting(watch, world)
    document = world.seal.open_document(fallback["sealed"], watch.sealed)
    left = list(fallback["left"])
    config = document["configs"][len(document["configs"]) - len(left)]
    job = _start(watch, {**document["request"], "ResourceConfig": config}, world)
    log("no capacity, next type", job=job, before=watch.job, instance_type=left[0])
    return replace(
        watch,
        job=job,
        failure_id=job if watch.failure_id == watch.job else watch.failure_id,
        fallback={**fallback, "left": left[1:]},
        polls=0,
        created=None,
    )


def _require_waiting(watch: Watch, world: World) -> None:
    require_waiting(watch.sealed["stack"], watch.asked, world)


def _start(watch: Watch, request: Mapping[str, Any], world: World) -> str:
    for name in later_names(watch.job):
        if world.jobs.create({**request, "TrainingJobName": name}, lambda: _require_waiting(watch, world)):
            note_start(name, watch.sealed["stack"], watch.asked, world)
            return name
        if _is_taken_up(name, watch, world):
            return name
    raise Refused(f"{MAX_ATTEMPTS} attempts of this content have failed; change rerun_on to start afresh")


def _is_taken_up(name: str, watch: Watch, world: World) -> bool:
    """Whether a name that is taken is the next attempt: this delivery's own, or one that lives.

    The worker may have died after it had started it; or another delivery watches this content, too.
    """
    description = world.jobs.describe(name)
    if description is None:
        return False
    tags, lives = world.jobs.tags(description), description["TrainingJobStatus"] == "InProgress"
    own = _is_own(tags, watch)
    if own and lives:
        stop_if_undone(name, watch.sealed["stack"], watch.asked, world)
    return own or (lives and is_ours(tags, watch.sealed["stack"], watch.sealed["logical"]))


def later_names(job: str) -> Iterator[str]:
    """The names of the attempts after this one."""
    name = parse_job_name(job, None)
    if name is not None:
        yield from (str(name.at(number)) for number in range(name.attempt + 1, MAX_ATTEMPTS + 1))


def stop_attempts(watch: Watch, world: World) -> None:
    """Stop the watch's job, and those that it may have been followed by in the same delivery."""
    if not _is_made_anew(watch, world):
        world.jobs.stop(watch.job)
    for name, _ in zip(later_names(watch.job), (watch.fallback or {}).get("left", ()), strict=False):
        description = world.jobs.describe(name)
        if description is not None and _is_own(world.jobs.tags(description), watch):
            world.jobs.stop(name)


def _is_made_anew(watch: Watch, world: World) -> bool:
    """Whether the watch's job has gone, and another one has its name; not where that cannot be seen."""
    try:
        description = world.jobs.describe(watch.job)
    except (ClientError, BotoCoreError):
        return False
    return description is not None and is_another(description, watch.created)


def _is_own(tags: Mapping[str, str], watch: Watch) -> bool:
    return is_of_delivery(tags, watch.sealed["stack"], watch.sealed["logical"], watch.delivery)


def failure(watch: Watch, reason: str) -> Answer:
    """A FAILED answer for a watch."""
    return Answer(watch.failure_id, reason, succeeded=False)
