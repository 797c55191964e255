"""Texts that a template puts together: CloudFormation's joins with a mark wherever a value is not known.

The result has to survive a JSON parser, because definitions of state machines and inputs of schedules are
JSON inside JSON: a mark inside a JSON string is a character, a mark for a bare value a string of its own.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from constructs_lib.rules.values import UNKNOWN

__all__ = ["MARK", "json_text", "marked", "plain_text", "unmarked"]

MARK = "\ue000"  # of the private use area: no document has it
_SUBSTITUTED = re.compile(r"\$\{([^!{}][^{}]*)\}")
_QUOTE = re.compile(r'\\.|"', re.DOTALL)
_UNKNOWN_PART = None


def json_text(value: object, substitutions: Collection[str] = ()) -> str | None:
    """A text that is JSON, with marks.

    Args:
        value: text, or Fn::Join or Fn::Sub of a template.
        substitutions: names that ``${name}`` stands for in the result.

    Returns:
        The text, or None when nothing of it is known.
    """
    parts = _substituted(_parts(value), substitutions)
    if not any(part for part in parts):
        return None
    inside, text = False, ""
    for part in parts:
        if part is _UNKNOWN_PART:
            text += MARK if inside else f'"{MARK}"'
            continue
        text += part
        if sum(quote == '"' for quote in _QUOTE.findall(part)) % 2:
            inside = not inside
    return text


def plain_text(value: object) -> str:
    """A text that is no JSON, such as an ARN, with marks; one mark for what is no text."""
    return "".join(MARK if part is _UNKNOWN_PART else part for part in _parts(value))


def unmarked(value: object) -> Any:
    """A parsed document with `UNKNOWN` for every text that has a mark, and every map with one in a key."""
    if isinstance(value, str):
        return UNKNOWN if MARK in value else value
    if isinstance(value, list):
        return [unmarked(item) for item in value]
    if isinstance(value, Mapping):
        if any(MARK in key for key in value):
            return UNKNOWN
        return {key: unmarked(item) for key, item in value.items()}
    return value


def marked(value: object, placeholder: re.Pattern[str]) -> Any:
    """A value with marks for what is put into its texts later.

    Args:
        value: a parsed document, or a part of one.
        placeholder: what is replaced later.
    """
    if isinstance(value, str):
        return placeholder.sub(MARK, value)
    if isinstance(value, list):
        return [marked(item, placeholder) for item in value]
    if isinstance(value, dict):
        return {marked(key, placeholder): marked(item, placeholder) for key, item in value.items()}
    return value


def _parts(value: object) -> list[str | None]:
    """The pieces of a text; None for one that is not known."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, Mapping) and len(value) == 1:
        (function, argument), *_ = value.items()
        if function == "Fn::Join" and _is_join(argument):
            return _join(*argument)
        if function == "Fn::Sub":
            template = argument[0] if isinstance(argument, list) and argument else argument
            if isinstance(template, str):
                return _sub(template)
    return [_UNKNOWN_PART]


def _is_join(argument: object) -> bool:
    return (
        isinstance(argument, list)
        and len(argument) == 2
        and isinstance(argument[0], str)
        and isinstance(argument[1], list)
    )


def _join(delimiter: str, values: list[object]) -> list[str | None]:
    parts: list[str | None] = []
    for number, value in enumerate(values):
        parts += [delimiter] if number and delimiter else []
        parts += _parts(value)
    return parts


def _sub(template: str) -> list[str | None]:
    pieces = _SUBSTITUTED.split(template)  # literal, name, literal, name, ...
    return [
        _UNKNOWN_PART if number % 2 else piece.replace("${!", "${") for number, piece in enumerate(pieces)
    ]


def _substituted(parts: list[str | None], names: Collection[str]) -> list[str | None]:
    if not names:
        return parts
    placeholder = re.compile("|".join(re.escape(f"${{{name}}}") for name in names))
    found: list[str | None] = []
    for part in parts:
        literals = [part] if part is None else placeholder.split(part)
        for number, literal in enumerate(literals):
            found += [_UNKNOWN_PART, literal] if number else [literal]
    return found
