"""Tokens that are objects, as the text and numbers that stand for them: a state is JSON.

jsii hands what `to_state_json` returns on as it is: an object in it would become a reference of jsii's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aws_cdk import Token

from constructs_lib.cdk.workflows.shape_walk import Place
from constructs_lib.errors import SpecError

__all__ = ["without_objects"]

_PLAIN = (str, int, float, type(None))
_NUMBERS = ("integer", "long", "float", "double")
_WHOLE = ("map", "list", "structure", "boolean")


def without_objects(value: Any, place: Place) -> Any:
    """A part of a state's request in which each token is text, or a number where the service takes one.

    Args:
        value: as the state has it.
        place: where that is.

    Raises:
        SpecError: a token for a map, a list or a boolean: in the text of a definition it would be text.
    """
    if isinstance(value, _PLAIN):
        return value
    if isinstance(value, Mapping):
        return {key: without_objects(item, place.member(key)) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [without_objects(item, place.item(index)) for index, item in enumerate(value)]
    if place.kind in _WHOLE:
        problem = (
            f"is a token for a {place.kind}, and a state machine's definition takes tokens as text alone"
        )
        raise SpecError(str(place), problem, "write it out; what is in it may be tokens")
    return Token.as_number(value) if place.kind in _NUMBERS else Token.as_string(value)
