"""Paths inside a request, in AWS's form, and the order in which a document names them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from constructs_lib.rules.rule import Path
from constructs_lib.rules.wording import holds_secret

__all__ = ["position", "positions", "render"]

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_LONGEST_KEY = 80


@lru_cache(maxsize=4096)
def render(path: Path) -> str:
    """A path as text: ``InputDataConfig[1].ChannelName``, ``HyperParameters["a b"]``."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif _PLAIN.fullmatch(step) and len(step) <= _LONGEST_KEY and not holds_secret(step):
            text += f".{step}" if text else step
        else:
            text += f"[{_quoted(step)}]"
    return text


def _quoted(key: str) -> str:
    if holds_secret(key):
        return '"(a credential, not shown)"'
    return json.dumps(key if len(key) <= _LONGEST_KEY else key[:_LONGEST_KEY] + "...")


def _number(container: Mapping[str, object], step: str) -> int:
    return list(container).index(step)


def position(
    document: object, path: Path, number: Callable[[Mapping[str, Any], str], int] = _number
) -> tuple[float, ...]:
    """Where a path stands in a document: what is missing comes after all that its parent has.

    Args:
        document: the request that the path is of.
        path: the path.
        number: tells the place of a key among those of its map.
    """
    places: list[float] = []
    inside: Any = document
    for step in path:
        if isinstance(step, int):
            places.append(step)
            inside = inside[step] if isinstance(inside, (list, tuple)) and step < len(inside) else None
        elif isinstance(inside, (dict, Mapping)) and step in inside:
            places.append(number(inside, step))
            inside = inside[step]
        else:
            places.append(float("inf"))
            inside = None
    return tuple(places)


def positions(document: object) -> Callable[[Path], tuple[float, ...]]:
    """As `position`, for many paths of one document: each of its maps is counted through once.

    Args:
        document: the request that the paths are of.

    Returns:
        What gives the place of a path.
    """
    # Each with its map, which so keeps its id.
    counted: dict[int, tuple[object, dict[object, int]]] = {}

    def number(container: Mapping[str, Any], step: str) -> int:
        found = counted.get(id(container))
        if found is None:
            found = container, {key: place for place, key in enumerate(container)}
            counted[id(container)] = found
        return found[1][step]

    return lambda path: position(document, path, number)
