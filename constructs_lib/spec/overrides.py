"""Merging raw request members, in AWS form, into a rendered request."""

from __future__ import annotations

from collections.abc import Mapping

from constructs_lib.errors import SpecError
from constructs_lib.spec.frozen import thaw

__all__ = ["merge_overrides"]


def merge_overrides(request: Mapping[str, object], overrides: Mapping[str, object]) -> dict[str, object]:
    """The request with the overrides merged in, map by map.

    Args:
        request: as rendered from the typed fields and a binding; not changed.
        overrides: raw members; what is no map is taken whole, lists too.

    Raises:
        SpecError: an override names a member that is rendered already, whatever its value: two places that
            say the same would sooner or later differ. The path is in AWS form.
    """
    return _merge(request, overrides, "overrides")


def _merge(base: Mapping[str, object], extra: Mapping[str, object], path: str) -> dict[str, object]:
    merged = dict(base)
    for key, value in extra.items():
        there = f"{path}.{key}"
        present = merged.get(key)
        if key not in merged:
            merged[key] = thaw(value)
        elif isinstance(present, Mapping) and isinstance(value, Mapping):
            merged[key] = _merge(present, value, there)
        else:
            fix = "set the typed field, or leave it out and keep the override"
            raise SpecError(there, "is already set by a typed field of the spec or by its construct", fix)
    return merged
