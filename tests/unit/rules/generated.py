"""Requests made from the service model: valid ones, and each way of breaking one member of them."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

from hypothesis import strategies as st

from constructs_lib.service_model.create_training_job import ROOT, SHAPES
from constructs_lib.spec.text import is_unknown

Steps = tuple[Any, ...]


@cache
def values(name: str) -> st.SearchStrategy[Any]:
    """Valid values of a shape."""
    shape = SHAPES[name]
    made: st.SearchStrategy[Any] = _MAKERS[shape["type"]](shape)
    return made


def requests() -> st.SearchStrategy[dict[str, Any]]:
    """Requests that break no constraint of a single member."""
    return values(ROOT)


def _structure(shape: dict[str, Any]) -> st.SearchStrategy[Any]:
    members = {member: values(inner) for member, inner in shape["members"].items()}
    needed = {member: members[member] for member in shape["required"]}
    optional = {member: made for member, made in members.items() if member not in needed}
    return st.fixed_dictionaries(needed, optional=optional)


def _list(shape: dict[str, Any]) -> st.SearchStrategy[Any]:
    least = shape.get("min", 0)
    return st.lists(values(shape["member"]), min_size=least, max_size=min(shape.get("max", 3), max(least, 3)))


def _map(shape: dict[str, Any]) -> st.SearchStrategy[Any]:
    return st.dictionaries(values(shape["key"]), values(shape["value"]), max_size=min(shape.get("max", 3), 3))


def _text(shape: dict[str, Any]) -> st.SearchStrategy[Any]:
    if "enum" in shape:
        return st.sampled_from(shape["enum"])
    least, most = shape.get("min", 0), shape.get("max", 10_000)
    made = st.from_regex(shape["pattern"], fullmatch=True) if "pattern" in shape else st.text()
    return made.filter(lambda text: least <= len(text) <= most and not is_unknown(text))


def _number(shape: dict[str, Any]) -> st.SearchStrategy[Any]:
    least, most = bounds(shape)
    return st.integers(least, most)


def bounds(shape: dict[str, Any]) -> tuple[int, int]:
    """The numbers that a shape admits: the model's bounds, or the wire's."""
    bits = 31 if shape["type"] == "integer" else 63
    return shape.get("min", -(2**bits)), shape.get("max", 2**bits - 1)


_MAKERS: dict[str, Any] = {
    "structure": _structure,
    "list": _list,
    "map": _map,
    "string": _text,
    "integer": _number,
    "long": _number,
    "boolean": lambda shape: st.booleans(),
}


class Mutation(NamedTuple):
    """A request with one mistake, the rule it breaks and the place."""

    request: Any
    rule: str
    path: str


def mutations(request: dict[str, Any]) -> Iterator[Mutation]:
    """Every way in which one value of a request can break the service model."""
    for steps, name in _places(request, (), ROOT):
        for value, rule, below in _broken(_at(request, steps), name):
            changed = _with(request, steps, value)
            yield Mutation(changed, rule, rendered((*steps, *below)))


def _places(value: Any, steps: Steps, name: str) -> Iterator[tuple[Steps, str]]:
    yield steps, name
    shape = SHAPES[name]
    if shape["type"] == "structure":
        for member, item in value.items():
            yield from _places(item, (*steps, member), shape["members"][member])
    elif shape["type"] == "list":
        for index, item in enumerate(value):
            yield from _places(item, (*steps, index), shape["member"])
    elif shape["type"] == "map":
        for key, item in value.items():
            yield from _places(item, (*steps, key), shape["value"])


def _broken(value: Any, name: str) -> Iterator[tuple[Any, str, Steps]]:
    """Each broken form of a value: the new value, the rule, and the steps below the value's own place."""
    shape = SHAPES[name]
    yield None, "model:null", ()
    others: tuple[Any, ...] = ("text", 7, 1.5, True, [], {}, b"bytes")
    for other in others:
        if not _fits_type(other, shape["type"]):
            yield other, "model:type", ()
    yield from _BREAKERS.get(shape["type"], lambda *_: ())(value, shape)


def _fits_type(value: Any, kind: str) -> bool:
    fits = {
        "string": isinstance(value, str),
        "boolean": isinstance(value, bool),
        "integer": isinstance(value, int) and not isinstance(value, bool),
        "list": isinstance(value, list),
        "map": isinstance(value, dict),
        "structure": isinstance(value, dict),
    }
    return fits["integer" if kind == "long" else kind]


def _broken_structure(value: Any, shape: dict[str, Any]) -> Iterator[tuple[Any, str, Steps]]:
    yield {**value, "Bogus": 1}, "model:unknown-field", ("Bogus",)
    for member in shape["required"]:
        yield {key: item for key, item in value.items() if key != member}, "model:required", (member,)
    for member in value:
        renamed = {(key.swapcase() if key == member else key): item for key, item in value.items()}
        if member not in shape["required"]:
            yield renamed, "model:unknown-field", (member.swapcase(),)


