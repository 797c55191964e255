"""The text in values as they were given, of whatever type: for what must not be written at all.

A secret counts where it is written, in a value that is partly known or has the wrong type too. So this reads
the request itself, before the service model has put `UNKNOWN` in the place of what it cannot judge.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from constructs_lib.rules.job import Job
from constructs_lib.rules.rule import Path

__all__ = ["map_texts", "quick_text", "raw_member", "text_of"]

_DEEPEST = 20
_MOST_VALUES = 2_000


def text_of(value: object) -> str:
    """All text in a value, each on its own line; an ``Fn::Join`` is joined, what is no text is left out."""
    return _text(value, _DEEPEST, [_MOST_VALUES])


def _text(value: object, depth: int, left: list[int]) -> str:
    left[0] -= 1
    if isinstance(value, str):
        return value
    if depth == 0 or left[0] < 0:
        return ""
    if isinstance(value, Mapping):
        joined = value.get("Fn::Join") if len(value) == 1 else None
        if isinstance(joined, (list, tuple)) and len(joined) == 2:  # separator and parts
            return _joined(joined[0], joined[1], depth, left)
        return "\n".join(_text(item, depth - 1, left) for entry in value.items() for item in entry)
    if isinstance(value, (list, tuple)):
        return "\n".join(_text(item, depth - 1, left) for item in value)
    return value.decode("latin-1") if isinstance(value, (bytes, bytearray)) else ""


def _joined(separator: object, parts: object, depth: int, left: list[int]) -> str:
    if not isinstance(separator, str) or not isinstance(parts, (list, tuple)):
        return _text([separator, parts], depth - 1, left)
    # An intrinsic is another text: its lines keep what it names apart from its neighbours.
    texts = (part if isinstance(part, str) else f"\n{_text(part, depth - 1, left)}\n" for part in parts)
    return separator.join(texts)


def raw_member(job: Job, *names: str) -> Any:
    """A member as it was given; None when it, or a map above it, is not there."""
    value: Any = job.raw
    for name in names:
        value = value.get(name) if _is_map(value) else None
    return value


def map_texts(job: Job, name: str) -> Iterator[tuple[Path, str]]:
    """Each entry of a map of the request: its path, and the text in its key and value."""
    given = raw_member(job, name)
    if _is_map(given):
        for key, value in given.items():
            yield (
                (name, key if isinstance(key, str) else type(key).__name__),
                f"{text_of(key)}\n{text_of(value)}",
            )
    elif given is not None:
        yield (name,), text_of(given)


def quick_text(job: Job, name: str) -> str | None:
    """All text of a map of texts, for a quick look before `map_texts`; None when it is no such map."""
    if name not in job.raw_texts:
        given = raw_member(job, name)
        job.raw_texts[name] = "" if given is None else _joined_map(given)
    return job.raw_texts[name]


def _joined_map(given: Any) -> str | None:
    try:
        return "\n".join((*given, *given.values()))
    except (TypeError, AttributeError):
        return None


def _is_map(value: object) -> bool:
    return type(value) is dict or isinstance(value, Mapping)  # the first is much faster
