"""Whether a value can be a CreateTrainingJob request at all: its members, and their Python types."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

from constructs_lib.errors import SpecError
from constructs_lib.service_model.create_training_job import ROOT, SHAPES
from constructs_lib.spec.checks import kind, member_path
from constructs_lib.spec.text import is_unknown

__all__ = ["holds_unknown", "request_member", "without_unknown_members"]

_SCALARS: Mapping[str, tuple[type, str]] = {
    "string": (str, "a str"),
    "integer": (int, "an int"),
    "long": (int, "an int"),
    "boolean": (bool, "a bool"),
}


def request_member(path: str, value: object, shape_name: str = ROOT) -> Any:
    """A copy of a value in plain dicts and lists, when its types are those of a shape.

    No deeper than the service's own shapes, so whatever the value is, this ends.

    Args:
        path: where it stands, in AWS form; empty for the whole request.
        value: anything; tokens and expressions pass wherever they stand.
        shape_name: AWS's name of the shape.

    Raises:
        SpecError: another type, or a member that the shape does not have; the message shows no value.
    """
    if is_unknown(value):
        return list(value) if isinstance(value, (list, tuple)) else value
    shape = SHAPES[shape_name]
    if shape["type"] in ("structure", "map"):
        return _entries(path, value, shape)
    if shape["type"] == "list":
        if not isinstance(value, (list, tuple)):
            raise SpecError(path, f"must be a list, got {kind(value)}", "write it as AWS takes it")
        return [request_member(f"{path}[{i}]", item, shape["member"]) for i, item in enumerate(value)]
    expected, text = _SCALARS[shape["type"]]
    if not isinstance(value, expected) or (expected is int and isinstance(value, bool)):
        raise SpecError(path, f"must be {text}, got {kind(value)}", "write it as AWS takes it")
    return value


def _entries(path: str, value: object, shape: Mapping[str, Any]) -> dict[str, object]:
    if not isinstance(value, Mapping):
        problem = f"must be a mapping, got {kind(value)}"
        raise SpecError(path or "request", problem, "pass it as boto3 takes it")
    found: dict[str, object] = {}
    for key, item in value.items():
        if not isinstance(key, str):
            problem = f"keys must be str, got {kind(key)}"
            raise SpecError(path or "request", problem, "write every key as text")
        there = member_path(path, key)
        found[key] = request_member(there, item, _shape_of(there, key, shape))
    return found


def _shape_of(path: str, key: str, shape: Mapping[str, Any]) -> str:
    if shape["type"] == "map":
        return str(shape["value"])
    if key not in shape["members"]:
        close = difflib.get_close_matches(key, shape["members"], 1)
        fix = f"did you mean {close[0]}?" if close else "see the API reference of CreateTrainingJob"
        raise SpecError(path, "is no member that CreateTrainingJob has there", fix)
    return str(shape["members"][key])


def holds_unknown(value: object, shape_name: str) -> bool:
    """Whether a token or an expression stands for a whole map, list or structure in a well-typed value."""
    shape = SHAPES[shape_name]
    if shape["type"] in _SCALARS:
        return False
    if is_unknown(value):
        return True
    if isinstance(value, Mapping):
        members = shape.get("members", {})
        return any(holds_unknown(item, members.get(key) or shape["value"]) for key, item in value.items())
    return isinstance(value, list) and any(holds_unknown(item, shape["member"]) for item in value)


def without_unknown_members(value: object, shape_name: str = ROOT) -> object:
    """A copy without the members that a shape does not have, at any depth; the rest stays as it is."""
    shape = SHAPES[shape_name]
    if isinstance(value, Mapping) and shape["type"] == "structure":
        members = shape["members"]
        kept = ((key, item) for key, item in value.items() if key in members)
        return {key: without_unknown_members(item, members[key]) for key, item in kept}
    if isinstance(value, (list, tuple)) and shape["type"] == "list":
        return [without_unknown_members(item, shape["member"]) for item in value]
    return value
