"""Which failed trainings are started once more: only those that trying again can help."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from datetime import timedelta
from typing import Any

import aws_cdk as cdk
import pytest

from constructs_lib import SpecError
from constructs_lib.spec.retry_failures import RetryFailures


def test_left_out_it_is_both_three_times() -> None:
    usual = RetryFailures()
    assert (usual.on, usual.max_attempts, usual.interval, usual.backoff) == (
        ("capacity", "internal"),
        3,
        None,
        2.0,
    )


@pytest.mark.parametrize(
    ("given", "on"),
    [
        (("capacity",), ("capacity",)),
        (["internal", "capacity"], ("internal", "capacity")),
        (["TrainingJob.Capacity", "capacity"], ("capacity",)),
        (["TrainingJob.Internal"], ("internal",)),
    ],
)
def test_the_failures_may_be_chosen(given: Any, on: tuple[str, ...]) -> None:
    assert RetryFailures(on=given).on == on


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("algorithm", "the training's own error, and would only fail again for the same money"),
        ("TrainingJob.Algorithm", "the training's own error, and would only fail again for the same money"),
        ("client", "an error in the request or its data, and would only fail again"),
        ("stopped", "a job that somebody or its time limit has stopped on purpose"),
        ("TrainingJob.GateFailed", "a result that is not good enough, and the same training gives it again"),
        ("timeout", "a task whose own time is over"),
        ("TrainingJob.Failed", "a failure of which nothing is known"),
    ],
)
def test_what_only_burns_money_is_refused_in_words(name: str, why: str) -> None:
    with pytest.raises(SpecError) as caught:
        RetryFailures(on=["capacity", name])
    assert str(caught.value) == (
        f"retry_failures.on[1]: {name!r} is {why}; allowed are 'capacity' (no machines) and 'internal' "
        "(SageMaker's own error); leave it out, and use add_catch or add_retry where it must be"
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"on": ["gpu"]}, "on[0]: got 'gpu', allowed are 'capacity'"),
        ({"on": ["capacities"]}, "on[0]: got 'capacities', allowed are 'capacity'"),
        ({"on": [3]}, "on[0]: must be text, got int"),
        ({"on": "capacity"}, "on: must be a list of failures, got str"),
        ({"on": None}, "on: must be a list of failures, got NoneType"),
        ({"on": []}, "on: is empty, so nothing is tried again"),
        ({"max_attempts": 0}, "max_attempts: must be 1 to 1000, got 0"),
        ({"max_attempts": 1001}, "max_attempts: must be 1 to 1000, got 1001"),
        ({"max_attempts": 2.5}, "max_attempts: must be an int, got float"),
        ({"max_attempts": cdk.Token.as_number({"Ref": "N"})}, "max_attempts: is a token or an expression"),
        ({"max_attempts": "{% $n %}"}, "max_attempts: is a token or an expression"),
        ({"interval": 30}, "interval: must be a duration, got int"),
        ({"interval": timedelta(0)}, "interval: must be 1 second or more"),
        ({"interval": timedelta(days=61)}, "interval: must be 60 days or less"),
        ({"interval": "{% $wait %}"}, "interval: is a token or an expression"),
        (
            {"interval": cdk.Duration.seconds(cdk.Token.as_number({"Ref": "N"}))},
            "interval: is a duration of a token",
        ),
        ({"backoff": 0.5}, "backoff: must be 1 to 100, got 0.5"),
        ({"backoff": float("nan")}, "backoff: must be 1 to 100, got nan"),
        ({"backoff": True}, "backoff: must be a number, got bool"),
        ({"backoff": "2"}, "backoff: must be a number, got str"),
        ({"backoff": cdk.Token.as_number({"Ref": "N"})}, "backoff: is a token or an expression"),
    ],
)
def test_what_is_no_such_thing_is_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(SpecError) as caught:
        RetryFailures(**arguments)
    assert str(caught.value).startswith(f"retry_failures.{message}")


def test_both_kinds_of_durations_are_one_value() -> None:
    one, other = (
        RetryFailures(interval=cdk.Duration.minutes(5), backoff=1),
        RetryFailures(interval=timedelta(minutes=5), backoff=1),
    )
    assert one == other
    assert hash(one) == hash(other)
    with pytest.raises(FrozenInstanceError):
        one.max_attempts = 9  # type: ignore[misc]
