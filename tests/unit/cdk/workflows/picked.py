"""Requests some of whose values are picked from an execution, and the input that has them."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from functools import cache
from typing import Any

from aws_cdk import aws_stepfunctions as sfn
from hypothesis import strategies as st

from constructs_lib.cdk.workflows.language import Language

Steps = tuple[Any, ...]
MOST_PICKED = 3


@cache
def json_path(number: int, kind: str) -> Any:
    """A token of a kind for the input's value of a number; tokens are slow to make."""
    path = f"$.x{number}"
    makers: dict[str, Any] = {
        "str": sfn.JsonPath.string_at,
        "int": sfn.JsonPath.number_at,
        "bool": sfn.JsonPath.object_at,
        "list": sfn.JsonPath.list_at,
        "dict": sfn.JsonPath.object_at,
    }
    return makers[kind](path)


def places(value: Any, steps: Steps = ()) -> Iterator[Steps]:
    """Where a value can be picked: everywhere but the whole."""
    if steps:
        yield steps
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from places(item, (*steps, key))


def at(value: Any, steps: Steps) -> Any:
    for step in steps:
        value = value[step]
    return value


@st.composite
def picked(draw: st.DrawFn, requests: Any, language: Language) -> tuple[Any, Any, Any]:
    """A request, the same with values picked from an execution, and the execution's input."""
    request = draw(requests)
    changed, input = copy.deepcopy(request), {}
    chosen = draw(st.lists(st.sampled_from(list(places(request))), max_size=MOST_PICKED, unique=True))
    for number, steps in enumerate(steps for steps in chosen if not _inside(steps, chosen)):
        value = at(request, steps)
        cut = draw(st.integers(0, len(value))) if isinstance(value, str) and draw(st.booleans()) else None
        before, given, after = (
            ("", value, "") if cut is None else (value[:cut], value[cut:][:3], value[cut + 3 :])
        )
        input[f"x{number}"] = given
        at(changed, steps[:-1])[steps[-1]] = _picked(language, number, given, before, after)
    return request, changed, input


def _inside(steps: Steps, others: list[Steps]) -> bool:
    return any(steps != other and steps[: len(other)] == other for other in others)


def _picked(language: Language, number: int, value: Any, before: str, after: str) -> Any:
    if language is Language.JSONATA:
        if before or after:
            return f"{{% {_quoted(before)} & $states.input.x{number} & {_quoted(after)} %}}"
        return f"{{% $states.input.x{number} %}}"
    token = json_path(number, type(value).__name__)
    return f"{before}{token}{after}" if before or after else token


def _quoted(text: str) -> str:
    signs = (f"\\u{ord(sign):04x}" if ord(sign) < 0x10000 and not sign.isalnum() else sign for sign in text)
    return '"' + "".join(signs) + '"'
