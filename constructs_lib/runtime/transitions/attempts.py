"""The attempts at one content: which jobs of it have a record, and which of them carries an event out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from ..events import Event
from ..jobs import Description, Jobs, created_after
from ..log import log
from ..names import MAX_ATTEMPTS, FixedName, JobName, parse_job_name
from ..ownership import DELIVERY_TAG, LOGICAL_ID_TAG, STACK_TAG, require_ours
from ..properties import Properties
from ..world import World
from .verdict import artifacts_of, lacks_capacity

# Records can be deleted: so many missing ones in a row end the search.
GAP = 3


class Attempt(NamedTuple):
    """A job of a content, ours, that has a record."""

    name: str
    number: int
    description: Description
    tags: Mapping[str, str]

    @property
    def status(self) -> str:
        """The job's status."""
        status: str = self.description["TrainingJobStatus"]
        return status


def recorded(
    name: JobName | FixedName, jobs: Jobs, *, first: int = 1, patient: bool = False
) -> Iterator[tuple[str, int, Description]]:
    """Every attempt that has a record, whoever's it is.

    Args:
        name: of any attempt.
        jobs: the service.
        first: the number to begin with.
        patient: wait for a policy that may have been made a moment ago.
    """
    missing = 0
    for number in range(first, MAX_ATTEMPTS + 1 if isinstance(name, JobName) else first + 1):
        attempt = str(name.at(number))
        description = jobs.describe(attempt, patient=patient and number == first)
        if description is None:
            missing += 1
        else:
            missing = 0
            yield attempt, number, description
        if missing == GAP:
            return


def attempts_at(properties: Properties, event: Event, jobs: Jobs) -> list[Attempt]:
    """The attempts at the content that is asked for.

    Raises:
        Refused: a job of such a name is somebody else's.
    """
    found = []
    for name, number, description in recorded(properties.attempt_name(1), jobs, patient=True):
        tags = jobs.tags(description)
        require_ours(tags, event, name)
        found.append(Attempt(name, number, description, tags))
    return found


def adoptable(attempts: Sequence[Attempt], event: Event, world: World) -> Attempt | None:
    """This delivery's own job; else one that lives; else the latest that has completed and left a model."""
    newest = attempts[::-1]
    own = (one for one in newest if one.tags.get(DELIVERY_TAG) == event.delivery)
    live = (one for one in newest if one.status == "InProgress")
    complete = (one for one in newest if one.status == "Completed" and has_model(one, world))
    return next(own, None) or next(live, None) or next(complete, None)


def followers(
    name: str, description: Description | None, jobs: Jobs, event: Event
) -> list[tuple[str, Description]]:
    """The attempts that followed a job when there was no capacity: later numbers of the same resource.

    With a wait condition the job's resource is answered before that, and has the first attempt's name.
    Another delivery may have adopted the job, and started what followed. What was created after the event
    was asked for counts only if the same delivery started both: it may be a later operation's.

    Args:
        name: the job's.
        description: the job's; None where somebody has deleted its record: then it may have been followed.
        jobs: the service.
        event: what is carried out.
    """
    parsed = parse_job_name(name, None)
    if parsed is None or not (description is None or lacks_capacity(description)):
        return []
    first = {STACK_TAG: event.stack_id, LOGICAL_ID_TAG: event.logical_id}
    if description is not None:
        first = jobs.tags(description)

    def follows(found: Description) -> bool:
        same = (STACK_TAG, LOGICAL_ID_TAG, *([DELIVERY_TAG] if created_after(found, event.asked) else ()))
        return {tag: first.get(tag) for tag in same}.items() <= jobs.tags(found).items()

    later = recorded(parsed, jobs, first=parsed.attempt + 1)
    return [(one, found) for one, _, found in later if follows(found)]


def has_model(attempt: Attempt, world: World) -> bool:
    """Whether a completed job's model is still where SageMaker put it."""
    if world.artifacts.exist(artifacts_of(attempt.description)):
        return True
    log("model gone", level="WARNING", job=attempt.name)
    return False
