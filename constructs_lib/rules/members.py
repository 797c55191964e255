"""Members of a kind, wherever the service model has them: derived from it once, never listed by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from constructs_lib.rules.rule import Path
from constructs_lib.rules.values import UNKNOWN
from constructs_lib.service_model.create_training_job import ROOT, SHAPES

__all__ = ["LOCAL_PATHS", "S3_URIS", "find_local_paths", "find_s3_uris"]

_ITEMS = "[]"


def _member_paths(wanted: Callable[[str, str], bool]) -> tuple[str, ...]:
    """The AWS paths of the members that are wanted, by their names and shapes, in API order."""

    def walk(name: str, path: str) -> Iterator[str]:
        shape = SHAPES[name]
        if shape["type"] == "list":
            yield from walk(shape["member"], path + _ITEMS)
        elif shape["type"] == "structure":
            for member, inner in shape["members"].items():
                below = f"{path}.{member}" if path else member
                if wanted(member, inner):
                    yield below
                yield from walk(inner, below)

    return tuple(walk(ROOT, ""))


def _holds_s3_uri(member: str, name: str) -> bool:
    shape = SHAPES[name]
    return name == "S3Uri" or (member.startswith("S3") and shape["type"] == "string" and "enum" not in shape)


S3_URIS = _member_paths(_holds_s3_uri)
"""Every member that holds an S3 location, as AWS paths."""

LOCAL_PATHS = _member_paths(lambda member, _: member == "LocalPath")
"""Every folder in a container, as AWS paths."""


def _tree(paths: Iterable[str]) -> dict[str, Any]:
    """Paths as nested maps; ``[]`` is a step of its own, and None the end."""
    tree: dict[str, Any] = {}
    for path in paths:
        *steps, last = path.replace(_ITEMS, f".{_ITEMS}").split(".")
        node = tree
        for step in steps:
            node = node.setdefault(step, {})
        node[last] = None
    return tree


def _finder(paths: Iterable[str]) -> Callable[[Mapping[str, Any]], list[tuple[Path, str]]]:
    tree = _tree(paths)

    def find(request: Mapping[str, Any]) -> list[tuple[Path, str]]:
        found: list[tuple[Path, str]] = []
        _collect(request, (), tree, found)
        return found

    return find


def _collect(value: Any, path: Path, tree: Mapping[str, Any] | None, found: list[tuple[Path, str]]) -> None:
    """Adds what lies at a tree's ends; what is unknown, or below it, is passed over."""
    if value is UNKNOWN:
        return
    if tree is None:
        found.append((path, value))
    elif _ITEMS in tree:
        for index, item in enumerate(value):
            _collect(item, (*path, index), tree[_ITEMS], found)
    else:
        for name, below in tree.items():
            if name in value:
                _collect(value[name], (*path, name), below, found)


find_s3_uris = _finder(S3_URIS)
find_local_paths = _finder(LOCAL_PATHS)
