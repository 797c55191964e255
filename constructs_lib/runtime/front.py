"""The function CloudFormation calls: it decides, creates or adopts, and starts the watch.

It is also the worker's watchdog: a failed, timed-out or aborted execution reaches it through EventBridge.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError, ParamValidationError

from .answer import Answer
from .errors import Refused
from .events import Event
from .log import log
from .transitions.give_up import fail_event, fail_execution
from .transitions.request import address, carry_out
from .wiring import world_of_lambda
from .world import World

PASSING_CODES = frozenset({"ThrottlingException", "Throttling", "TooManyRequestsException", "RequestTimeout"})


def handler(raw: Mapping[str, Any], _context: object) -> None:
    """Lambda's entry point."""
    handle(raw, world_of_lambda())


def handle(raw: Mapping[str, Any], world: World) -> None:
    """Carry out one event; what passes is raised, so that Lambda delivers the event again.

    A malformed event without a way to answer is logged and dropped: nobody waits for it.
    """
    if raw.get("source") == "aws.states":
        fail_execution(raw, world)
        return
    try:
        event = Event.parse(raw)
    except Refused as error:
        log("malformed event", level="ERROR", reason=str(error))
        return
    log("received", kind=event.kind, logical_id=event.logical_id, physical_id=event.physical_id)
    try:
        _carry_out(event, world)
    except (Refused, ParamValidationError) as error:
        fail_event(event, str(error), world)
    except ClientError as error:
        if _passes(error):
            raise
        fail_event(event, str(error), world)


def _carry_out(event: Event, world: World) -> None:
    outcome = carry_out(event, world)
    if isinstance(outcome, Answer):
        world.send(address(event), outcome)
    else:
        world.executions.start(event.delivery, outcome.dump())


def _passes(error: ClientError) -> bool:
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)
    return status >= 500 or error.response["Error"]["Code"] in PASSING_CODES
