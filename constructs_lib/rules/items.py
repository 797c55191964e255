"""Looking at the items of a list of which some are not known: those that are must not stay unseen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from constructs_lib.rules.values import UNKNOWN

__all__ = ["known_items", "repeats"]


def known_items(items: Sequence[Any]) -> Iterator[tuple[int, Any]]:
    """The items that are known, each with its index; an unknown list is undecided."""
    for index, item in enumerate(items):
        if item is not UNKNOWN:
            yield index, item


def repeats(items: Sequence[Any], member: str) -> Iterator[tuple[int, Any, int]]:
    """Each item that repeats an earlier one's value of a member: its index, the value, and whose it is."""
    first: dict[Any, int] = {}
    for index, item in known_items(items):
        value = item[member]
        if value is not UNKNOWN and first.setdefault(value, index) != index:
            yield index, value, first[value]
