"""What a test may expect of a request."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from constructs_lib.errors import SpecError
from constructs_lib.testing.differences import member

__all__ = ["check_fields"]

# A request has about five levels; Python's own limit would be met first by whoever compares.
_MOST_LEVELS = 100
_FORM = "give a dict of request fields in AWS's form"
_MATCHERS = "aws_cdk.assertions"


def check_fields(fields: object) -> None:
    """Refuses what would match everything or nothing, whatever the request.

    Args:
        fields: what the request has, as the user gave it.

    Raises:
        SpecError: it is no dict, it has too many levels, or it has a type, a pattern of bytes, or a matcher
            of ``aws_cdk.assertions``.
    """
    _check(fields, "fields", 1)
    if not isinstance(fields, Mapping):
        raise SpecError("fields", f"got {type(fields).__name__}", _FORM)


def _check(value: object, path: str, level: int) -> None:
    if level > _MOST_LEVELS:
        raise SpecError("fields", f"got more than {_MOST_LEVELS} levels", _FORM)
    if isinstance(value, type):  # can be called, and what it makes of a value is mostly true
        raise SpecError(
            path,
            f"got the type {value.__name__}",
            f"give a value, or a function that judges one: lambda value: isinstance(value, {value.__name__})",
        )
    if isinstance(value, re.Pattern) and not isinstance(value.pattern, str):
        raise SpecError(path, "got a pattern of bytes", "give re.compile of a text")
    if _is_matcher(value):
        raise SpecError(
            path, f"got a matcher of {_MATCHERS}", "give a dict, a function or re.compile(...) instead"
        )
    for below, item in _items(value, path):
        _check(item, below, level + 1)


def _is_matcher(value: object) -> bool:
    """By the module of its type: whoever has one has loaded aws_cdk, and nobody else pays for it."""
    modules = [kind.__module__ for kind in type(value).__mro__]
    return any(module == _MATCHERS or module.startswith(f"{_MATCHERS}.") for module in modules)


def _items(value: object, path: str) -> Iterator[tuple[str, object]]:
    if isinstance(value, Mapping):
        yield from ((member(path, str(name)), item) for name, item in value.items())
    elif isinstance(value, (list, tuple)):
        yield from ((f"{path}[{number}]", item) for number, item in enumerate(value))
