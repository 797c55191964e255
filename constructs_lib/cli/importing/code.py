"""Python expressions as trees, written in the layout that `ruff format` leaves as it is."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

__all__ = ["WIDTH", "Code", "call", "dictionary", "listing", "literal", "names_of"]

WIDTH = 88
"""How long a line may be: the default of ruff format."""
_INDENT = 4


@dataclass(frozen=True)
class Code:
    """An expression: a text, or what stands between two brackets.

    Attributes:
        opening: the text, up to and with the opening bracket where there is one.
        items: what is between the brackets, each with what stands before it, such as ``name=``.
        closing: the closing bracket; empty for an expression without.
        name: what has to be imported for it; empty for nothing.
    """

    opening: str
    items: tuple[tuple[str, Code], ...] = ()
    closing: str = ""
    name: str = ""

    @cached_property
    def flat(self) -> str:
        """It in one line."""
        return self.opening + ", ".join(before + item.flat for before, item in self.items) + self.closing

    def lines(self, before: str = "", after: str = "", indent: int = 0) -> Iterator[str]:
        """It in lines that are short enough where they can be: one item a line where one line is too long.

        Args:
            before: what stands before it in its first line.
            after: what stands after it in its last.
            indent: by how many spaces it is indented.
        """
        space = " " * indent
        line = f"{space}{before}{self.flat}{after}"
        if not self.items or _width(line) <= WIDTH:
            yield line
            return
        yield f"{space}{before}{self.opening}"
        for prefix, item in self.items:
            yield from item.lines(prefix, ",", indent + _INDENT)
        yield f"{space}{self.closing}{after}"


def call(function: str, *positional: Code, **keywords: Code) -> Code:
    """A call of a function of an imported name: ``function`` itself, or what is before its dot."""
    items = (*(("", item) for item in positional), *((f"{name}=", item) for name, item in keywords.items()))
    return Code(f"{function}(", items, ")", function.partition(".")[0])


def listing(items: Iterable[Code]) -> Code:
    """A list."""
    return Code("[", tuple(("", item) for item in items), "]")


def dictionary(entries: Mapping[str, Code]) -> Code:
    """A dict with texts as keys."""
    return Code("{", tuple((f"{_text(key)}: ", value) for key, value in entries.items()), "}")


def literal(value: str | bool | int | float | None) -> Code:
    """A text, flag, number or None."""
    return Code(_text(value) if isinstance(value, str) else repr(value))


def names_of(code: Code) -> set[str]:
    """What has to be imported for an expression."""
    return {code.name} - {""} | set(chain.from_iterable(names_of(item) for _, item in code.items))


def _text(value: str) -> str:
    """A literal of a text, in the quotes that need fewer escapes.

    Every character is written as itself only where it is printable and has no meaning in a literal: signs
    that turn the direction of text, or end a line, are escapes.
    """
    quote = "'" if value.count('"') > value.count("'") else '"'
    return quote + "".join(_character(one, quote) for one in value) + quote


def _character(one: str, quote: str) -> str:
    if one in ("\\", quote):
        return f"\\{one}"
    return one if one.isprintable() else repr(one)[1:-1]


def _width(line: str) -> int:
    return len(line) + sum(unicodedata.east_asian_width(one) in "WF" for one in line if not one.isascii())
