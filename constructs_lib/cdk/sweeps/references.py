"""What an expression of JSONata refers to: the state's input, its context, and variables of a state machine.

Read from the expression's signs and not from its text, as ``'$states.input'`` in quotes refers to nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

__all__ = ["STATES", "Reference", "bound_names", "functions", "references"]

STATES = "states"
# A pattern begins where a value can; elsewhere the sign divides.
_PATTERN = re.compile(r"(?P<pattern>/(?![*/])(?:[^/\\\n]|\\.)+/[a-z]*)")
_SIGN = re.compile(
    r"""(?P<blank>\s+|/\*.*?\*/)
    |(?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    |(?P<name>`[^`]*`)
    |(?P<variable>\$\$|\$\w*)
    |(?P<word>\w+)
    |(?P<sign>:=|.)""",
    re.DOTALL | re.VERBOSE,
)
_BEFORE_VALUES = ("and", "or", "in")
_OF_JSONATA = """
    abs append assert average base64decode base64encode boolean ceil clone contains count decodeUrl
    decodeUrlComponent distinct each encodeUrl encodeUrlComponent error eval exists filter floor formatBase
    formatInteger formatNumber fromMillis join keys length lookup lowercase map match max merge millis min not
    now number pad parseInteger power random reduce replace reverse round shuffle sift single sort split
    spread sqrt string substring substringAfter substringBefore sum toMillis trim type uppercase zip
"""
_OF_STATES = "hash parse partition random range uuid"
functions = frozenset(f"{_OF_JSONATA} {_OF_STATES}".split())
"""The functions that every expression of a state machine has."""


class _Sign(NamedTuple):
    kind: str
    text: str
    end: int


class Reference(NamedTuple):
    """A variable in an expression, and the names that lead on from it: ``$states.input.depth``.

    Attributes:
        name: without its dollar sign.
        steps: each name, and where it ends in the expression.
    """

    name: str
    steps: tuple[tuple[str, int], ...]

    def step(self, number: int) -> str | None:
        """One of the names; None where something else follows, or nothing."""
        return self.steps[number][0] if number < len(self.steps) else None


def references(text: str) -> list[Reference]:
    """Every variable in an expression, in order; one of JSONata's own (``$``, ``$$``) is none."""
    signs = _signs(text)
    return [
        Reference(sign.text[1:], tuple(_steps(signs, at + 1)))
        for at, sign in enumerate(signs)
        if sign.kind == "variable" and sign.text not in ("$", "$$")
    ]


def bound_names(text: str) -> set[str]:
    """The variables that an expression itself sets, as blocks, functions and paths do."""
    signs = _signs(text)
    found = set()
    for at, sign in enumerate(signs):
        if sign.text in ("function", "λ") and sign.kind == "word":
            found |= _parameters(signs, at + 1)
        before = signs[at - 1].text if at else ""
        after = signs[at + 1].text if at + 1 < len(signs) else ""
        if sign.kind == "variable" and (after == ":=" or before in ("@", "#")):
            found.add(sign.text[1:])
    return found


def _parameters(signs: list[_Sign], at: int) -> set[str]:
    found = set()
    for sign in signs[at:]:
        if sign.kind == "variable":
            found.add(sign.text[1:])
        if sign.text == ")":
            break
    return found


def _steps(signs: list[_Sign], at: int) -> Iterator[tuple[str, int]]:
    while at + 1 < len(signs) and signs[at].text == "." and signs[at + 1].kind in ("word", "name"):
        yield signs[at + 1].text.strip("`"), signs[at + 1].end
        at += 2


def _signs(text: str) -> list[_Sign]:
    """What an expression is made of, without blanks and comments."""
    found: list[_Sign] = []
    at, before_value = 0, True
    while at < len(text):
        sign = (before_value and _PATTERN.match(text, at)) or _SIGN.match(text, at)
        if not sign:
            break
        kind, at = str(sign.lastgroup), sign.end()
        if kind != "blank":
            found.append(_Sign(kind, sign[0], at))
            ends = kind != "sign" or sign[0] in (")", "]", "}")
            before_value = not ends or (kind == "word" and sign[0] in _BEFORE_VALUES)
    return found
