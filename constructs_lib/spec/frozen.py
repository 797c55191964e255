"""Values that cannot be changed: an immutable map, and deep freezing of what users pass."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeVar

__all__ = ["EMPTY", "FrozenMap", "freeze", "set_field", "thaw"]

V = TypeVar("V")


class FrozenMap(Mapping[str, V]):
    """A map that keeps its order, cannot be changed, and can be hashed where its values can.

    Args:
        entries: what it holds; copied, so that a later change of the original is not seen.
    """

    __slots__ = ("_entries",)

    def __init__(self, entries: Mapping[str, V]) -> None:
        self._entries: dict[str, V] = dict(entries)

    def __getitem__(self, key: str) -> V:
        return self._entries[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __hash__(self) -> int:
        return hash(frozenset(self._entries.items()))

    def __repr__(self) -> str:
        return repr(self._entries)


EMPTY: FrozenMap[object] = FrozenMap({})


def freeze(value: object) -> object:
    """Copy ``value`` with every map a `FrozenMap` and every list a tuple; anything else is kept as it is."""
    if isinstance(value, Mapping):
        return FrozenMap({key: freeze(item) for key, item in value.items()})
    if isinstance(value, (list, tuple)):
        return tuple(freeze(item) for item in value)
    return value


def thaw(value: object) -> object:
    """Copy ``value`` with every map a dict and every tuple a list: the form that templates and JSON take."""
    if isinstance(value, Mapping):
        return {key: thaw(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [thaw(item) for item in value]
    return value


def set_field(owner: object, name: str, value: object) -> None:
    """Set a field of a frozen dataclass while it is being made (in ``__post_init__``)."""
    object.__setattr__(owner, name, value)
