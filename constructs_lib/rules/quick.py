"""Whether a text is surely right, by one call into C: most texts are, and need no closer look."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from constructs_lib.rules.harmless import HARMLESS, QUICK
from constructs_lib.service_model.create_training_job import SHAPES

__all__ = ["full_match", "quick"]

# ASCII without what tokens and expressions are made of: braces and plus signs.
_PLAIN = "[ -*,-z]"
# Java's `.*` and `.+`, without line ends as Java knows them, and `[\S\s]*`: plain text has these forms.
_ANY_TEXT = frozenset((r"[^\n\r\x85\u2028\u2029]*", r"[^\n\r\x85\u2028\u2029]+", r"[\s\S]*"))


def quick(name: str, doubts: Mapping[str, int]) -> Callable[[str], object]:
    """The quick look at text of a shape.

    Args:
        name: AWS's name of the shape.
        doubts: the shapes of which rules want to see what is not harmless.

    Returns:
        What says yes only to a text that has the shape's form, is no token and, where rules are about it, is
        harmless. For what is no text: what always says no.
    """
    shape = SHAPES[name]
    if shape["type"] != "string":
        return _no
    narrower: Any = HARMLESS[name] if name in doubts else QUICK.get(name)
    if "enum" in shape:
        return frozenset(narrower or shape["enum"]).__contains__
    return full_match(_plain_form(shape) if narrower is None else narrower)


def _plain_form(shape: Mapping[str, Any]) -> str:
    pattern = shape.get("pattern", "")
    lengths = f"{{{shape.get('min', 0)},{shape.get('max', '')}}}"
    if pattern in _ANY_TEXT or not pattern:
        # At least one: what a bound of 0 and `.+` say of the empty text is for the closer look.
        return _PLAIN + lengths.replace("{0,", "{1,")
    return rf"(?={_PLAIN}{lengths}\Z)(?:{pattern})"


def _no(_: str) -> bool:
    return False


@cache
def full_match(pattern: str) -> Callable[[str], object]:
    """A pattern, compiled once, as the test of a whole text."""
    return re.compile(pattern).fullmatch
