"""Create, Update and Delete: what is done at once, and what is left to the watch."""

from __future__ import annotations

from collections.abc import Sequence

from botocore.exceptions import ClientError

from ..answer import Address, Answer
from ..errors import Refused
from ..events import Event, Properties
from ..jobs import (
    LIVE,
    TERMINAL,
    Description,
    Jobs,
    is_denied,
    other_content,
    require_content,
    require_ours,
)
from ..log import log
from ..names import MAX_ATTEMPTS, FixedName, JobName, parse_job_name
from ..world import World
from .place import place
from .poll import judge
from .verdict import attributes_of_gone, start_attributes
from .watch import DELETE_SECONDS, Watch

# What a request comes to: the answer, or a watch that will give it.
Outcome = Answer | Watch


def carry_out(event: Event, world: World) -> Outcome:
    """Do what CloudFormation asks for.

    Raises:
        Refused: it cannot be done; the text says why.
    """
    transition = {"Create": on_create, "Update": on_update, "Delete": on_delete}.get(event.kind)
    if transition is None:
        raise Refused(f"request type '{event.kind}' is none of Create, Update, Delete")
    return transition(event, world)


def on_create(event: Event, world: World) -> Outcome:
    """Start the job, or adopt it."""
    properties = event.properties
    return _follow(event, properties, place(event, properties, world.jobs), world)


def on_update(event: Event, world: World) -> Outcome:
    """Start a job only for a content that is new; the same content keeps its job, gates and tags apart."""
    properties, old = event.properties, event.old_name
    if keeps_fixed_name(event):
        return _update_fixed(event, properties, world)
    if old is None or old.block != properties.block:
        return on_create(event, world)
    asked_before = event.old_properties
    if asked_before and asked_before.block != properties.block:
        _stop_given_up(asked_before, event, world.jobs)
    name = str(event.physical_id)
    description = world.jobs.describe(name)
    if description is None:
        log("record gone, kept", job=name)
        return Answer(name, data=_gone(event, properties, name))
    world.jobs.retag(description, world.jobs.tags(description), event.old_tags, properties.tags)
    return _follow(event, properties, name, world)


def keeps_fixed_name(event: Event) -> bool:
    """Whether an Update leaves the job its name, which the user gave."""
    return event.physical_id is not None and event.properties.fixed == event.physical_id


def _update_fixed(event: Event, properties: Properties, world: World) -> Outcome:
    """The same content keeps its job; another one cannot have its name."""
    name, before = str(event.physical_id), event.old_properties
    if before and before.job_name() != properties.job_name():
        _stop_given_up(before, event, world.jobs)
    description = world.jobs.describe(name)
    if description is None:
        if before is None or before.block != properties.block:
            gone = "its record is gone: where this is a roll-back, continue it and skip this resource"
            raise Refused(f"{other_content(name)}; {gone}")
        log("record gone, kept", job=name)
        return Answer(name, data=_gone(event, properties, name))
    tags = world.jobs.tags(description)
    require_ours(tags, event, name)
    require_content(tags, properties.block, name)
    world.jobs.retag(description, tags, event.old_tags, properties.tags)
    return _follow(event, properties, name, world)


def _stop_given_up(before: Properties, event: Event, jobs: Jobs) -> None:
    """In a roll-back, stop the job whose Update failed or was given up: nobody asks for its deletion.

    A fixed name may be out of reach by then: policies are rolled back before jobs, and a job that was never
    started has no tags to be known by. That is no reason for the roll-back to fail.
    """
    try:
        _stop_live(_attempts(before), event, jobs)
    except ClientError as error:
        if before.fixed is None or not is_denied(error):
            raise
        log("not allowed to look at the job of the failed update", level="ERROR", job=before.fixed)


def on_delete(event: Event, world: World) -> Outcome:
    """Stop the job if it runs; its record and its results stay."""
    live = stop_live(event, world.jobs)
    physical_id = str(event.physical_id)
    if live is None:
        return Answer(physical_id)
    deadline = world.clock.now() + DELETE_SECONDS
    return Watch(
        "delete", live, physical_id, deadline, world.seal.close(address(event)), stop_on_failure=False
    )


def stop_live(event: Event, jobs: Jobs) -> str | None:
    """Tell every live job of the event's content to stop; the last one's name, or None if nothing runs.

    Delete names the job by its physical id. When a Create was never answered CloudFormation invents that id;
    then the names are derived from the properties.
    """
    return _stop_live(_candidates(event), event, jobs)


def _stop_live(names: Sequence[str], event: Event, jobs: Jobs) -> str | None:
    live = None
    for name in names:
        description = jobs.describe(name)
        if description is None:
            break
        if description["TrainingJobStatus"] in LIVE and _is_ours(description, event, jobs, name):
            live = name
            if description["TrainingJobStatus"] == "InProgress":
                jobs.stop(name)
    return live


def _candidates(event: Event) -> list[str]:
    # The owner is not compared, for the properties may be broken; the job's tags say whose it is.
    if event.kind == "Delete" and parse_job_name(event.physical_id, None):
        return [str(event.physical_id)]
    try:
        return _attempts(event.properties)
    except Refused:
        return []  # nothing was ever started for properties that cannot be read


def _attempts(properties: Properties) -> list[str]:
    name = properties.job_name()
    return list(dict.fromkeys(str(name.at(attempt)) for attempt in range(1, MAX_ATTEMPTS + 1)))


def _is_ours(description: Description, event: Event, jobs: Jobs, name: str) -> bool:
    try:
        require_ours(jobs.tags(description), event, name)
    except Refused:
        log("not ours, left alone", job=name)
        return False
    return True


def _follow(event: Event, properties: Properties, name: str, world: World) -> Outcome:
    """Answer at once where the job's end is not waited for, or has come; else watch."""
    description = world.jobs.describe(name)
    if description is None:
        raise Refused(f"training job '{name}' disappeared right after it was started")
    if not properties.wait:
        arn = description["TrainingJobArn"]
        return Answer(name, data=start_attributes(name, arn, properties.output_path))
    watch = Watch(
        "train",
        name,
        failure_id(event, name),
        world.clock.now() + properties.timeout_seconds,
        world.seal.close(address(event)),
        properties.gates,
        properties.metrics,
        properties.allow_stopped,
        stop_on_failure=name != event.physical_id,
    )
    return judge(watch, description) if description["TrainingJobStatus"] in TERMINAL else watch


def failure_id(event: Event, name: str | JobName | FixedName | None = None) -> str:
    """The physical id of a FAILED answer: the old one, or the job's, so that its Delete finds the job."""
    if event.physical_id:
        return event.physical_id
    if name is None:
        try:
            name = event.properties.job_name()
        except Refused:
            name = f"{event.logical_id}-never-started"
    return str(name)


def address(event: Event) -> Address:
    """Whom the event's answer is for."""
    return Address(event.stack_id, event.request_id, event.logical_id, event.response_url)


def _gone(event: Event, properties: Properties, name: str) -> dict[str, str]:
    path = properties.output_path
    _, partition, _, region, account, _ = event.stack_id.split(":", 5)
    arn = f"arn:{partition}:sagemaker:{region}:{account}:training-job/{name}"
    if not properties.wait:
        return start_attributes(name, arn, path)
    return attributes_of_gone(name, arn, path, properties.metrics)
