"""Checks of single arguments: each names the argument, what was given, what is allowed and the remedy.

Values of tokens and expressions are not known, so every check lets them pass. No message shows a value that a
user may hold secret: only names, types and values of closed sets.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from constructs_lib.errors import SpecError
from constructs_lib.spec.text import is_resolvable, is_unknown

__all__ = [
    "check_flag",
    "check_items",
    "check_mapping",
    "check_one_of",
    "check_path",
    "check_prefix",
    "check_s3_uri",
    "check_text",
    "check_texts",
    "check_whole",
    "is_unknown_leaf",
    "kind",
    "member_path",
    "offers",
    "shown",
]

T = TypeVar("T")

_S3_URI = re.compile(r"(https|s3)://([^/]+)/?(.*)")
_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,79}")
_MOST_SHOWN = 80
"""How many characters of a value, and digits of a number, a message shows."""


def kind(value: object) -> str:
    """The name of a value's type, for messages."""
    return type(value).__name__


def shown(value: object) -> str:
    """A value as a message shows it: short, and without the part of an address that may sign it."""
    if isinstance(value, str):
        text = value.partition("?")[0][:_MOST_SHOWN]
        return repr(value) if text == value else f"{text!r}..."
    if isinstance(value, int) and value.bit_length() > 3 * _MOST_SHOWN:
        return f"a number of {value.bit_length()} bits"  # Python refuses to write out what is much longer
    return str(value) if value is None or isinstance(value, (int, float)) else kind(value)


def member_path(path: str, key: str) -> str:
    """The path of a member or an entry: ``ResourceConfig.InstanceCount``, ``HyperParameters["a b"]``."""
    if _PLAIN_KEY.fullmatch(key):
        return f"{path}.{key}" if path else key
    import json  # here: it takes a while to import, and such keys are rare

    cut = key.partition("?")[0][:_MOST_SHOWN]
    return f"{path}[{json.dumps(key if cut == key else cut + '...')}]"


def is_unknown_leaf(value: object) -> bool:
    """Whether a token or an expression stands for one text, number or flag: one for a list does not."""
    return not isinstance(value, (list, tuple)) and is_unknown(value)


def offers(value: object, *names: str) -> bool:
    """Whether an object has these attributes, as CDK's interfaces do.

    Not ``isinstance`` with a protocol: from Python 3.12 on that does not see what jsii's stand-ins answer.
    The type is asked first, because reading a property of a CDK object is a call into jsii.
    """
    return all(hasattr(type(value), name) or hasattr(value, name) for name in names)


def check_text(path: str, value: object, *, optional: bool = True) -> None:
    """Refuse what is not text (or a token); None passes when ``optional``, empty text never does."""
    if value is None and optional:
        return
    if not isinstance(value, str) and not is_resolvable(value):
        raise SpecError(path, f"must be a str, got {kind(value)}", "pass text or a token")
    if value == "":
        raise SpecError(
            path, "must not be empty", "leave it out or give a value" if optional else "give a value"
        )


def check_texts(path: str, values: object) -> tuple[str, ...]:
    """Copy a list of texts into a tuple; refuse a bare str, which would be read letter by letter."""
    if isinstance(values, str) or not isinstance(values, Sequence):
        raise SpecError(path, f"must be a list of str, got {kind(values)}", "put the text into a list")
    for index, value in enumerate(values):
        check_text(f"{path}[{index}]", value, optional=False)
    return tuple(values)


def check_whole(path: str, value: object, *, minimum: int, maximum: int | None = None) -> None:
    """Refuse what is not a whole number within bounds; None and tokens pass."""
    if value is None or is_unknown_leaf(value):
        return
    if isinstance(value, bool) or not isinstance(value, int):
        raise SpecError(path, f"must be an int, got {kind(value)}", "pass a whole number or a token")
    allowed = f"{minimum} or more" if maximum is None else f"{minimum} to {maximum}"
    if value < minimum or (maximum is not None and value > maximum):
        raise SpecError(path, f"must be {allowed}, got {shown(value)}", "pass a number in that range")


def check_flag(path: str, value: object) -> None:
    """Refuse what is neither a bool nor None nor a token."""
    if value is not None and not isinstance(value, bool) and not is_unknown_leaf(value):
        raise SpecError(path, f"must be a bool, got {kind(value)}", "pass True or False")


def check_one_of(path: str, value: object, allowed: Sequence[str]) -> None:
    """Refuse a value outside a closed set; None and tokens pass."""
    if value is None or is_unknown_leaf(value) or (isinstance(value, str) and value in allowed):
        return
    got = shown(value) if isinstance(value, str) else kind(value)
    raise SpecError(
        path, f"must be one of {', '.join(allowed)}, got {got}", "use one of these, case included"
    )


def check_mapping(path: str, value: object) -> Mapping[str, object]:
    """Refuse what is not a map with text as keys."""
    if not isinstance(value, Mapping):
        raise SpecError(path, f"must be a mapping, got {kind(value)}", "pass a dict")
    for key in value:
        if not isinstance(key, str):
            raise SpecError(path, f"keys must be str, got {kind(key)}", "write every key as text")
    return value


def check_items(path: str, values: object, item_type: type[T]) -> tuple[T, ...]:
    """Copy a list of objects of one type into a tuple; refuse another container or another type."""
    name = item_type.__name__
    if isinstance(values, (str, Mapping, item_type)) or not isinstance(values, Iterable):
        raise SpecError(path, f"must be a list of {name}, got {kind(values)}", f"pass a list of {name}")
    items = tuple(values)
    for index, item in enumerate(items):
        if not isinstance(item, item_type):
            article = "an" if name[0] in "AEIO" else "a"
            problem = f"must be {article} {name}, got {kind(item)}"
            raise SpecError(f"{path}[{index}]", problem, f"make it with {name}")
    return items


def check_s3_uri(path: str, value: object) -> None:
    """Refuse text that does not have the form ``s3://bucket/key``; None and tokens pass."""
    check_text(path, value)
    if isinstance(value, str) and not is_unknown(value) and not _S3_URI.fullmatch(value):
        raise SpecError(
            path, f"must have the form s3://bucket/prefix, got {shown(value)}", "write the whole uri"
        )


def check_path(path: str, value: object) -> None:
    """Refuse what is no path of a local file or folder; empty text, which is the working directory, too."""
    given = os.fspath(value) if isinstance(value, os.PathLike) else value
    if not isinstance(given, str):
        raise SpecError(path, f"must be a path, got {kind(value)}", "pass a str or a pathlib.Path")
    if given == "":
        raise SpecError(path, "must not be empty", "write . for the working directory")


def check_prefix(path: str, value: object) -> None:
    """Refuse a key prefix that is not text, is a uri, or starts with a slash; empty text passes."""
    if isinstance(value, str) and value == "":  # asked by type first: an array compares item by item
        return
    check_text(path, value)
    if isinstance(value, str) and (value.startswith("/") or "://" in value):
        raise SpecError(
            path, f"must be a key prefix without a leading slash, got {shown(value)}", "drop the bucket part"
        )
