"""Tables of text whose cells have several lines."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest

from constructs_lib.cli.output import plain

__all__ = ["table", "wrapped"]

_GAP = "  "
_FIRST_AT_MOST = 40
# Of the others, where all of them need more than there is.
_WEIGHTS = (0, 5, 3, 4)
# After which an ARN, or a text, can be read on in the next line; never inside a name in braces.
_UNIT = re.compile(r"\$\{[^{}]*\}|.", re.DOTALL)
_BREAKS = (" ", ":/,}", ".-")

Cell = Sequence[str]


def table(head: Sequence[str], rows: Sequence[Sequence[Cell]], columns: int, indent: str) -> Iterator[str]:
    """The lines of a table: the first column as wide as it has to be, the others share the rest.

    Args:
        head: the columns' names.
        rows: their cells: each has texts that begin in a line of their own.
        columns: the characters of a line.
        indent: begins each line.
    """
    space = columns - len(indent) - len(_GAP) * (len(head) - 1)
    lines = [[[name] for name in head], *([[plain(text) for text in cell] for cell in row] for row in rows)]
    widths = _widths(lines, space)
    for row in lines:
        cells = [wrapped(cell, size) for cell, size in zip(row, widths, strict=True)]
        for parts in zip_longest(*cells, fillvalue=""):
            padded = (part.ljust(size) for part, size in zip(parts, widths, strict=True))
            yield f"{indent}{_GAP.join(padded)}".rstrip()


def wrapped(texts: Iterable[str], size: int) -> list[str]:
    """Each text in lines of its own that are no longer than that.

    Args:
        texts: the texts; control characters are written as escapes.
        size: the characters of a line.
    """
    lines: list[str] = []
    for text in texts:
        rest = plain(text)
        while len(rest) > size:
            end = _break(rest, size)
            lines.append(rest[:end].rstrip())
            rest = f"  {rest[end:].lstrip()}"
        lines.append(rest)
    return lines or [""]


def _widths(rows: Sequence[Sequence[Cell]], space: int) -> list[int]:
    """What each column needs, as far as there is room: who needs little leaves more to the others."""
    needed = [max(len(text) for row in rows for text in row[index] or [""]) for index in range(len(rows[0]))]
    widths = [min(needed[0], _FIRST_AT_MOST, space // 3), *[0] * (len(needed) - 1)]
    left, waiting = space - widths[0], sorted(range(1, len(needed)), key=lambda index: needed[index])
    while waiting:
        index = waiting.pop(0)
        weights = sum(_WEIGHTS[other] for other in (index, *waiting))
        widths[index] = min(needed[index], left * _WEIGHTS[index] // weights)
        left -= widths[index]
    return widths


def _break(text: str, size: int) -> int:
    """Where to break: after a space, or else after a mark or a name in braces."""
    ends = dict.fromkeys(_BREAKS, 0)
    for unit in _UNIT.finditer(text):
        end = unit.end()
        if end > size:
            break
        for marks in _BREAKS:
            if unit[0][-1] in marks:
                ends[marks] = end
    good = [found for found in ends.values() if found > size // 2]
    return good[0] if good else size
