"""What a state tries again, in the states language's own form.

By default only what fails before there is a job, and what fails in looking at one: a training that has failed
is never trained again unless `RetryFailures` asks for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from aws_cdk import aws_stepfunctions as sfn

from constructs_lib.cdk.workflows.failures import CAPACITY, INTERNAL
from constructs_lib.cdk.workflows.integration import Integration
from constructs_lib.errors import SpecError
from constructs_lib.spec.checks import kind, shown
from constructs_lib.spec.retry_failures import RetryFailures
from constructs_lib.spec.text import is_number_token

Retrier = dict[str, Any]

# The SDKs' name for every error that SageMaker's model does not declare: throttling, server errors, and the
# ValidationException of a role or policy that IAM does not know everywhere yet.
_UNDECLARED = {"optimized": "SageMaker.AmazonSageMakerException", "aws-sdk": "SageMaker.SageMakerException"}
# An earlier try made the job, or somebody else has a job of this name.
TAKEN = "SageMaker.ResourceInUseException"
_TRANSIENT = (
    "SageMaker.InternalFailureException",
    "SageMaker.InternalServerException",
    "SageMaker.SdkClientException",
    "SageMaker.ServiceUnavailableException",
    "SageMaker.ThrottlingException",
)
_LIMIT = "SageMaker.ResourceLimitExceededException"
# By the name of a failure: its error, and the seconds before the first new attempt.
_FAILURES = {"capacity": (CAPACITY, 600), "internal": (INTERNAL, 60)}
_GROWTH = 6
_ALL = "States.ALL"
_LONGEST_DELAY = 31_622_399  # states language: MaxDelaySeconds must be below 31,622,400
_MOST = 99_999_999


def creation_retriers(integration: Integration) -> list[Retrier]:
    """What is tried again when a job is to be created, unless the user says otherwise.

    Throttling, server errors and a lost connection for some minutes, which is also how long IAM may take to
    know a new role everywhere; a quota that other jobs use up, for some hours.
    """
    return [
        _retrier((*_TRANSIENT, _UNDECLARED[integration]), interval=5, longest=60, attempts=8),
        _retrier((_LIMIT,), interval=120, longest=1800, attempts=10),
    ]


def unanswered(integration: Integration) -> list[str]:
    """What a creation may end with though it was carried out: anything but a training's own failure.

    A quota, too: the job of an earlier try, whose answer was lost, may be what has used it up.
    """
    return [TAKEN, *_TRANSIENT, _UNDECLARED[integration], _LIMIT]


def look_retrier(attempts: int = 20) -> Retrier:
    """What is tried again when a job is looked at by an expression of ours: everything."""
    return _retrier(("States.TaskFailed",), interval=10, longest=300, attempts=attempts)


def result_retrier(attempts: int) -> Retrier:
    """What is tried again where an expression of the user's may fail: only what SageMaker says."""
    return _retrier((*_TRANSIENT, _UNDECLARED["aws-sdk"]), interval=10, longest=300, attempts=attempts)


def checked_retry_failures(given: object, construct: str) -> RetryFailures | None:
    """The user's word about failed trainings: None for none, True for what is usual.

    Raises:
        SpecError: it is something else.
    """
    if given is None or given is False:
        return None
    if given is True:
        return RetryFailures()
    if isinstance(given, RetryFailures):
        return given
    problem = f"must be True or a RetryFailures, got {shown(given)}"
    raise SpecError("retry_failures", problem, "make it with RetryFailures(...)", construct=construct)


def failure_retriers(given: RetryFailures) -> list[Retrier]:
    """What starts a failed training once more, each kind with a number of attempts of its own."""
    retriers = []
    for name in given.on:
        error, usual = _FAILURES[name]
        chosen = given.interval
        interval = int(chosen.total_seconds()) if isinstance(chosen, timedelta) else usual
        retrier = _retrier((error,), interval, _GROWTH * interval, given.max_attempts, given.backoff)
        retriers.append(retrier)
    return retriers


