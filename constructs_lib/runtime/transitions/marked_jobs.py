"""Jobs that state machines have started: nothing but a tag tells whose they are. Found by it, and stopped."""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from botocore.exceptions import ClientError

from ..errors import Refused, is_absent, passes
from ..jobs import Description
from ..patience import patiently
from ..world import World

WORKFLOW_TAG = "constructs-lib:workflow"
EXECUTION_TAG = "constructs-lib:execution"
# In this order: a job that goes from one to the other between two lists is in the second.
STATUSES = ("InProgress", "Stopping")
# How long before a look a job may have been created that an earlier look has not seen.
OVERLAP = 300.0
# How long a job's tags may take to be seen.
YOUNG = 60.0
# A creation may be under way: whoever found nothing looks once more after these seconds.
SECOND_LOOK = 20.0
FEW = 3


class Mark(NamedTuple):
    """A tag with its value."""

    key: str
    value: str


def stop_marked(
    mark: Mark,
    bounds: Mapping[str, float],
    world: World,
    *,
    known: Collection[str] = (),
    roles: Collection[str] = (),
) -> list[str]:
    """Stop every job with this tag that runs.

    Args:
        mark: the tag.
        bounds: of the jobs that are looked at, as parameters of ListTrainingJobs.
        world: what is outside.
        known: jobs to pass over.
        roles: only jobs under one of these execution roles; under any, where there are none.

    Returns:
        The names of those that had not ended.

    Raises:
        Refused: some could not be stopped; the others were told to.
    """
    found: dict[str, None] = {}
    refused: dict[str, ClientError] = {}
    for status in STATUSES:
        for name in _marked(mark, {**bounds, "StatusEquals": status}, world, {*known, *found}):
            if not _is_under(roles, name, world):
                continue
            found[name] = None
            if status == "InProgress":
                _stop(name, refused, world)
    if refused:
        error = next(iter(refused.values()))
        raise Refused(f"these training jobs could not be stopped: {few([*refused])}: {error}")
    return list(found)


def _marked(mark: Mark, asked: Mapping[str, Any], world: World, known: Collection[str]) -> Iterator[str]:
    # The policy may be a moment old.
    for summary in patiently(world.clock, lambda: [*world.jobs.listed(**asked)]):
        name = summary["TrainingJobName"]
        if name not in known and bears(summary, mark, world):
            yield name


def _is_under(roles: Collection[str], name: str, world: World) -> bool:
    if not roles:
        return True
    description = world.jobs.describe(name, patient=True)
    return description is not None and description.get("RoleArn") in roles


def bears(summary: Description, mark: Mark, world: World) -> bool:
    """Whether a job of a list has a tag."""
    young = world.clock.now() - summary["CreationTime"].timestamp() < YOUNG
    try:
        tags = patiently(world.clock, lambda: world.jobs.tags(summary, young=young))
    except ClientError as error:
        if is_absent(error):  # its record has been deleted meanwhile
            return False
        raise
    return tags.get(mark.key) == mark.value


def _stop(name: str, refused: dict[str, ClientError], world: World) -> None:
    try:
        patiently(world.clock, functools.partial(world.jobs.stop, name))
    except ClientError as error:
        if passes(error):
            raise
        refused[name] = error


def few(names: Sequence[str]) -> str:
    """The first of some names, and how many more there are."""
    more = len(names) - FEW
    told = ", ".join(f"'{name}'" for name in names[:FEW])
    return f"{told} and {more} more" if more > 0 else told
