"""Create and Update: what is done at once, and what is left to the watch."""

from __future__ import annotations

from dataclasses import replace

from botocore.exceptions import ClientError

from ..answer import Answer
from ..errors import Refused, is_denied
from ..events import KINDS, Event
from ..jobs import DELETING, TERMINAL, Description, created_at
from ..log import log
from ..ownership import CONTENT_TAG, is_ours, other_content, require_content, require_ours
from ..patience import patiently
from ..properties import START, WAIT, Properties
from ..world import World
from .attempts import Attempt, followers
from .fallback import sealed_fallback
from .fence import stack_state
from .outcome import Outcome, Started
from .place import deployed_before, place
from .recipient import address, failure_id
from .verdict import arn_of, attributes_of_gone, start_attributes
from .watch import Watch


def carry_out(event: Event, world: World) -> Outcome:
    """Do what CloudFormation asks for.

    Raises:
        Refused: it cannot be done; the text says why.
    """
    if event.kind not in KINDS:
        raise Refused(f"request type '{event.kind}' is none of {', '.join(KINDS)}")
    if event.is_result:
        from .result import on_result

        return on_result(event, world)
    if event.is_of_workflows:
        from .workflow_event import on_workflow_event

        return on_workflow_event(event, world)
    if event.kind == "Delete":
        from .remove import on_delete

        return on_delete(event, world)
    return on_create(event, world) if event.kind == "Create" else on_update(event, world)


def on_create(event: Event, world: World) -> Outcome:
    """Start the job, or adopt it."""
    return _placed(event, event.properties, world)


def _placed(event: Event, properties: Properties, world: World) -> Outcome:
    placed = place(event, properties, world)
    if not placed.recorded:
        return _gone(event, properties, placed.name, world)
    return _follow(event, properties, placed.name, world, physical_id=placed.physical_id or None)


def on_update(event: Event, world: World) -> Outcome:
    """Start a job only for a content that is new; the same content keeps its job, gates and tags apart."""
    properties, old = event.properties, event.old_name
    if keeps_fixed_name(event):
        return _update_fixed(event, properties, world)
    if old is None or old.block != properties.block:
        _require_new_handle(event, properties)
        return on_create(event, world)
    if _goes_back_to_fixed_name(event, properties, world):
        return on_create(event, world)
    asked_before = event.old_properties
    if asked_before and asked_before.block != properties.block:
        _stop_given_up(asked_before, event, world)
    name = str(event.physical_id)
    description = _kept_record(name, world)
    if later := followers(name, description, world.jobs, event):
        name, description = later[-1]
    if description is None:
        return _gone(event, properties, name, world)
    tags = world.jobs.tags(description)
    if is_ours(tags, event.stack_id, event.logical_id):
        return _keep(description, tags, event, properties, world)
    log("not known by its tags, left as it is", level="WARNING", job=name)
    return _follow(event, properties, name, world, physical_id=event.physical_id)


def keeps_fixed_name(event: Event) -> bool:
    """Whether an Update leaves the job its name, which the user gave."""
    return event.physical_id is not None and event.properties.fixed == event.physical_id


def _goes_back_to_fixed_name(event: Event, properties: Properties, world: World) -> bool:
    """Whether a roll-back is to the job of the user's name, which the update had left for a made one."""
    if properties.fixed is None or not _is_rolled_back(event, world):
        return False
    try:
        description = world.jobs.describe(properties.fixed, patient=True)
    except ClientError as error:
        if is_denied(error):  # of that name there is nothing with our tags
            return False
        raise
    if description is None:
        return False
    job = Attempt(properties.fixed, 1, description, world.jobs.tags(description))
    ours = is_ours(job.tags, event.stack_id, event.logical_id)
    kept = ours and job.tags.get(CONTENT_TAG) == properties.block
    return kept and deployed_before([job], properties) is not None


def _is_rolled_back(event: Event, world: World) -> bool:
    return "ROLLBACK" in stack_state(event.stack_id, world).status


def _require_new_handle(event: Event, properties: Properties) -> None:
    """A wait condition waits once: a content that only the deployment knows cannot be waited for by it."""
    before = event.old_properties
    if properties.handle and before and before.handle == properties.handle:
        reason = (
            "the training job's content changed by a value that is known at deployment only, so its wait "
            "condition is the one that has been waited for already"
        )
        fix = "give rerun_on a value that changes at synthesis, or use Completion.wait() or .start()"
        raise Refused(f"{reason}; {fix}")


