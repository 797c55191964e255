"""Completions that are none: refused in words, whoever makes them."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any, cast

import aws_cdk as cdk
import pytest

from constructs_lib import Completion, SpecError

SECOND = datetime.timedelta(seconds=1)
DURATION = "pass aws_cdk.Duration or datetime.timedelta"
WAYS: list[Callable[[Any], Completion]] = [Completion.wait, Completion.wait_condition]
KNOWN = "has to be known at synth, and is a token; give a length of time, such as Duration.minutes(30)"
WHOLE = "use Completion.wait(timeout) or Completion.wait_condition(timeout), which take a duration"


def refused(make: Callable[[Any], Completion], given: object) -> str:
    with pytest.raises(SpecError) as caught:
        make(given)
    return str(caught.value)


def number() -> float:
    return cdk.Token.as_number({"Ref": "Number"})


@pytest.mark.parametrize("make", WAYS)
@pytest.mark.parametrize(
    ("given", "text"),
    [
        (600, f"must be a duration, got int; {DURATION}"),
        (True, f"must be a duration, got bool; {DURATION}"),
        ("10m", f"must be a duration, got str; {DURATION}"),
        (cdk.Duration, f"must be a duration, got the class Duration; {DURATION}"),
        (datetime.timedelta, f"must be a duration, got the class timedelta; {DURATION}"),
        (0 * SECOND, "must be 1 second or more, got 0; pass a positive duration"),
        (-5 * SECOND, "must be 1 second or more, got -5; pass a positive duration"),
        (SECOND / 2, "must be a whole number of seconds; round the duration to seconds"),
        (cdk.Duration.millis(1500), "must be a whole number of seconds; round the duration to seconds"),
        (cdk.Duration.seconds(0), "must be 1 second or more, got 0; pass a positive duration"),
        (cdk.Duration.seconds(cdk.Token.as_number({"Ref": "Number"})), KNOWN),
        (cdk.Duration.minutes(cdk.Token.as_number({"Ref": "Number"})), "a token of other units has no "),
    ],
)
def test_a_timeout_that_is_none(make: Callable[[Any], Completion], given: object, text: str) -> None:
    assert refused(make, given).startswith(f"completion.timeout: {text}")


def test_a_timeout_that_is_too_long() -> None:
    shorten = "at most; shorten it, or use Completion"
    assert refused(Completion.wait, cdk.Duration.seconds(3301)).startswith(
        f"completion.timeout: got 3301 seconds, Completion.wait() can wait 3300 {shorten}.wait_condition()"
    )
    assert refused(Completion.wait_condition, 42_901 * SECOND).startswith(
        f"completion.timeout: got 42901 seconds, Completion.wait_condition() can wait 42900 {shorten}.start()"
    )
    # No line of three hundred digits.
    assert "got a number of " in refused(Completion.wait, cdk.Duration.days(1e300))


@pytest.mark.parametrize(
    ("mode", "got"),
    [
        ("foo", "'foo'"),
        ("w" * 300, f"'{'w' * 80}'..."),
        (None, "None"),
        (["wait"], "list"),
        ({}, "dict"),
        (b"wait", "bytes"),
    ],
)
def test_a_mode_that_is_none(mode: Any, got: str) -> None:
    assert refused(Completion, mode).startswith(f"completion: got {got}, there are Completion.wait()")


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ("600", f"must be an int of seconds, got str; {WHOLE}"),
        (600.5, f"must be an int of seconds, got float; {WHOLE}"),
        (float("nan"), f"must be an int of seconds, got float; {WHOLE}"),
        (True, f"must be an int of seconds, got bool; {WHOLE}"),
        (datetime.timedelta(minutes=5), f"must be an int of seconds, got timedelta; {WHOLE}"),
        (cdk.Duration.minutes(5), f"must be an int of seconds, got Duration; {WHOLE}"),
        ([], f"must be an int of seconds, got list; {WHOLE}"),
        (0, "got 0 seconds, Completion.wait() can wait 3300 at most; give a positive duration"),
        (-1, "got -1 seconds, Completion.wait() can wait 3300 at most; give a positive duration"),
        (10**5000, "got a number of 16610 bits seconds, Completion.wait() can wait 3300 at most; "),
    ],
    ids=map(str, range(10)),
)
def test_seconds_that_are_none(given: object, text: str) -> None:
    assert refused(lambda seconds: Completion("wait", seconds), given).startswith(
        f"completion.timeout: {text}"
    )


def test_seconds_that_only_cloudformation_knows() -> None:
    made = refused(lambda seconds: Completion("wait", seconds), number())

    assert made == f"completion.timeout: {KNOWN}"


def test_a_start_has_no_timeout() -> None:
    text = "completion.timeout: is given with Completion.start(), which waits for no job; leave it out"

    assert refused(lambda seconds: Completion("start", seconds), 60) == text


def test_what_is_a_completion() -> None:
    assert cast("Any", Completion("wait", 60)) == Completion.wait(60 * SECOND)
    assert Completion.wait(cdk.Duration.millis(2000)).timeout_seconds == 2
    assert Completion.wait_condition().timeout_seconds is None
