r"""Translates AWS's patterns, which are Java's, to Python's ``re``, for a match of the whole text.

The two dialects agree on most of what AWS writes, and differ silently on the rest: in Java ``\d``, ``\w`` and
``\s`` are ASCII, and ``.`` stops at five line terminators. So nothing passes through unread: a pattern is
read token by token, each token is written anew, and one that has no rule here is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

__all__ = ["PatternError", "translate"]

DOT = r"[^\n\r\x85\u2028\u2029]"
ANYTHING = r"[\s\S]"
LAST = 0x10FFFF

Ranges = tuple[tuple[int, int], ...]


def _ranges(*pairs: str) -> Ranges:
    return tuple(sorted((ord(pair[0]), ord(pair[-1])) for pair in pairs))


def _complement(ranges: Ranges) -> Ranges:
    gaps, start = [], 0
    for low, high in sorted(ranges):
        if low > start:
            gaps.append((start, low - 1))
        start = max(start, high + 1)
    return (*gaps, (start, LAST)) if start <= LAST else tuple(gaps)


DIGIT = _ranges("09")
WORD = _ranges("az", "AZ", "09", "_")
SPACE = _ranges(" ", "\t\r")
CLASSES: dict[str, Ranges] = {
    "d": DIGIT,
    "D": _complement(DIGIT),
    "s": SPACE,
    "S": _complement(SPACE),
    "w": WORD,
    "W": _complement(WORD),
}
PROPERTIES: dict[str, Ranges] = {
    "Alnum": _ranges("az", "AZ", "09"),
    "Alpha": _ranges("az", "AZ"),
    "Digit": DIGIT,
    "Lower": _ranges("az"),
    "Upper": _ranges("AZ"),
    # Space, line and paragraph separators; the list has not changed since Unicode 6.3.
    "Z": _ranges(" ", "\xa0", "\u1680", "\u2000\u200a", "\u2028", "\u2029", "\u202f", "\u205f", "\u3000"),
}
# Python has no name for all letters alone: its \w is all letters, all numbers and the underscore at once.
ONLY_TOGETHER = frozenset({"L", "N"})
CONTROLS = {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}
GROUPS = ("(?:", "(?=", "(?!", "(?<=", "(?<!")


class PatternError(ValueError):
    """A pattern has something that has no translation here."""


class Token(NamedTuple):
    """One piece of a pattern: ``kind`` is char, class, property or the piece itself."""

    kind: str
    text: str
    at: int


def translate(source: str) -> str:
    """The Python pattern that matches in ``re.fullmatch`` what ``source`` does in Java's ``matches``.

    Args:
        source: a Java pattern, without flags.

    Returns:
        A pattern in ASCII, which compiles.

    Raises:
        PatternError: something in ``source`` is not known to mean the same, or is not a pattern.
    """
    translated = "".join(_pieces(_Reader(source)))
    try:
        re.compile(translated)
    except (re.error, OverflowError) as error:
        raise PatternError(f"{source!r} became {translated!r}: {error}") from error
    return translated


class _Reader:
    """Walks a pattern, token by token."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.at = 0

    def fail(self, what: str) -> PatternError:
        return PatternError(f"{self.source!r}: {what} at {self.at} has no translation")

    def rest(self) -> str:
        return self.source[self.at :]

    def take(self, length: int) -> str:
        text = self.source[self.at : self.at + length]
        self.at += length
        return text

    def escape(self) -> Token:
        """Read what follows a backslash, inside a class and outside."""
        start = self.at
        text = self.rest()
        if match := re.match(r"\\[pP]\{(\w+)\}", text):
            if text[1] == "P" or (match[1] not in PROPERTIES and match[1] not in ONLY_TOGETHER):
                raise self.fail(f"property {match[0]}")
            self.take(match.end())
            return Token("property", match[1], start)
        if match := re.match(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4}))", text):
            self.take(match.end())
            return Token("char", chr(int(match[1] or match[2], 16)), start)
        letter = text[1:2]
        if letter in CLASSES:
            self.take(2)
            return Token("class", letter, start)
        if letter in CONTROLS:
            self.take(2)
            return Token("char", CONTROLS[letter], start)
        # Java keeps every letter and digit for itself; any other character stands for itself.
        if not letter or letter.isalnum() or not letter.isascii():
            raise self.fail(f"escape {text[:2]}")
        self.take(2)
        return Token("char", letter, start)


def _pieces(reader: _Reader) -> Iterator[str]:
    while text := reader.rest():
        first = text[0]
        if first == "\\":
            yield _outside(reader, reader.escape())
        elif first == "[":
            yield _class(reader)
        elif first == "(":
            yield _group(reader)
        elif first in "*+?{":
            yield _quantifier(reader)
        elif first in "^$":
            yield _anchor(reader)
        else:
            reader.take(1)
            yield first if first in "|)" else DOT if first == "." else _literal(first)


