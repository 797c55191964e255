"""The functions that Step Functions adds to JSONata."""

from __future__ import annotations

import hashlib
import json
import math
import random as generator
import uuid as identifiers
from collections.abc import Callable
from typing import Any

__all__ = ["ALL"]

_ALGORITHMS = {
    "MD5": hashlib.md5,
    "SHA-1": hashlib.sha1,
    "SHA-256": hashlib.sha256,
    "SHA-384": hashlib.sha384,
    "SHA-512": hashlib.sha512,
}


def _hash(text: Any, algorithm: Any) -> str:
    if not isinstance(text, str):
        raise TypeError("the first argument must be a string")
    if algorithm not in _ALGORITHMS:
        raise ValueError(f"the algorithm must be one of {', '.join(_ALGORITHMS)}, not {algorithm}")
    return _ALGORITHMS[algorithm](text.encode()).hexdigest()


def _uuid() -> str:
    return str(identifiers.uuid4())


def _parse(text: Any) -> Any:
    if not isinstance(text, str):
        raise TypeError("the argument must be a string")
    return json.loads(text)


def _partition(items: Any, size: Any) -> list[list[Any]]:
    if not isinstance(items, list) or not _is_number(size) or size < 1:
        raise TypeError("the arguments must be an array and a positive number")
    step = int(size)
    return [items[start : start + step] for start in range(0, len(items), step)]


def _range(first: Any, last: Any, step: Any) -> list[Any]:
    if not all(map(_is_number, (first, last, step))) or step == 0:
        raise TypeError("the arguments must be numbers, and the step not 0")
    count = math.floor((last - first) / step) + 1
    return [first + index * step for index in range(max(count, 0))]


def _random(seed: Any = None) -> float:
    if seed is not None and not _is_number(seed):
        raise TypeError("the seed must be a number")
    return generator.Random(seed).random()  # noqa: S311 - nothing is kept secret with it


def _eval(*_: Any) -> Any:
    raise ValueError("Step Functions does not have this function")


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


ALL: dict[str, Callable[..., Any]] = {
    "hash": _hash,
    "uuid": _uuid,
    "parse": _parse,
    "partition": _partition,
    "range": _range,
    "random": _random,
    "eval": _eval,
}
