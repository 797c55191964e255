"""Texts of JSONPath states: calls of the intrinsic functions, with their arguments escaped."""

from __future__ import annotations

import re
from collections.abc import Sequence

from constructs_lib.cdk.expressions import token_parts

__all__ = [
    "MOST_CALLS",
    "as_array",
    "as_format",
    "as_json_text",
    "as_parsed",
    "as_text",
    "calls",
    "escaped",
    "quoted",
]

MOST_CALLS = 10
"""How many calls of intrinsic functions Step Functions takes in one field."""

# What has a meaning inside the apostrophes of every intrinsic function.
_SPECIAL = re.compile(r"['{}\\]")
_QUOTED = re.compile(r"'(?:\\.|[^'\\])*'", re.DOTALL)
_CALL = re.compile(r"States\.\w+\(")
_MAKES_TEXT = re.compile(r"States\.(?:Format|JsonToString|Base64Encode|Base64Decode|Hash|UUID)\(")


def escaped(text: str) -> str:
    """Text as it is written between apostrophes; the marks of CDK's tokens stay as CDK finds them."""
    parts = token_parts(text)
    parts[::2] = [_SPECIAL.sub(r"\\\g<0>", part) for part in parts[::2]]
    return "".join(parts)


def quoted(text: str) -> str:
    """Text as an argument."""
    return f"'{escaped(text)}'"


def as_format(template: str, arguments: Sequence[str]) -> str:
    """A text with arguments in it.

    Args:
        template: `escaped` text with ``{}`` for each argument.
        arguments: paths and calls.
    """
    return f"States.Format('{template}', {', '.join(arguments)})"


def as_text(path: str) -> str:
    """A text, number or flag as text: numbers as they are written in JSON."""
    return path if _MAKES_TEXT.match(path) else as_format("{}", [path])


def as_json_text(path: str) -> str:
    """Any value as JSON text."""
    return f"States.JsonToString({path})"


def as_parsed(text: str) -> str:
    """The value of a JSON text."""
    return f"States.StringToJson({text})"


def as_array(arguments: Sequence[str]) -> str:
    """A list of arguments."""
    return f"States.Array({', '.join(arguments)})"


def calls(expression: str) -> int:
    """How many calls an expression has; what is quoted does not count."""
    return len(_CALL.findall(_QUOTED.sub("''", expression)))
