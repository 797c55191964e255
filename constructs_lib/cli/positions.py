"""Where values stand in a JSON text: the parser of the standard library keeps no positions."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import cached_property
from typing import TypeAlias

__all__ = ["Index", "Path", "line_and_column", "scan", "steps"]

Path: TypeAlias = "tuple[str | int, ...]"
Scanned: TypeAlias = "tuple[Path, int, str, bool]"

_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\]:,]|[^\s{}\[\]:,"]+', re.DOTALL)
_STEP = re.compile(r'\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]|\.?([A-Za-z_][A-Za-z0-9_-]*)')
_LINE_END = re.compile(r"\n")
_LONGEST_INDEXED = 4 * 1024 * 1024  # an index of a longer text costs more than its lines are worth


def scan(text: str) -> Iterator[Scanned]:
    """Walks through a JSON text without recursion.

    Args:
        text: JSON that a parser has read at least up to the place that is looked for.

    Yields:
        For each value: its path, the offset of its key (of itself in a list), its first piece (a bracket, a
        text or a number as it is written), and whether its key was there before in the same object.
    """
    path: list[str | int] = []
    keys: list[set[str] | None] = []  # a set for an object, None for a list
    key_next, start, repeated = False, -1, False
    for match in _TOKEN.finditer(text):
        piece = match[0]
        if piece == ",":
            if keys and keys[-1] is None:
                path[-1] = int(path[-1]) + 1
            key_next = bool(keys) and keys[-1] is not None
        elif piece in "}]":
            if keys:
                keys.pop()
                path.pop()
            key_next = False
        elif piece == ":":
            continue
        elif key_next and piece[0] == '"':
            known = keys[-1]
            key = json.loads(piece, strict=False)
            path[-1], start, key_next = key, match.start(), False
            repeated = known is not None and key in known
            if known is not None:
                known.add(key)
        else:
            yield tuple(path), start if start >= 0 else match.start(), piece, repeated
            start, repeated = -1, False
            if piece in "{[":
                path.append("" if piece == "{" else 0)
                keys.append(set() if piece == "{" else None)
                key_next = piece == "{"


def line_and_column(text: str, offset: int) -> tuple[int, int]:
    """The line and column of an offset, both from 1, in characters."""
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


def steps(path: str) -> Path:
    """The steps of a path in AWS's form: ``InputDataConfig[1].ChannelName`` has three."""
    return tuple(
        int(number) if number else json.loads(quoted) if quoted else name
        for number, quoted, name in _STEP.findall(path)
    )


class Index:
    """The offsets of all values of a text, made when the first is asked for.

    Args:
        text: the JSON text.
    """

    def __init__(self, text: str) -> None:
        self._text = text

    def find(self, path: Path) -> tuple[int, int]:
        """The line and column of a value, or of the nearest one around it that is there."""
        for length in range(len(path), 0, -1):
            if path[:length] in self._offsets:
                return self._place(self._offsets[path[:length]])
        return self._place(self._offsets.get((), 0))

    @cached_property
    def _offsets(self) -> dict[Path, int]:
        short = len(self._text) <= _LONGEST_INDEXED
        return {path: offset for path, offset, _, _ in scan(self._text)} if short else {}

    @cached_property
    def _lines(self) -> list[int]:
        """Where each line begins: counting lines anew for every finding would take quadratic time."""
        return [0, *(match.end() for match in _LINE_END.finditer(self._text))]

    def _place(self, offset: int) -> tuple[int, int]:
        line = bisect_right(self._lines, offset)
        return line, offset - self._lines[line - 1] + 1
