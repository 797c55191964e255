"""How a violation of the service model is said: got, allowed and the fix."""

# ruff: noqa: ARG001 (every table of facts has one signature)

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypeAlias

from constructs_lib.rules.findings import Finding, Severity
from constructs_lib.rules.model_rules import MODEL_RULES_BY_ID
from constructs_lib.rules.paths import render
from constructs_lib.rules.rule import Path
from constructs_lib.rules.wording import holds_credential, shown
from constructs_lib.service_model.create_training_job import SHAPES

__all__ = ["Key", "Run", "Trail", "report"]

Key: TypeAlias = "str | int | None"
"""A member, an index or a map's key; None is the request's own."""
Trail: TypeAlias = "tuple[Any, Key] | None"
"""A place as the trail of its parent and its own key: cheaper to make on the way down than a path."""

_TYPES = {
    "structure": "a map of members",
    "list": "a list",
    "map": "a map of texts",
    "string": "text",
    "integer": "a whole number",
    "long": "a whole number",
    "boolean": "true or false",
}
_KINDS = {
    str: "text",
    bool: "true or false",
    int: "a whole number",
    float: "a number with a fraction",
    dict: "a map",
    list: "a list",
}
# Values that may be secret: they are described, never shown.
_PRIVATE = ("HyperParameters", "Environment")
_INSTANCE_TYPE = re.compile(r"ml\.[a-z][a-z0-9-]*\.(?:[0-9]*x?large|medium|small|metal[a-z0-9-]*)")
_MOST_NAMES = 12
_MOST_HINTS = 50  # findings; to look for the name that was meant takes a millisecond each
_MOST_BITS = 200


class Run:
    """What one check of a request gathers: findings with their paths, and the rules to run, as bits."""

    __slots__ = ("findings", "rules")

    def __init__(self) -> None:
        self.findings: list[tuple[Path, Finding]] = []
        self.rules = 0


def report(run: Run, rule: str, trail: Trail, shape_name: str, value: object) -> Severity:
    """Adds the finding of a violated constraint.

    Args:
        run: where it is added.
        rule: the id, such as ``model:pattern``.
        trail: the value's place; of an unknown member: its structure's.
        shape_name: the shape that the value violates; of a missing or unknown member: its structure.
        value: what was given; of an unknown member: its name.

    Returns:
        The severity: ``warning`` for an instance type that is newer than the model.
    """
    severity: Severity = "error"
    shape, path = SHAPES[shape_name], _path(trail)
    facts = _FACTS[rule](shape, value, path, len(run.findings) < _MOST_HINTS)
    if rule == "model:unknown-field":
        path = (*path, value if isinstance(value, str) else str(type(value).__name__))
    if rule == "model:enum" and facts.pop("newer", False):
        severity = "warning"
    info = MODEL_RULES_BY_ID[rule]
    message, fix = info.message.format(**facts), facts.get("fix") or info.fix.format(**facts)
    run.findings.append((path, Finding(rule, severity, render(path), message, fix, info.source)))
    return severity


def _path(trail: Trail) -> Path:
    steps: list[str | int] = []
    while trail is not None:
        trail, key = trail
        if key is not None:
            steps.append(key)
    return tuple(reversed(steps))


def _required(shape: Mapping[str, Any], value: object, path: Path, hint: bool) -> dict[str, Any]:
    return {}


def _type(shape: Mapping[str, Any], value: object, path: Path, hint: bool) -> dict[str, Any]:
    return {"allowed": _TYPES[shape["type"]], "got": _KINDS.get(type(value), f"a {type(value).__name__}")}


def _unknown_field(shape: Mapping[str, Any], value: object, path: Path, hint: bool) -> dict[str, Any]:
    names = list(shape["members"])
    near = _nearest(value, names) if hint else None
    listed = ", ".join(names[:_MOST_NAMES]) + (" and others" if len(names) > _MOST_NAMES else "")
    return {
        "allowed": listed,
        "fix": near and f"did you mean {near}? names are case sensitive",
    }


def _enum(shape: Mapping[str, Any], value: object, path: Path, hint: bool) -> dict[str, Any]:
    names = list(shape["enum"])
    near = f"ml.{value}" if f"ml.{value}" in names else _nearest(value, names) if hint else None
    if shape.get("open_enum"):
        newer = isinstance(value, str) and _INSTANCE_TYPE.fullmatch(value) is not None
        allowed = f"the {len(names)} instance types that this version knows"
        known = f"{near}, or a type that the service has by now" if near else "a type that the service has"
        return {
            "allowed": allowed,
            "got": shown(value),
            "fix": f"check the spelling: {known}",
            "newer": newer,
        }
    fix = near and f"did you mean {near}?"
    return {"allowed": ", ".join(names), "got": shown(value), "fix": fix}


def _pattern(shape: Mapping[str, Any], value: object, path: Path, hint: bool) -> dict[str, Any]:
    return {"allowed": shape.get("source_pattern", shape["pattern"]), "got": _shown_at(path, value)}


def _length(shape: Mapping[str, Any], value: object, path: Path, hint: bool) -> dict[str, Any]:
    return {"allowed": _bounds(shape), "got": len(str(value))}


def _range(shape: Mapping[str, Any], value: Any, path: Path, hint: bool) -> dict[str, Any]:
    bits = 31 if shape["type"] == "integer" else 63  # what the wire carries
    # Python refuses to write out a number of more than 4,300 digits.
    got = value if value.bit_length() <= _MOST_BITS else f"a number of {value.bit_length()} bits"
    return {"allowed": _bounds({"min": -(2**bits), "max": 2**bits - 1, **shape}), "got": got}


def _size(shape: Mapping[str, Any], value: Any, path: Path, hint: bool) -> dict[str, Any]:
    return {"allowed": _bounds(shape), "got": len(value)}


def _null(shape: Mapping[str, Any], value: object, path: Path, hint: bool) -> dict[str, Any]:
    return {"allowed": _TYPES[shape["type"]]}


_FACTS = {
    "model:required": _required,
    "model:type": _type,
    "model:unknown-field": _unknown_field,
    "model:enum": _enum,
    "model:pattern": _pattern,
    "model:length": _length,
    "model:range": _range,
    "model:size": _size,
    "model:null": _null,
}


def _bounds(shape: Mapping[str, Any]) -> str:
    least, most = shape.get("min"), shape.get("max")
    if least is not None and most is not None:
        return f"{least} to {most}" if least != most else f"{least}"
    return f"at most {most}" if least is None else f"{least} or more"


def _shown_at(path: Path, value: object) -> str:
    if path and path[0] in _PRIVATE:
        return "another text (not shown: it may be secret)"
    return shown(value)


def _nearest(value: object, names: list[str]) -> str | None:
    """The name that a misspelt one most likely stands for."""
    if not isinstance(value, str) or holds_credential(value):
        return None
    import difflib  # here: it costs more than a correct request takes to check

    folded = {name.lower(): name for name in names}
    close = difflib.get_close_matches(value.strip().lower()[:100], list(folded), n=1, cutoff=0.75)
    return folded[close[0]] if close else None
