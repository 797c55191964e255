"""Values of JSONata states: expressions, and text that only looks like one."""

from __future__ import annotations

import json
from collections.abc import Mapping

from constructs_lib.cdk.workflows.shape_walk import Place
from constructs_lib.errors import SpecError
from constructs_lib.spec.hyperparameters import Encoding
from constructs_lib.spec.text import is_expression, is_list_token

__all__ = ["as_text", "as_text_map", "literal", "quoted", "structure", "written"]

# Text gets quotes, and JSON escapes: as the only item of a list, without the list's brackets.
_JSON_TEXT = r"$type($v) = 'string' ? $replace($string([$v]), /^\[|\]$/, '') : $string($v)"


def written(expression: str) -> str:
    """An expression as a state holds it."""
    return f"{{% {expression} %}}"


def quoted(text: str) -> str:
    """Text as a literal of JSONata, in which no sign ends the expression around it."""
    return json.dumps(text, ensure_ascii=False).replace("%", "\\u0025")


def literal(text: str) -> str:
    """Text as a state holds it: what starts and ends as an expression does is quoted inside one."""
    looks_like_one = text.startswith("{%") and text.endswith("%}") and not is_expression(text)
    return written(quoted(text)) if looks_like_one else text


def as_text(expression: str, encoding: Encoding) -> str:
    """An expression's value as the text that stands for it: see `hyperparameters.encode`."""
    if encoding == "plain":
        return written(f"$string({_inside(expression)})")
    return written(f"($v := ({_inside(expression)}); {_JSON_TEXT})")


def as_text_map(expression: str, encoding: Encoding) -> str:
    """A map of which each value is written as text; an empty map stays one."""
    text = "$string($v)" if encoding == "plain" else f"({_JSON_TEXT})"
    return written(f"$merge([$each({_inside(expression)}, function($v, $k) {{ {{$k: {text}}} }})])")


def _inside(expression: str) -> str:
    return expression[2:-2].strip()


def structure(members: Mapping[str, object], place: Place) -> dict[str, object]:
    """A map as JSONata states take it: expressions as they are, entries of maps of text made into text."""
    return {_key(key, place): _value(value, place.member(key)) for key, value in members.items()}


def _key(key: str, place: Place) -> str:
    if is_expression(key):
        path = str(place.member(key))
        raise SpecError(path, "is a key, and no key is read from an execution", "write it out")
    return key


def _value(value: object, place: Place) -> object:
    if isinstance(value, str):
        return _text(value, place)
    if isinstance(value, Mapping):
        return structure(value, place)
    if isinstance(value, (list, tuple)) and not is_list_token(value):
        return [_value(item, place.item(index)) for index, item in enumerate(value)]
    place.check_text(value)
    return value


def _text(text: str, place: Place) -> str:
    if not is_expression(text):
        return literal(text)
    if place.in_text_map:
        return as_text(text, "plain")
    return as_text_map(text, "plain") if place.kind == "map" else text