def _update_fixed(event: Event, properties: Properties, world: World) -> Outcome:
    """The same content keeps its job; another one cannot have its name."""
    name, before = str(event.physical_id), event.old_properties
    if before and before.job_name() != properties.job_name():
        _stop_given_up(before, event, world)
    description = _kept_record(name, world)
    if description is None:
        if _is_deployed(before, properties) or _is_rolled_back(event, world):
            return _gone(event, properties, name, world)
        raise Refused(other_content(name))
    tags = world.jobs.tags(description)
    require_ours(tags, event, name)
    if tags.get(CONTENT_TAG) != properties.block and _is_rolled_back(event, world):
        # A job of a made name had this content, and kept that when the name was first asked for.
        return _placed(event, replace(properties, fixed=None), world)
    require_content(tags, properties.block, name)
    return _keep(description, tags, event, properties, world)


def _is_deployed(before: Properties | None, properties: Properties) -> bool:
    """Whether what is asked for now is what the job of this fixed name was made for."""
    return before is not None and (before.fixed != properties.fixed or before.block == properties.block)


def _kept_record(name: str, world: World) -> Description | None:
    """The job, unless somebody has deleted its record, or is about to."""
    description = world.jobs.describe(name)
    gone = description is None or description["TrainingJobStatus"] == DELETING
    return None if gone else description


def _stop_given_up(before: Properties, event: Event, world: World) -> None:
    """In a roll-back, stop the job whose Update failed or was given up: nobody asks for its deletion."""
    from .remove import stop_given_up

    stop_given_up(before, event, world)


def _keep(
    description: Description, tags: dict[str, str], event: Event, properties: Properties, world: World
) -> Outcome:
    """The job stays; what can be changed of it is."""
    from .adjust import adjust

    world.jobs.retag(description, tags, event.old_tags, properties.tags)
    adjust(description, event.old_properties, properties, world.jobs)
    return _follow(event, properties, description["TrainingJobName"], world, physical_id=event.physical_id)


def _follow(
    event: Event, properties: Properties, name: str, world: World, *, physical_id: str | None = None
) -> Outcome:
    """Answer at once where the job's end is not waited for, or has come; else watch.

    Args:
        event: the request.
        properties: what it asks for.
        name: the job's.
        world: what is outside.
        physical_id: what is answered, if not the name: an Update of the same content changes no id.
    """
    # A job that was created a moment ago may not be seen yet: what its name tells is enough to go on.
    description = world.jobs.describe(name)
    physical_id = physical_id or name
    kept = physical_id == event.physical_id
    started = replace(_started(event, properties, name), physical_id=physical_id)
    if properties.mode == START or not _is_waited_for(event, properties):
        return started
    watch = _watch(event, properties, name, description, world, kept=kept)
    if properties.handle:
        return Started(watch, started)
    if description is None or description["TrainingJobStatus"] not in TERMINAL:
        return watch
    from .poll import at_end

    return at_end(watch, description, world)


def _started(event: Event, properties: Properties, name: str) -> Answer:
    arn = arn_of(name, event.stack_id)
    return Answer(name, data=start_attributes(name, arn, properties.output_path))


def _is_waited_for(event: Event, properties: Properties) -> bool:
    """Whether anything waits: not a wait condition that an Update keeps, which has been waited for."""
    before = event.old_properties
    if not properties.handle or event.kind == "Create" or before is None:
        return True
    return before.handle != properties.handle


def _watch(
    event: Event,
    properties: Properties,
    name: str,
    description: Description | None,
    world: World,
    *,
    kept: bool = False,
) -> Watch:
    recipient = address(event)
    if properties.handle:
        recipient = recipient.at(properties.handle)
    kept = kept or name == event.physical_id
    sealed = patiently(world.clock, lambda: world.seal.close(recipient))
    return Watch(
        "train",
        name,
        failure_id(event, name),
        _deadline(event, properties, world),
        sealed,
        properties.gates,
        properties.metrics,
        properties.allow_stopped,
        stop_on_failure=not kept,
        physical_id=event.physical_id if kept else None,
        reply="signal" if properties.handle else "answer",
        # An Update of the same content trains nothing, not even in another attempt.
        fallback=None if kept else sealed_fallback(event, properties, description or {}, sealed, world),
        delivery=event.delivery,
        asked=event.asked,
        created=created_at(description) if description else None,
    )


def _deadline(event: Event, properties: Properties, world: World) -> float:
    """When the wait is over: as asked, and while CloudFormation still listens, which began when it asked."""
    deadline = world.clock.now() + properties.timeout_seconds
    return min(deadline, event.listens_until) if properties.mode == WAIT else deadline


def _gone(event: Event, properties: Properties, name: str, world: World) -> Outcome:
    """The job's record was deleted: what its name tells is answered, and nothing is trained."""
    log("record gone, kept", job=name)
    if properties.mode == WAIT:
        arn = arn_of(name, event.stack_id)
        return Answer(name, data=attributes_of_gone(name, arn, properties.output_path, properties.metrics))
    started = _started(event, properties, name)
    if properties.mode == START or not _is_waited_for(event, properties):
        return started
    return Started(replace(_watch(event, properties, name, None, world), told=True), started)