def _outside(reader: _Reader, token: Token) -> str:
    if token.kind == "char":
        return _literal(token.text)
    ranges = CLASSES.get(token.text) if token.kind == "class" else PROPERTIES.get(token.text)
    if ranges is None:
        raise reader.fail(f"property {token.text} by itself")
    return _brackets(ranges)


def _group(reader: _Reader) -> str:
    text = reader.rest()
    if not text.startswith("(?"):
        return reader.take(1)
    for opening in GROUPS:
        if text.startswith(opening):
            return reader.take(len(opening))
    raise reader.fail(f"group {text[:4]}")


def _quantifier(reader: _Reader) -> str:
    match = re.match(r"[*+?]|\{\d+(?:,\d*)?\}", reader.rest())
    if match is None:
        raise reader.fail("a brace that is no quantifier")
    reader.take(match.end())
    if reader.rest()[:1] == "+":
        raise reader.fail("a possessive quantifier")  # Python has them from 3.11 on
    lazy = reader.take(1) if reader.rest()[:1] == "?" else ""
    if reader.rest()[:1] in ("*", "+", "?", "{"):
        raise reader.fail("a quantifier of a quantifier")
    return match[0] + lazy


def _anchor(reader: _Reader) -> str:
    """Drop an anchor at an end of the pattern, where a match of the whole text makes it true."""
    edge = reader.at == 0 if reader.rest()[0] == "^" else len(reader.rest()) == 1
    if not edge:
        raise reader.fail("an anchor inside the pattern")
    reader.take(1)
    if reader.rest()[:1] in ("*", "+", "?", "{"):
        raise reader.fail("a quantified anchor")
    return ""


def _class(reader: _Reader) -> str:
    reader.take(1)
    negated = reader.rest()[:1] == "^"
    if negated:
        reader.take(1)
    ranges: list[tuple[int, int]] = []
    named: set[str] = set()
    while not reader.rest().startswith("]"):
        token = _item(reader)
        named.add(f"{token.kind} {token.text}")
        ranges += _members(reader, token)
    reader.take(1)
    if not named:
        raise reader.fail("an empty class")
    word = _unicode_word(reader, named)
    if word:
        return f"[{'^' if negated else ''}{word}{_text(tuple(ranges))}]"
    if negated and not _complement(tuple(ranges)):
        raise reader.fail("a class of nothing")
    return _brackets(tuple(ranges), negated=negated)


def _brackets(ranges: Ranges, *, negated: bool = False) -> str:
    # Python takes milliseconds to compile a class up to the last code point; its complement is short.
    if any(high == LAST for _, high in ranges):
        ranges, negated = _complement(ranges), not negated
    if not ranges:
        return ANYTHING
    return f"[{'^' if negated else ''}{_text(ranges)}]"


def _item(reader: _Reader) -> Token:
    text = reader.rest()
    if not text:
        raise reader.fail("a class without an end")
    if text.startswith(("[", "&&")):
        raise reader.fail("a class within a class")
    if text.startswith("\\"):
        return reader.escape()
    return Token("char", reader.take(1), reader.at - 1)


def _members(reader: _Reader, token: Token) -> Ranges:
    if token.kind == "class":
        return CLASSES[token.text]
    if token.kind == "property":
        return PROPERTIES.get(token.text, ())
    rest = reader.rest()
    if not rest.startswith("-") or rest.startswith("-]"):
        return ((ord(token.text), ord(token.text)),)
    reader.take(1)
    end = _item(reader)
    if end.kind != "char" or end.text < token.text:
        raise reader.fail("a range without an end")
    return ((ord(token.text), ord(end.text)),)


def _unicode_word(reader: _Reader, named: set[str]) -> str:
    asked = {name for name in ONLY_TOGETHER if f"property {name}" in named}
    if not asked:
        return ""
    if asked != ONLY_TOGETHER or not {"char _", "class w"} & named:
        raise reader.fail("letters or numbers of all scripts without each other and the underscore")
    return r"\w"


def _text(ranges: Ranges) -> str:
    return "".join(
        _literal(chr(low), inside=True)
        if low == high
        else f"{_literal(chr(low), inside=True)}-{_literal(chr(high), inside=True)}"
        for low, high in ranges
    )


def _literal(char: str, *, inside: bool = False) -> str:
    """One character as it is written in a Python pattern, in ASCII."""
    # Inside a class also the signs that a later Python may read as set operations.
    special = r"\]^-[&~|" if inside else r"\.^$*+?{}[]|()"
    if char in special:
        return "\\" + char
    if char.isascii() and char.isprintable():
        return char
    code = ord(char)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
