"""`RetryFailures`: which failed trainings of a workflow are started once more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, TypeAlias

from constructs_lib.errors import SpecError
from constructs_lib.spec.checks import check_whole, kind, shown
from constructs_lib.spec.durations import DurationLike, normalize
from constructs_lib.spec.text import is_unknown

__all__ = ["Failure", "RetryFailures"]

Failure: TypeAlias = Literal["capacity", "internal"]

_KINDS: tuple[Failure, ...] = ("capacity", "internal")
_ALLOWED = "allowed are 'capacity' (no machines) and 'internal' (SageMaker's own error)"
_FIX = "use on=('capacity', 'internal'), one of them, or leave it out"
_NEVER = {
    "algorithm": "the training's own error, and would only fail again for the same money",
    "client": "an error in the request or its data, and would only fail again",
    "stopped": "a job that somebody or its time limit has stopped on purpose",
    "gatefailed": "a result that is not good enough, and the same training gives it again",
    "timeout": "a task whose own time is over",
    "failed": "a failure of which nothing is known",
}
_LITERAL = "give a value that is known at synth"
_MOST_ATTEMPTS = 1000
# A state machine's longest wait is a year, and a wait may grow to six times the first one.
_LONGEST_INTERVAL = timedelta(days=60)


@dataclass(frozen=True)
class RetryFailures:
    """Train again, as a new job with a new name, after a failure that is none of the training's own.

    Without it no failed training is ever trained again.

    Args:
        on: which failures: ``capacity`` (SageMaker had no machines of the type), ``internal`` (an error
            inside SageMaker); both when left out. The errors' names serve, too: ``TrainingJob.Capacity``.
        max_attempts: how often each of them is tried again.
        interval: the wait before the first new attempt, a `datetime.timedelta` or an `aws_cdk.Duration`; left
            out: ten minutes for capacity, one minute for internal errors. A wait is drawn at random between
            nothing and its length.
        backoff: by what the wait grows from one attempt to the next, up to six times the first one.

    Raises:
        SpecError: a failure that trying again cannot help, or a number out of bounds.
    """

    on: Sequence[str] = _KINDS
    max_attempts: int = 3
    interval: DurationLike | None = None
    backoff: float = 2.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "on", _kinds(self.on))
        _check_known("retry_failures.max_attempts", self.max_attempts)
        check_whole("retry_failures.max_attempts", self.max_attempts, minimum=1, maximum=_MOST_ATTEMPTS)
        _check_known("retry_failures.interval", self.interval)
        interval = normalize("retry_failures.interval", self.interval)
        _check_interval(interval)
        object.__setattr__(self, "interval", interval)
        _check_backoff(self.backoff)


def _kinds(given: object) -> tuple[Failure, ...]:
    if isinstance(given, str) or not isinstance(given, Sequence):
        problem = f"must be a list of failures, got {kind(given)}"
        raise SpecError("retry_failures.on", problem, "such as on=('capacity',)")
    if not given:
        raise SpecError("retry_failures.on", "is empty, so nothing is tried again", _FIX)
    return tuple(dict.fromkeys(_kind(item, index) for index, item in enumerate(given)))


def _kind(given: object, index: int) -> Failure:
    path = f"retry_failures.on[{index}]"
    if not isinstance(given, str):
        raise SpecError(path, f"must be text, got {kind(given)}", _FIX)
    name = given.removeprefix("TrainingJob.").lower()
    for known in _KINDS:
        if name == known:
            return known
    if name in _NEVER:
        problem = f"{shown(given)} is {_NEVER[name]}; {_ALLOWED}"
        raise SpecError(path, problem, "leave it out, and use add_catch or add_retry where it must be")
    raise SpecError(path, f"got {shown(given)}, {_ALLOWED}", _FIX)


def _check_known(path: str, value: object) -> None:
    # A state machine's retriers hold literal numbers alone.
    if is_unknown(value):
        raise SpecError(path, "is a token or an expression", _LITERAL)


def _check_interval(interval: object) -> None:
    path = "retry_failures.interval"
    if interval is None:
        return
    if not isinstance(interval, timedelta):
        raise SpecError(path, "is a duration of a token", _LITERAL)
    if interval > _LONGEST_INTERVAL:
        raise SpecError(path, f"must be {_LONGEST_INTERVAL.days} days or less", "shorten it")


def _check_backoff(value: object) -> None:
    path = "retry_failures.backoff"
    _check_known(path, value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise SpecError(path, f"must be a number, got {kind(value)}", "such as 2")
    if not 1 <= value <= 100:
        raise SpecError(path, f"must be 1 to 100, got {shown(value)}", "1 waits as long each time")
