"""The function the state machine calls: it polls, judges, stops and answers, or signals.

It is also the front's watchdog: as the front's failure destination it gets the event the front died on.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError, ConnectionError, HTTPClientError

from .answer import Answer
from .clock import until_limit
from .errors import passes
from .events import LISTENS_SECONDS
from .log import count, log
from .signals import Signal
from .transitions.give_up import fail_delivery
from .transitions.poll import poll
from .transitions.watch import SIGNAL_PAUSES, STOP_ALLOWANCE, Watch
from .wiring import world_of_lambda
from .world import World

# Seconds until the next try to reach CloudFormation.
RETRY_PAUSE = 30


def handler(raw: Mapping[str, Any], context: Any) -> dict[str, object]:
    """Lambda's entry point."""
    world = world_of_lambda()
    world.clock.limit = until_limit(world.clock.now(), context)
    return handle(raw, world)


def handle(raw: Mapping[str, Any], world: World) -> dict[str, object]:
    """One poll: the next state with ``done`` and the seconds to ``wait``.

    Errors that do not pass by themselves are raised: the state machine tries again, and when it gives up the
    front answers.
    """
    if "requestPayload" in raw:
        fail_delivery(raw, world)
        return {"done": True}
    watch = Watch.parse(raw)
    outcome = _look(watch, world)
    if isinstance(outcome, Watch):
        return _again(outcome, outcome.pause(world.clock.now()))
    if watch.reply == "signal":
        return _signal(watch, outcome, world)
    if world.send(world.seal.open(watch.sealed), outcome) is None:
        if _has_time(watch, world) or _is_listened_to(watch, world):
            return _again(watch.next(), RETRY_PAUSE)
        count("AnswersLost")
    return {"done": True, "job": watch.job, "status": outcome.status}


def _again(watch: Watch, pause: int) -> dict[str, object]:
    return {**watch.dump(), "done": False, "wait": pause}


def _has_time(watch: Watch, world: World) -> bool:
    return world.clock.now() <= watch.deadline + STOP_ALLOWANCE


def _is_listened_to(watch: Watch, world: World) -> bool:
    """Whether CloudFormation still takes an answer: its own time does not end with the wait for the job."""
    return watch.asked is not None and world.clock.now() <= watch.asked + LISTENS_SECONDS


def _look(watch: Watch, world: World) -> Answer | Watch:
    if watch.told:
        return Answer(watch.job)
    try:
        return poll(watch, world)
    except (ClientError, HTTPClientError, ConnectionError) as error:
        if (isinstance(error, ClientError) and not passes(error)) or not _has_time(watch, world):
            raise
        log("look put off", job=watch.job, error=type(error).__name__)
        return watch.next()


def _signal(watch: Watch, answer: Answer, world: World) -> dict[str, object]:
    """Signal, and some more times: what comes before the wait condition is there is lost."""
    done: dict[str, object] = {"done": True, "job": watch.job, "status": answer.status}
    if watch.told is False and answer.succeeded:
        return done
    signal = Signal(watch.job, answer.reason, answer.succeeded)
    taken = world.signal(world.seal.open(watch.sealed), signal)
    if taken is None and _has_time(watch, world):
        return _again(watch.next(), RETRY_PAUSE)
    if not taken and not watch.signals:
        _note_refusal(watch, world)
    if not taken or watch.signals == len(SIGNAL_PAUSES):
        return done
    after = watch.signalled(answer.succeeded)
    return _again(after, after.pause(world.clock.now()))


def _note_refusal(watch: Watch, world: World) -> None:
    """A handle that takes nothing: gone in a roll-back, or waited for long ago; else an answer is lost."""
    try:
        waits = world.stack.state(watch.sealed["stack"]).goes_forward
    except ClientError:
        waits = True  # rather a false alarm than none
    log("signal lost", level="ERROR" if waits else "WARNING", job=watch.job)
    if waits:
        count("AnswersLost")
