"""In what a request differs from what a test expects of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from constructs_lib.testing.texts import is_function, text_of

__all__ = ["Difference", "differences", "member"]

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_EXPRESSION = ".$"  # what JSONPath appends to the name of a member


class Difference(NamedTuple):
    """Something that is not as it is expected.

    Attributes:
        line: what it is, by path.
        fields: in how many of the expected fields: all those below a map that is not there.
    """

    line: str
    fields: int = 1


def differences(expected: object, actual: object, path: str = "") -> Iterator[Difference]:
    """Each difference.

    Args:
        expected: a map (whose other members do not count), a list (of the same length), a pattern, a function
            that says whether a value is right, or a value that is equal.
        actual: a request, or a part of one.
        path: where it stands, in AWS's form.
    """
    if isinstance(expected, Mapping) and not is_function(expected):
        yield from _members(expected, actual, path)
    elif isinstance(expected, (list, tuple)):
        yield from _items(expected, actual, path)
    elif isinstance(expected, re.Pattern):
        text = _read(actual)
        if text is None or not expected.search(text):
            yield Difference(f"{_at(path)}{actual!r} does not match {expected.pattern!r}")
    elif callable(expected):
        yield from _answer(expected, actual, path)
    elif not _same(expected, actual):
        yield Difference(f"{_at(path)}{actual!r} is not {expected!r}")


def member(path: str, name: str) -> str:
    """The path of a member.

    Args:
        path: of what it is a member of.
        name: of the member.
    """
    if not _NAME.fullmatch(name):
        return f"{path}[{json.dumps(name)}]"
    return f"{path}.{name}" if path else name


def _members(expected: Mapping[object, object], actual: object, path: str) -> Iterator[Difference]:
    if not isinstance(actual, Mapping):
        yield Difference(f"{_at(path)}{actual!r} has no members", _leaves(expected))
        return
    for name, value in expected.items():
        below = member(path, str(name))
        if name in actual:
            yield from differences(value, actual[name], below)
        elif f"{name}{_EXPRESSION}" in actual:
            yield Difference(f"{below}: is not there, but {f'{name}{_EXPRESSION}'!r} is", _leaves(value))
        else:
            yield Difference(f"{below}: is not there", _leaves(value))


def _items(expected: Sequence[object], actual: object, path: str) -> Iterator[Difference]:
    if not isinstance(actual, (list, tuple)):
        yield Difference(f"{_at(path)}{actual!r} is no list", _leaves(expected))
    elif len(actual) != len(expected):
        line = f"{_at(path)}has {_items_text(len(actual))}, not {len(expected)}"
        yield Difference(line, _unlike(expected, actual))
    else:
        for number, (one, other) in enumerate(zip(expected, actual, strict=True)):
            yield from differences(one, other, f"{path}[{number}]")


def _leaves(expected: object) -> int:
    """The number of values that are asked for."""
    if isinstance(expected, Mapping) and not is_function(expected):
        return max(1, sum(map(_leaves, expected.values())))
    return max(1, sum(map(_leaves, expected))) if isinstance(expected, (list, tuple)) else 1


def _unlike(expected: Sequence[object], actual: Sequence[object]) -> int:
    """In how many fields a list of another length differs; an item too many is one."""
    pairs = zip(expected, actual, strict=False)
    found = sum(one.fields for pair in pairs for one in differences(*pair))
    missing = sum(map(_leaves, expected[len(actual) :]))
    return found + missing + max(0, len(actual) - len(expected))


def _items_text(number: int) -> str:
    return "1 item" if number == 1 else f"{number} items"


def _answer(expected: object, actual: object, path: str) -> Iterator[Difference]:
    name = getattr(expected, "__name__", repr(expected))
    try:
        right = callable(expected) and expected(actual)
    except Exception as error:  # noqa: BLE001 - made for another job's value: then it is not this one
        yield Difference(f"{_at(path)}{name} cannot judge {actual!r}: {error}")
        return
    if not right:
        yield Difference(f"{_at(path)}{actual!r} is not what {name} asks for")


def _same(expected: object, actual: object) -> bool:
    """Equal as they are, or as texts where one is a function: a definition has texts in its place."""
    if isinstance(expected, int) and isinstance(expected, bool) != isinstance(actual, bool):
        return False  # to Python True is 1
    if expected == actual:
        return True
    return (is_function(expected) or is_function(actual)) and _read(expected) == _read(actual)


def _read(value: object) -> str | None:
    """The text of a value; one in a definition has its tokens shown already."""
    return value if isinstance(value, str) else text_of(value)


def _at(path: str) -> str:
    return f"{path}: " if path else "the request: "
