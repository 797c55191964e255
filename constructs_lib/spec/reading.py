"""Reading members of a request, so strictly that what was read renders to the same again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from constructs_lib.errors import SpecError
from constructs_lib.spec.checks import check_mapping, kind
from constructs_lib.spec.text import is_expression, is_resolvable

__all__ = ["listed", "needed", "structure"]


def structure(path: str, value: object, known: Sequence[str]) -> Mapping[str, object]:
    """A structure as it is, when each of its members is known and has a value.

    Args:
        path: where it stands, in AWS form.
        value: the structure.
        known: the names of its members that the caller reads.

    Raises:
        SpecError: no map, a member that the caller does not read, or None.
    """
    members = check_mapping(path, value)
    for name, member in members.items():
        if name not in known:
            problem = f"is not one of {', '.join(known)}"
            raise SpecError(f"{path}.{name}", problem, "check its name, or give it as an override")
        if member is None:
            raise SpecError(f"{path}.{name}", "must have a value, got None", "leave it out")
    return members


def needed(path: str, members: Mapping[str, object], name: str) -> object:
    """A member that its structure cannot be without."""
    if name not in members:
        raise SpecError(f"{path}.{name}", "is needed", "give it a value")
    return members[name]


def listed(path: str, value: object, *, empty: bool = False) -> object:
    """A list of text as it is, or what stands for a whole list; an empty one only where it can be said."""
    if is_expression(value) or is_resolvable(value):
        return value
    if not isinstance(value, (list, tuple)):
        raise SpecError(path, f"must be a list, got {kind(value)}", "put the text into a list")
    if not value and not empty:
        raise SpecError(path, "must not be empty", "leave it out")
    return value
