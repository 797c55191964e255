"""What a rule can know of a value: the value itself, or that it is there and cannot be known yet.

Rules are plain Python over plain dicts and lists. `UNKNOWN` stands where a token, an expression or an
ill-typed value stood; whatever a rule asks of it raises `Undecided`, and the engine then drops that rule's
answer. So a rule that looks at an unknown value finds nothing, without a word about tokens in its code.
"""

from __future__ import annotations

from typing import NoReturn

__all__ = ["UNKNOWN", "Undecided"]


class Undecided(Exception):
    """A rule asked for a value that is not known."""


class _Unknown:
    """The type of `UNKNOWN`; only ``is`` and ``is not`` can be asked of it."""

    __slots__ = ()

    def _undecided(self, *_: object) -> NoReturn:
        raise Undecided

    __bool__ = __len__ = __iter__ = __getitem__ = __contains__ = __hash__ = __int__ = __index__ = _undecided
    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = __add__ = __radd__ = __str__ = _undecided
    __mod__ = __mul__ = __rmul__ = __format__ = _undecided

    def __getattr__(self, name: str) -> NoReturn:
        raise Undecided

    def __repr__(self) -> str:
        return "UNKNOWN"

    def __copy__(self) -> _Unknown:
        return self

    def __deepcopy__(self, memo: object) -> _Unknown:
        return self


UNKNOWN = _Unknown()
"""A value that is there, and is not known before deployment or execution."""
