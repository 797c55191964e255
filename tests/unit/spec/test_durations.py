from __future__ import annotations

from datetime import timedelta

import aws_cdk as cdk
import pytest

from constructs_lib.errors import SpecError
from constructs_lib.spec.durations import normalize, seconds


@pytest.mark.parametrize(
    ("value", "expected"),
    [(timedelta(minutes=2), 120), (cdk.Duration.hours(1), 3600), (cdk.Duration.millis(2000), 2)],
)
def test_both_kinds_of_duration_give_whole_seconds(value: object, expected: int) -> None:
    found = seconds("max_runtime", value)
    assert found == expected
    assert isinstance(found, int)


def test_a_duration_of_a_token_gives_the_token(stack: cdk.Stack) -> None:
    duration = cdk.Duration.seconds(cdk.Token.as_number({"Ref": "Seconds"}))
    assert stack.resolve(seconds("max_runtime", duration)) == {"Ref": "Seconds"}
    assert normalize("max_runtime", duration) is duration


def test_equal_lengths_are_equal_values_whatever_their_kind() -> None:
    assert (
        normalize("a", cdk.Duration.minutes(1))
        == normalize("a", timedelta(seconds=60))
        == timedelta(seconds=60)
    )
    assert normalize("a", None) is None


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (60, "max_runtime: must be a duration, got int; pass aws_cdk.Duration or datetime.timedelta"),
        ("1h", "max_runtime: must be a duration, got str; pass aws_cdk.Duration or datetime.timedelta"),
        (timedelta(0), "max_runtime: must be 1 second or more, got 0; pass a positive duration"),
        (timedelta(seconds=-5), "max_runtime: must be 1 second or more, got -5; pass a positive duration"),
        (
            timedelta(milliseconds=1500),
            "max_runtime: must be a whole number of seconds; round the duration to seconds",
        ),
        (
            cdk.Duration.millis(1500),
            "max_runtime: must be a whole number of seconds; round the duration to seconds",
        ),
        (
            cdk.Duration.minutes(cdk.Token.as_number({"Ref": "N"})),
            "max_runtime: a token of other units has no seconds; use Duration.seconds(token)",
        ),
    ],
)
def test_what_cannot_be_seconds_is_refused(value: object, message: str) -> None:
    with pytest.raises(SpecError) as caught:
        seconds("max_runtime", value)
    assert str(caught.value) == message
