"""Paths inside a request, in AWS's form, and the order in which a document names them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache

from constructs_lib.rules.rule import Path
from constructs_lib.rules.wording import holds_credential

__all__ = ["position", "render"]

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_LONGEST_KEY = 80


@lru_cache(maxsize=4096)
def render(path: Path) -> str:
    """A path as text: ``InputDataConfig[1].ChannelName``, ``HyperParameters["a b"]``."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif _PLAIN.fullmatch(step) and len(step) <= _LONGEST_KEY and not holds_credential(step):
            text += f".{step}" if text else step
        else:
            text += f"[{_quoted(step)}]"
    return text


def _quoted(key: str) -> str:
    if holds_credential(key):
        return '"(a credential, not shown)"'
    return json.dumps(key if len(key) <= _LONGEST_KEY else key[:_LONGEST_KEY] + "...")


def position(document: object, path: Path) -> tuple[float, ...]:
    """Where a path stands in a document: what is missing comes after all that its parent has."""
    places: list[float] = []
    for step in path:
        if isinstance(step, int):
            places.append(step)
            document = (
                document[step] if isinstance(document, (list, tuple)) and step < len(document) else None
            )
        elif isinstance(document, (dict, Mapping)) and step in document:
            places.append(list(document).index(step))
            document = document[step]
        else:
            places.append(float("inf"))
            document = None
    return tuple(places)
