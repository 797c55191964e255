"""Waits and the pauses between retries: shortened, and over as soon as the execution is stopped."""

from __future__ import annotations

import time
from typing import Any

from constructs_lib.local import seams
from constructs_lib.local.settings import current

__all__ = ["install"]

_COMPONENT = "moto.stepfunctions.parser.asl.component"
_WAIT = f"{_COMPONENT}.state.wait.wait_function.wait_function:WaitFunction._wait_interval"
_RETRIER = f"{_COMPONENT}.common.retry.retrier_decl"
_SHORTEST_WAIT = 0.02


def install() -> None:
    """Replaces both waits."""
    seams.replace(_WAIT, _wait_interval)
    seams.replace(f"{_RETRIER}:RetrierDecl._eval_body", _retrier)


def _pause(env: Any, seconds: float) -> None:
    deadline = time.monotonic() + current().scaled(seconds)
    while env.is_running() and (left := deadline - time.monotonic()) > 0:
        if env.program_state_event.wait(left):
            time.sleep(min(left, _SHORTEST_WAIT))  # woken for another reason: the event stays set


def _wait_interval(self: Any, env: Any, wait_seconds: float) -> None:
    del self
    _pause(env, wait_seconds)


def _retrier(self: Any, env: Any) -> None:
    """As moto's, but for the pause: another attempt when the error is this retrier's and one is left."""
    outcome = seams.get(f"{_RETRIER}:RetrierOutcome")
    self.error_equals.eval(env)
    if not env.stack.pop():
        env.stack.append(outcome.Skipped)
        return
    self.max_attempts.eval(env=env)
    if env.stack.pop() == seams.get(f"{_RETRIER}:MaxAttemptsOutcome").EXHAUSTED:
        env.stack.append(outcome.Failed)
        return
    for part in (self.interval_seconds, self.backoff_rate, self.max_delay_seconds, self.jitter_strategy):
        part.eval(env=env)
    _pause(env, env.stack.pop())
    env.stack.append(outcome.Executed)
