"""Lengths of time: `datetime.timedelta`, or `aws_cdk.Duration` known by its ``to_seconds``."""

from __future__ import annotations

from datetime import timedelta
from typing import Protocol, TypeAlias, cast

from constructs_lib.errors import SpecError
from constructs_lib.spec.checks import is_unknown_leaf, kind, offers
from constructs_lib.spec.members import number_member
from constructs_lib.spec.text import is_number_token, is_unknown

__all__ = ["DurationLike", "SupportsSeconds", "member_seconds", "normalize", "seconds"]


class SupportsSeconds(Protocol):
    """What this library needs of an `aws_cdk.Duration`."""

    def to_seconds(self) -> float:
        """The length in whole seconds; raises where that would lose something."""


DurationLike: TypeAlias = timedelta | SupportsSeconds | str
"""A length of time; text is for state-machine expressions and tokens that stand for seconds."""


def seconds(path: str, value: object, *, minimum: int = 1) -> int | float:
    """The length of ``value`` in whole seconds.

    Args:
        path: the argument it comes from, for messages.
        value: a `datetime.timedelta`, or an `aws_cdk.Duration`. A duration of a token is allowed when made
            by ``Duration.seconds(token)``: only that form can be passed on without arithmetic.
        minimum: the shortest that is allowed, in seconds.

    Returns:
        An int of ``minimum`` or more; or, for a duration of a token, the number token itself (a float).

    Raises:
        SpecError: another type, not a whole number of seconds, too short, or a token in other units.
    """
    if isinstance(value, timedelta):  # in whole numbers: a float loses the microseconds of long ones
        total: float = value.days * 86400 + value.seconds + bool(value.microseconds) / 2
    elif offers(value, "to_seconds") and not isinstance(value, type):
        total = _converted(path, cast("SupportsSeconds", value))
    else:
        # A class offers what its objects do.
        got = f"the class {value.__name__}" if isinstance(value, type) else kind(value)
        raise SpecError(path, f"must be a duration, got {got}", "pass aws_cdk.Duration or datetime.timedelta")
    if is_number_token(total):
        return total
    if total != int(total):
        raise SpecError(path, "must be a whole number of seconds", "round the duration to seconds")
    if total < minimum:
        least = "1 second" if minimum == 1 else f"{minimum} seconds"
        raise SpecError(path, f"must be {least} or more, got {int(total)}", "pass a positive duration")
    return int(total)


def member_seconds(path: str, value: object, *, minimum: int = 1) -> object:
    """A duration as the request says it: whole seconds, or the token or expression that stands for them.

    Args:
        path: as `seconds`.
        value: as `normalize` gives it; None stays None.
        minimum: as `seconds`.
    """
    if value is None:
        return None
    return number_member(value) if is_unknown(value) else seconds(path, value, minimum=minimum)


def normalize(path: str, value: object, *, minimum: int = 1) -> DurationLike | None:
    """A duration in the form that can be compared and hashed.

    Args:
        path: the argument it comes from, for messages.
        value: as `seconds` takes it, None, or a token or an expression for a number of seconds.
        minimum: as `seconds`.

    Returns:
        None for None; the same object for what is not known at synth; otherwise a `datetime.timedelta`.

    Raises:
        SpecError: as `seconds`.
    """
    if value is None:
        return None
    if is_unknown_leaf(value):
        return cast("str", value)
    length = seconds(path, value, minimum=minimum)
    if is_number_token(length):
        return cast("SupportsSeconds", value)
    return timedelta(seconds=length)


def _converted(path: str, value: SupportsSeconds) -> float:
    try:
        return value.to_seconds()
    except RuntimeError as error:  # jsii's form of every exception inside CDK
        if "token" in str(error).lower():
            raise SpecError(
                path, "a token of other units has no seconds", "use Duration.seconds(token)"
            ) from error
        raise SpecError(path, "must be a whole number of seconds", "round the duration to seconds") from error
