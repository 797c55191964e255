"""A function or an execution died: nothing is left running, and CloudFormation is answered all the same.

Where the answer does not arrive, the event goes back to Lambda: whichever function has it tries twice more,
and after the front the worker does.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from ..answer import Answer
from ..errors import Refused
from ..events import ENDED, Event
from ..jobs import TERMINAL
from ..log import count, log
from ..signals import Signal
from ..world import World
from .fallback import failure, stop_attempts
from .recipient import address, failure_id, require_arrived
from .remove import stop_live
from .request import keeps_fixed_name
from .watch import WORKFLOW, Watch


def fail_event(event: Event, reason: str, world: World) -> None:
    """Answer FAILED for a request that could not be carried out, after stopping what it may have started.

    A Delete of something that does not run succeeds: what else was to be done is no reason for it to fail.
    """
    if event.is_of_workflows:
        from .workflow_event import fail_workflow_event

        fail_workflow_event(event, reason, world)
        return
    from ..redaction import redact

    try:
        live = _stop_what_runs(event, world)
    except (ClientError, BotoCoreError) as error:
        reason = f"{reason}; and its job could not be stopped: {error}"
        live = f"{event.logical_id}-not-stopped"  # no job's name: Delete looks at every attempt
    log("failed", level="ERROR", logical_id=event.logical_id, kind=event.kind)
    if event.kind == "Delete" and live is None:
        answer = Answer(failure_id(event))
    else:
        answer = Answer(failure_id(event, live), redact(reason, _asked(event)), succeeded=False)
    require_arrived(world.send(address(event), answer))


def _stop_what_runs(event: Event, world: World) -> str | None:
    """Stop what the event may have started; not a result's job, nor that of an Update of the same content."""
    if event.is_result or (event.kind == "Update" and _keeps_its_job(event)):
        return None
    return stop_live(event, world)


def _asked(event: Event) -> Mapping[str, Any]:
    """The request, whose values an error may repeat."""
    try:
        return {} if event.is_result else event.properties.request
    except Refused:
        return {}


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
    if ENDED in payload:
        from .ended_execution import on_ended_execution

        on_ended_execution(payload, world)
        return
    response = record.get("responsePayload") or {}
    condition = (record.get("requestContext") or {}).get("condition", "")
    detail = response.get("errorMessage") or response.get("errorType") or condition
    fail_event(Event.parse(payload), f"the function that starts training jobs failed: {detail}", world)


def fail_execution(event: Mapping[str, Any], world: World) -> None:
    """The watch failed, timed out or was aborted: stop its job, and answer or signal in its place."""
    detail = event["detail"]
    if not detail.get("input"):  # too large for an event
        log("a watch failed, and does not say which", level="ERROR", status=detail["status"])
        count("AnswersLost")
        return
    watch = Watch.parse(json.loads(detail["input"]))
    watched = "the training jobs of workflows" if watch.purpose == WORKFLOW else f"training job '{watch.job}'"
    reason = f"the watch over {watched} ended as {detail['status']}"
    try:
        answer = _last_look(watch, reason, world)
    except (ClientError, BotoCoreError) as error:
        from ..redaction import redact

        jobs = "jobs" if watch.purpose == WORKFLOW else "job"
        answer = failure(watch, redact(f"{reason}; and the {jobs} could not be stopped: {error}"))
    log("watch failed", level="ERROR", job=watch.job, status=detail["status"])
    # Only now: a key that cannot be used any more must not keep the job running.
    recipient = world.seal.open(watch.sealed)
    if watch.reply == "signal":
        taken = world.signal(recipient, Signal(watch.job, answer.reason, succeeded=False))
    else:
        taken = world.send(recipient, answer)
    require_arrived(taken)


def _last_look(watch: Watch, reason: str, world: World) -> Answer:
    if watch.purpose == WORKFLOW:
        from .poll_workflow import last_workflow_look

        return last_workflow_look(watch, reason, world)
    if watch.purpose != "delete":
        if watch.stop_on_failure:
            stop_attempts(watch, world)
            reason += "; the job was told to stop"
        return failure(watch, reason)
    description = world.jobs.describe(watch.job, created=watch.created)
    if description is None or description["TrainingJobStatus"] in TERMINAL:
        return Answer(watch.failure_id)
    return failure(watch, reason)
