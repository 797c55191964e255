"""Looking into a request whose parts may be tokens or mistakes: what cannot be seen is not there.

Mistakes are the rules' to report, all of them at once; so nothing is raised here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from aws_cdk import Token

from constructs_lib.cdk.arns import S3Location
from constructs_lib.errors import SpecError
from constructs_lib.spec.text import is_expression, is_list_token, is_resolvable, is_unknown

__all__ = ["entries", "known_items", "may_be_on", "part", "place", "text", "texts"]


T = TypeVar("T")


def known_items(items: Sequence[T]) -> Sequence[T]:
    """The items of a spec's list; none where the whole list is a token or an expression."""
    return () if is_unknown(items) else items


def part(value: object, *names: str) -> Mapping[str, Any]:
    """The structure below these names; an empty one where there is none."""
    for name in names:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value if isinstance(value, Mapping) else {}


def entries(value: object) -> Sequence[Mapping[str, Any]]:
    """The structures of a list, at their places; an empty one for what is none."""
    return [part(item) for item in value] if isinstance(value, (list, tuple)) else []


def text(value: object) -> str | None:
    """Text, or a token of it; None for anything else, and for an expression, which no policy can hold."""
    if is_resolvable(value):
        return Token.as_string(value)
    return value if isinstance(value, str) and value and not is_expression(value) else None


def texts(value: object) -> list[str] | None:
    """A list of text; None where only CloudFormation knows how many there are."""
    if is_list_token(value) or not isinstance(value, (list, tuple)):
        return None
    return [item for item in map(text, value) if item is not None]


def may_be_on(flag: object) -> bool:
    """Whether a flag is true, or known to CloudFormation or an execution only."""
    return flag is True or is_unknown(flag)


def place(value: object) -> S3Location | None:
    """A place in S3; None where the bucket cannot be told."""
    uri = text(value)
    try:
        return None if uri is None else S3Location.parse(uri)
    except SpecError:
        return None
