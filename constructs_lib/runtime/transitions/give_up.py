"""A function or an execution died: nothing is left running, and CloudFormation is answered all the same."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from ..answer import Answer
from ..errors import Refused
from ..events import Event
from ..jobs import TERMINAL
from ..log import log
from ..world import World
from .request import address, failure_id, keeps_fixed_name, stop_live
from .watch import Watch


def fail_event(event: Event, reason: str, world: World) -> None:
    """Answer FAILED for a request that could not be carried out, after stopping what it may have started.

    An Update with the content of the resource's own job leaves that job alone.
    """
    live = None
    if not _keeps_its_job(event):
        try:
            live = stop_live(event, world.jobs)
        except (ClientError, BotoCoreError) as error:
            reason = f"{reason}; and its job could not be stopped: {error}"
            live = f"{event.logical_id}-not-stopped"  # no job's name: Delete looks at every attempt
    log("failed", level="ERROR", logical_id=event.logical_id, kind=event.kind)
    world.send(address(event), Answer(failure_id(event, live), reason, succeeded=False))


def _keeps_its_job(event: Event) -> bool:
    try:
        if keeps_fixed_name(event):
            return True
        return event.old_name is not None and event.old_name.block == event.properties.block
    except Refused:
        return True


def fail_delivery(record: Mapping[str, Any], world: World) -> None:
    """The front died on an event until Lambda gave up: answer in its place."""
    payload = record["requestPayload"]
    if payload.get("source") == "aws.states":
        fail_execution(payload, world)
        return
    response = record.get("responsePayload") or {}
    condition = (record.get("requestContext") or {}).get("condition", "")
    detail = response.get("errorMessage") or response.get("errorType") or condition
    fail_event(Event.parse(payload), f"the function that starts training jobs failed: {detail}", world)


def fail_execution(event: Mapping[str, Any], world: World) -> None:
    """The watch failed, timed out or was aborted: stop its job, and answer in its place."""
    detail = event["detail"]
    watch = Watch.parse(json.loads(detail["input"]))
    reason = f"the watch over training job '{watch.job}' ended as {detail['status']}"
    try:
        answer = _last_look(watch, reason, world)
    except (ClientError, BotoCoreError) as error:
        reason = f"{reason}; and the job could not be stopped: {error}"
        answer = Answer(watch.failure_id, reason, succeeded=False)
    log("watch failed", level="ERROR", job=watch.job, status=detail["status"])
    world.send(world.seal.open(watch.sealed), answer)


def _last_look(watch: Watch, reason: str, world: World) -> Answer:
    if watch.purpose != "delete":
        if watch.stop_on_failure:
            world.jobs.stop(watch.job)
            reason += "; the job was told to stop"
        return Answer(watch.failure_id, reason, succeeded=False)
    description = world.jobs.describe(watch.job)
    if description is None or description["TrainingJobStatus"] in TERMINAL:
        return Answer(watch.failure_id)
    return Answer(watch.failure_id, reason, succeeded=False)
