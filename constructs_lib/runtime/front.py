"""The function CloudFormation calls: it decides, creates or adopts, and starts the watch.

It is also the worker's watchdog: a failed, timed-out or aborted execution reaches it through EventBridge. So
does the end of a workflow's execution, whose jobs it stops.

What a first Create does not need is imported where it is used, here and in ``transitions``: Lambda compiles
the asset at every cold start.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .collector import at_rest

with at_rest():
    from botocore.exceptions import ClientError, ParamValidationError

    from .answer import Answer
    from .clock import until_limit
    from .errors import Refused, passes
    from .events import ENDED, Event
    from .log import log
    from .patience import patiently
    from .transitions.outcome import Started
    from .transitions.recipient import address, require_arrived
    from .transitions.request import carry_out
    from .transitions.watch import Watch
    from .wiring import world_of_lambda
    from .world import World


def handler(raw: Mapping[str, Any], context: Any) -> None:
    """Lambda's entry point."""
    world = world_of_lambda()
    world.clock.limit = until_limit(world.clock.now(), context)
    handle(raw, world)


def handle(raw: Mapping[str, Any], world: World) -> None:
    """Carry out one event; what passes is raised, so that Lambda delivers the event again.

    A malformed event without a way to answer is logged and dropped: nobody waits for it. So is one whose
    address has expired: CloudFormation gave it up long ago, and what it asked for may have been undone.
    """
    if raw.get("source") == "aws.states":
        from .transitions.give_up import fail_execution

        fail_execution(raw, world)
        return
    if ENDED in raw:
        from .transitions.ended_execution import on_ended_execution

        on_ended_execution(raw, world)
        return
    try:
        event = Event.parse(raw)
    except Refused as error:
        log("malformed event", level="ERROR", reason=str(error))
        return
    log("received", kind=event.kind, logical_id=event.logical_id, physical_id=event.physical_id)
    if event.is_expired(world.clock.now()):
        log("came too late, dropped", level="ERROR", kind=event.kind, logical_id=event.logical_id)
        return
    try:
        _carry_out(event, world)
    except (Refused, ParamValidationError, ClientError) as error:
        if isinstance(error, ClientError) and passes(error):
            raise
        from .transitions.give_up import fail_event

        fail_event(event, str(error), world)


def _carry_out(event: Event, world: World) -> None:
    outcome = carry_out(event, world)
    if isinstance(outcome, Started):
        # The watch first: should the answer get lost, the event is delivered again and finds it.
        _start(event, outcome.watch, world)
        _answer(event, outcome.answer, world)
    elif isinstance(outcome, Watch):
        _start(event, outcome, world)
    else:
        _answer(event, outcome, world)


def _start(event: Event, watch: Watch, world: World) -> None:
    # The policy may be a moment old, for Step Functions too.
    patiently(world.clock, lambda: world.executions.start(event.delivery, watch.dump()))


def _answer(event: Event, answer: Answer, world: World) -> None:
    require_arrived(world.send(address(event), answer))
