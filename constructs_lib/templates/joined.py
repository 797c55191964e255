"""Texts that a template puts together, of literal parts and of parts that only deployment knows."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple, TypeAlias

__all__ = ["MARK", "Token", "joined_parts", "json_parts", "plain_text"]

MARK = "\ue000"  # of the private use area: no document has it
_SUBSTITUTED = re.compile(r"\$\{([^!{}][^{}]*)\}")
_QUOTE = re.compile(r'\\.|"', re.DOTALL)


class Token(NamedTuple):
    """A part that is not known.

    Attributes:
        value: the function that it is the value of, as in a template.
    """

    value: object


Part: TypeAlias = "str | Token"


def json_parts(value: object, substitutions: Collection[str] = ()) -> Iterator[tuple[Part, bool]]:
    """The pieces of a text that is JSON, each with whether it is inside a JSON string.

    Args:
        value: text, or Fn::Join or Fn::Sub of a template.
        substitutions: names that ``${name}`` stands for in the result.
    """
    inside = False
    for part in _substituted(joined_parts(value), substitutions):
        yield part, inside
        if isinstance(part, str) and sum(quote == '"' for quote in _QUOTE.findall(part)) % 2:
            inside = not inside


def plain_text(value: object) -> str:
    """A text that is no JSON, such as an ARN, with marks; one mark for what is no text."""
    return "".join(part if isinstance(part, str) else MARK for part in joined_parts(value))


def joined_parts(value: object) -> list[Part]:
    """The pieces of a text."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, Mapping) and len(value) == 1:
        (function, argument), *_ = value.items()
        if function == "Fn::Join" and _is_join(argument):
            return _join(*argument)
        if function == "Fn::Sub":
            template, *given = argument if isinstance(argument, list) and argument else [argument]
            values = given[0] if given and isinstance(given[0], Mapping) else {}
            if isinstance(template, str):
                return _sub(template, values)
    return [Token(value)]


def _is_join(argument: object) -> bool:
    return (
        isinstance(argument, list)
        and len(argument) == 2
        and isinstance(argument[0], str)
        and isinstance(argument[1], list)
    )


def _join(delimiter: str, values: list[object]) -> list[Part]:
    parts: list[Part] = []
    for number, value in enumerate(values):
        parts += [delimiter] if number and delimiter else []
        parts += joined_parts(value)
    return parts


def _sub(template: str, values: Mapping[str, Any]) -> list[Part]:
    pieces = _SUBSTITUTED.split(template)  # literal, name, literal, name, ...
    return [
        Token(values.get(piece, _named(piece))) if number % 2 else piece.replace("${!", "${")
        for number, piece in enumerate(pieces)
    ]


def _named(name: str) -> object:
    """What ``${name}`` is in an Fn::Sub."""
    resource, dot, attribute = name.partition(".")
    return {"Fn::GetAtt": [resource, attribute]} if dot else {"Ref": name}


def _substituted(parts: list[Part], names: Collection[str]) -> Iterator[Part]:
    if not names:
        yield from parts
        return
    placeholder = re.compile("|".join(re.escape(f"${{{name}}}") for name in names))
    for part in parts:
        if isinstance(part, Token):
            yield part
            continue
        literals, found = placeholder.split(part), placeholder.findall(part)
        yield literals[0]
        for name, literal in zip(found, literals[1:], strict=True):
            yield Token({"Fn::Sub": name})
            yield literal
