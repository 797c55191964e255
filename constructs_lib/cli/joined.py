"""Texts of a template with a mark wherever a value is not known.

The result has to survive a JSON parser, because definitions of state machines and inputs of schedules are
JSON inside JSON: a mark inside a JSON string is a character, a mark for a bare value a string of its own.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from constructs_lib.rules.values import UNKNOWN
from constructs_lib.templates.joined import MARK, json_parts

__all__ = ["json_text", "marked", "unmarked"]


def json_text(value: object, substitutions: Collection[str] = ()) -> str | None:
    """A text that is JSON, with marks.

    Args:
        value: text, or Fn::Join or Fn::Sub of a template.
        substitutions: names that ``${name}`` stands for in the result.

    Returns:
        The text, or None when nothing of it is known.
    """
    parts = list(json_parts(value, substitutions))
    if not any(isinstance(part, str) and part for part, _ in parts):
        return None
    return "".join(
        part if isinstance(part, str) else MARK if inside else f'"{MARK}"' for part, inside in parts
    )


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
