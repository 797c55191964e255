"""Hyperparameters as text: the request takes text only, and containers read it in one of two ways.

Images with AWS's training toolkit (framework and script images) parse each value as JSON; other images take
the text as it is. A value is encoded once, here.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

from constructs_lib.errors import SpecError
from constructs_lib.spec.checks import check_mapping, kind, shown
from constructs_lib.spec.frozen import thaw
from constructs_lib.spec.text import is_expression, is_list_token, is_number_token, is_resolvable

__all__ = ["ENCODINGS", "Encoding", "encode", "encode_value"]

Encoding: TypeAlias = Literal["plain", "json"]

ENCODINGS = ("plain", "json")


def encode(values: Mapping[str, object], encoding: str) -> dict[str, Any]:
    """Every value as the text that the container expects; keys and order are kept.

    Args:
        values: by name; a value is text, a bool, a number, or a list or map of these. Text and numbers may be
            CDK tokens, also inside lists and maps.
        encoding: ``json``: JSON for every value, so text gets quotes. ``plain``: text as it is, ``true`` and
            ``false``, numbers as Python writes them, JSON for lists and maps.

    Returns:
        A map of text. What only its consumer can write as text is passed on as it is, in both encodings: a
        state-machine expression (``{% ... %}``), and a token for a whole list or object, such as
        ``sfn.JsonPath.list_at``.

    Raises:
        SpecError: None, NaN, an infinity, another type, a key that is not text, or a token for a list or an
            object inside a list or map. The message names the key, never the value.
    """
    entries = check_mapping("hyperparameters", values)
    return {
        key: thaw(value)
        if is_list_token(value) or is_resolvable(value)
        else encode_value(f"hyperparameters[{shown(key)}]", value, encoding)
        for key, value in entries.items()
    }


def encode_value(path: str, value: object, encoding: str) -> str:
    """One value as text: see `encode`; ``path`` is named in errors. A token for a list or object has none."""
    if isinstance(value, str) and (encoding == "plain" or is_expression(value)):
        return str.__str__(value)
    clean = _clean(path, value)
    if clean is None:
        raise SpecError(path, "must have a value, got None", "leave the key out")
    # For a bool and a number JSON and plain text are the same. A number token is written out in full, a
    # form that CDK finds in text, so the container gets a number.
    try:
        return json.dumps(clean, allow_nan=False)
    except ValueError as error:  # Python writes out numbers of some thousand digits, no longer ones
        raise SpecError(path, "is a number with too many digits", "pass it as text") from error


def _clean(path: str, value: object) -> object:
    """The value with plain Python containers, checked all the way down."""
    if is_list_token(value) or is_resolvable(value):
        what = "a list token" if is_list_token(value) else "a token object"
        raise SpecError(path, f"{what} has no form as text", "use Token.as_string, or Fn.join for a list")
    if isinstance(value, Mapping):
        return {
            key: _inner(f"{path}[{shown(key)}]", item) for key, item in check_mapping(path, value).items()
        }
    if isinstance(value, (list, tuple)):
        return [_inner(f"{path}[{index}]", item) for index, item in enumerate(value)]
    if is_number_token(value) and isinstance(value, (int, float)):
        return float(value)  # an int of it would be written out in 290 digits, which CDK does not find
    if isinstance(value, float) and not math.isfinite(value):
        raise SpecError(
            path, "must be finite, got nan or an infinity", "pass it as text if the algorithm knows it"
        )
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    allowed = "a str, bool, int, float, or a list or dict of these"
    raise SpecError(
        path, f"must be {allowed}, got {kind(value)}", "convert it first, a numpy value with .item()"
    )


def _inner(path: str, value: object) -> object:
    if is_expression(value):
        raise SpecError(
            path, "an expression inside a list or map is not evaluated", "make the whole value one expression"
        )
    return _clean(path, value)
