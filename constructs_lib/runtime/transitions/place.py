"""Create a job, or adopt the one that is there: the same content is never trained twice by accident."""

from __future__ import annotations

from ..errors import Refused
from ..events import Event, Properties
from ..jobs import DELIVERY_TAG, Jobs, ownership_tags, require_content, require_ours
from ..log import log
from ..names import MAX_ATTEMPTS

ADOPTED = frozenset({"InProgress", "Completed"})


def place(event: Event, properties: Properties, jobs: Jobs) -> str:
    """The name of the job that carries out the event: adopted if one lives or has completed, else started.

    A failed or stopped job is followed by the next attempt, unless this same delivery started it: Lambda
    delivers an event up to three times, and a job that failed meanwhile is this event's outcome.

    Raises:
        Refused: the name is another owner's, or too many attempts of this content have failed.
    """
    if properties.fixed is not None:
        return _place_fixed(event, properties, properties.fixed, jobs)
    name = properties.job_name()
    for _ in range(2 * MAX_ATTEMPTS):
        if name.attempt > MAX_ATTEMPTS:
            break
        text = str(name)
        found = jobs.describe(text)
        if found is None:
            if jobs.create(properties.create_request(text, ownership_tags(event))):
                log("created", job=text, attempt=name.attempt)
                return text
            continue  # the name was taken between the look and the call: look again
        tags = jobs.tags(found)
        require_ours(tags, event, text)
        if found["TrainingJobStatus"] in ADOPTED or tags.get(DELIVERY_TAG) == event.delivery:
            jobs.retag(found, tags, event.old_tags, properties.tags)
            log("adopted", job=text, status=found["TrainingJobStatus"])
            return text
        name = name.at(name.attempt + 1)
    reason = f"{MAX_ATTEMPTS} attempts of this content have failed, the last as '{name.at(MAX_ATTEMPTS)}'"
    raise Refused(f"{reason}; change rerun_on to start afresh")


def _place_fixed(event: Event, properties: Properties, name: str, jobs: Jobs) -> str:
    """The same for a name that the user gave: there is no next attempt, and the tags tell the content."""
    request = properties.create_request(name, ownership_tags(event, properties.block))
    found = jobs.describe(name)
    if found is None:
        if jobs.create(request):
            log("created", job=name)
            return name
        found = jobs.describe(name)
    if found is None:
        raise Refused(f"a training job named '{name}' was there for a moment; deploy again")
    tags = jobs.tags(found)
    require_ours(tags, event, name)
    require_content(tags, properties.block, name)
    if found["TrainingJobStatus"] in ADOPTED or tags.get(DELIVERY_TAG) == event.delivery:
        jobs.retag(found, tags, event.old_tags, properties.tags)
        log("adopted", job=name, status=found["TrainingJobStatus"])
        return name
    reason = f"training job '{name}' is {found['TrainingJobStatus']}, and a job's name can be used once"
    raise Refused(f"{reason}; change training_job_name, or leave it out")