def _retrier(
    errors: Sequence[str], interval: int, longest: int, attempts: int, backoff: float = 2.0
) -> Retrier:
    return {
        "ErrorEquals": list(errors),
        "IntervalSeconds": interval,
        "BackoffRate": backoff,
        "MaxDelaySeconds": longest,
        "MaxAttempts": attempts,
        "JitterStrategy": "FULL",
    }


def given_retriers(retries: Sequence[sfn.RetryProps], construct: str, path: str = "retries") -> list[Retrier]:
    """The user's retriers, which take the place of the default ones.

    Args:
        retries: in their order; an empty list tries nothing again. What one leaves out is the service's
            default, and every error where it names none.
        construct: the construct's path, for messages.
        path: the argument they come from.

    Raises:
        SpecError: something that is no `sfn.RetryProps`, a number out of the service's bounds, or an order in
            which some are never reached.
    """
    if isinstance(retries, (str, sfn.RetryProps)) or not isinstance(retries, Sequence):
        problem = f"must be a list of sfn.RetryProps, got {kind(retries)}"
        raise SpecError(path, problem, "an empty list tries nothing again", construct=construct)
    made = []
    for index, given in enumerate(retries):
        last = index == len(retries) - 1
        try:
            made.append(_given(f"{path}[{index}]", given, last=last))
        except SpecError as error:
            raise SpecError(error.path, error.problem, error.fix, construct=construct) from None
    return made


def _given(path: str, given: object, *, last: bool) -> Retrier:
    if not isinstance(given, sfn.RetryProps):
        raise SpecError(path, f"must be an sfn.RetryProps, got {kind(given)}", "make it with sfn.RetryProps")
    errors = _errors(path, [_ALL] if given.errors is None else given.errors, last=last)
    interval, longest = (
        _seconds(path, "interval", given.interval),
        _seconds(path, "max_delay", given.max_delay),
    )
    _check_order(path, interval, longest)
    jitter = given.jitter_strategy
    members = {
        "ErrorEquals": errors,
        "IntervalSeconds": interval,
        "MaxAttempts": _attempts(path, given.max_attempts),
        "BackoffRate": _backoff(path, given.backoff_rate),
        "MaxDelaySeconds": longest,
        "JitterStrategy": None if jitter is None else jitter.name,
    }
    return {name: value for name, value in members.items() if value is not None}


def _check_order(path: str, interval: float | None, longest: float | None) -> None:
    if interval is None or longest is None or is_number_token(interval) or is_number_token(longest):
        return
    if longest <= interval:
        problem = f"must be longer than the interval of {interval} seconds, got {longest}"
        raise SpecError(f"{path}.max_delay", problem, "lengthen it, or leave it out")


def _errors(path: str, errors: Sequence[str], *, last: bool) -> list[str]:
    if not errors:
        raise SpecError(f"{path}.errors", "is empty", f"name an error, or leave it out for {_ALL}")
    if _ALL in errors and (len(errors) > 1 or not last):
        problem = f"{_ALL} must stand alone, in the last of the retriers"
        raise SpecError(f"{path}.errors", problem, "move it to the end, into an sfn.RetryProps of its own")
    return list(errors)


def _seconds(path: str, name: str, given: object) -> float | None:
    if given is None:
        return None
    longest = _LONGEST_DELAY if name == "max_delay" else _MOST
    whole: Any = given
    seconds: float = whole.to_seconds(integral=False)
    if is_number_token(seconds):
        return seconds
    if seconds != int(seconds) or not 1 <= seconds <= longest:
        problem = f"must be 1 to {longest} whole seconds, got {seconds:g}"
        raise SpecError(f"{path}.{name}", problem, "such as Duration.seconds(30)")
    return int(seconds)


def _attempts(path: str, given: float | None) -> float | None:
    if given is None or is_number_token(given):
        return given
    if given != int(given) or not 0 <= given <= _MOST:
        problem = f"must be a whole number from 0 to {_MOST}, got {given:g}"
        raise SpecError(f"{path}.max_attempts", problem, "0 tries nothing again")
    return int(given)


def _backoff(path: str, given: float | None) -> float | None:
    if given is not None and not is_number_token(given) and not given >= 1:
        problem = f"must be 1 or more, got {given:g}"
        raise SpecError(f"{path}.backoff_rate", problem, "1 waits as long each time")
    return given