def _broken_list(value: Any, shape: dict[str, Any]) -> Iterator[tuple[Any, str, Steps]]:
    if "max" in shape and value:
        yield [value[0]] * (shape["max"] + 1), "model:size", ()
    if shape.get("min"):
        yield value[: shape["min"] - 1], "model:size", ()


def _broken_map(value: Any, shape: dict[str, Any]) -> Iterator[tuple[Any, str, Steps]]:
    if "max" in shape:
        yield {f"k{index}": "v" for index in range(shape["max"] + 1)}, "model:size", ()
    key = SHAPES[shape["key"]]
    too_long = "k" * (key["max"] + 1)
    yield {**value, too_long: "v"}, "model:length", (too_long,)
    yield {**value, "a\nb": "v"}, "model:pattern", ("a\nb",)


def _broken_text(value: str, shape: dict[str, Any]) -> Iterator[tuple[Any, str, Steps]]:
    if "enum" in shape:
        for other in (f"{value} ", value.swapcase(), "NotAValue", ""):
            yield other, "model:enum", ()
        return
    if "max" in shape:
        yield (value or "a").ljust(shape["max"] + 1, "a"), "model:length", ()
    if shape.get("min"):
        yield value[: shape["min"] - 1], "model:length", ()
    for other in (f"{value[:-1]}\n", f"\n{value[1:]}", " " * len(value), "\u00e9" * len(value)):
        if "pattern" in shape and len(other) == len(value) and not re.fullmatch(shape["pattern"], other):
            yield other, "model:pattern", ()


def _broken_number(value: int, shape: dict[str, Any]) -> Iterator[tuple[Any, str, Steps]]:
    least, most = bounds(shape)
    yield least - 1, "model:range", ()
    yield most + 1, "model:range", ()


_BREAKERS: dict[str, Any] = {
    "structure": _broken_structure,
    "list": _broken_list,
    "map": _broken_map,
    "string": _broken_text,
    "integer": _broken_number,
    "long": _broken_number,
}


def rendered(steps: Steps) -> str:
    """A path in AWS's form, written anew so that the library's own is checked against it."""
    text = ""
    for step in steps:
        if isinstance(step, int):
            text += f"[{step}]"
        elif re.fullmatch("[A-Za-z_][A-Za-z0-9_-]{0,79}", step):
            text += "." * bool(text) + step
        else:
            text += f"[{json.dumps(step if len(step) <= 80 else step[:80] + '...')}]"
    return text


def _at(value: Any, steps: Steps) -> Any:
    for step in steps:
        value = value[step]
    return value


def _with(request: Any, steps: Steps, value: Any) -> Any:
    if not steps:
        return value
    changed = copy.copy(request)
    changed[steps[0]] = _with(request[steps[0]], steps[1:], value)
    return changed


def fullest() -> dict[str, Any]:
    """One request with every member of every shape in it."""
    request: dict[str, Any] = _fullest(ROOT)
    return request


def _fullest(name: str) -> Any:
    shape = SHAPES[name]
    kind = shape["type"]
    if kind == "structure":
        return {member: _fullest(inner) for member, inner in shape["members"].items()}
    if kind == "list":
        return [_fullest(shape["member"])] * max(1, shape.get("min", 0))
    if kind == "map":
        return {"a_key": _fullest(shape["value"])}
    if kind == "boolean":
        return True
    return bounds(shape)[0] if kind in ("integer", "long") else _word(name, shape)


def _word(name: str, shape: dict[str, Any]) -> str:
    if "enum" in shape:
        return str(shape["enum"][0])
    return EXAMPLES.get(name, "text-1")


ARN = "arn:aws:sagemaker:eu-west-1:123456789012:"
# Texts for the shapes whose pattern a plain word does not match.
EXAMPLES = {
    "RoleArn": "arn:aws:iam::123456789012:role/Training",
    "S3Uri": "s3://bucket/prefix/",
    "TrainingRepositoryCredentialsProviderArn": "arn:aws:lambda:eu-west-1:123456789012:function:credentials",
    "FileSystemId": "fs-0123456789abcdef0",
    "HubDataSetArn": f"{ARN}hub-content/hub/DataSet/data/1.0.0",
    "TrainingPlanArn": f"{ARN}training-plan/plan",
    "ServerlessJobBaseModelArn": f"{ARN}hub-content/hub/Model/model/1.0.0",
    "SequenceLength": "32K",
    "MlFlowResourceArn": f"{ARN}mlflow-tracking-server/server",
    "ModelPackageGroupArn": f"{ARN}model-package-group/group",
    "ModelPackageArn": f"{ARN}model-package/package/1",
    "TrainingEnvironmentKey": "A_KEY",
}
