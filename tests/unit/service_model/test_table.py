"""The generated table says what botocore itself says."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.model import ListShape, MapShape, ServiceModel, Shape, StructureShape
from botocore.validate import ParamValidator
from service_model.source import Source

from constructs_lib.service_model.create_training_job import BOTOCORE, ROOT, SHAPES

SCALAR_METADATA = ("min", "max", "enum")


@pytest.fixture(scope="module")
def botocores(source: Source) -> dict[str, Shape]:
    """botocore's own shapes, by name, found from the operation's input."""
    found: dict[str, Shape] = {}
    waiting = [ServiceModel(source.model).operation_model("CreateTrainingJob").input_shape]
    while waiting:
        shape = waiting.pop()
        if shape.name in found:
            continue
        found[shape.name] = shape
        if isinstance(shape, StructureShape):
            waiting.extend(shape.members.values())
        elif isinstance(shape, ListShape):
            waiting.append(shape.member)
        elif isinstance(shape, MapShape):
            waiting.extend([shape.key, shape.value])
    return found


def test_the_table_has_every_shape_and_no_other(botocores: dict[str, Shape], source: Source) -> None:
    assert source.version == BOTOCORE
    assert set(SHAPES) == set(botocores)
    assert next(iter(SHAPES)) == ROOT == "CreateTrainingJobRequest"


def test_the_figures_of_this_model() -> None:
    structures = [shape for shape in SHAPES.values() if shape["type"] == "structure"]
    kinds = {
        kind: sum(shape["type"] == kind for shape in SHAPES.values()) for kind in ("list", "map", "string")
    }
    assert len(SHAPES) == 131
    assert len(structures) == 37
    assert sum(len(shape["members"]) for shape in structures) == 146
    assert len(SHAPES[ROOT]["members"]) == 28
    assert kinds == {"list": 16, "map": 6, "string": 57}


@pytest.mark.parametrize("name", sorted(SHAPES))
def test_a_shape_is_botocores(name: str, botocores: dict[str, Shape]) -> None:
    ours, theirs = SHAPES[name], botocores[name]

    assert ours["type"] == theirs.type_name
    if isinstance(theirs, StructureShape):
        assert {member: shape.name for member, shape in theirs.members.items()} == ours["members"]
        assert tuple(theirs.required_members) == ours["required"]
        return
    if isinstance(theirs, ListShape):
        assert theirs.member.name == ours["member"]
    if isinstance(theirs, MapShape):
        assert (theirs.key.name, theirs.value.name) == (ours["key"], ours["value"])
    given = {key: list(ours[key]) if key == "enum" else ours[key] for key in SCALAR_METADATA if key in ours}
    assert given == {key: theirs.metadata[key] for key in SCALAR_METADATA if key in theirs.metadata}
    assert ours.get("source_pattern") == theirs.serialization.get("pattern", theirs.metadata.get("pattern"))


def _sized(shape: dict[str, Any], size: int) -> object:
    if shape["type"] in ("integer", "long"):
        return size
    if size < 0:
        return None
    if shape["type"] == "string":
        return "x" * size
    if shape["type"] == "list":
        return [_least(shape["member"])] * size
    return {f"k{number}": "v" for number in range(size)}


def _least(name: str) -> object:
    """The least value that botocore takes for a shape."""
    shape = SHAPES[name]
    if shape["type"] == "structure":
        return {member: _least(shape["members"][member]) for member in shape["required"]}
    if shape["type"] == "boolean":
        return True
    return _sized(shape, shape.get("min", 0))


LOWER_BOUNDS = sorted(name for name, shape in SHAPES.items() if "min" in shape)


@pytest.mark.parametrize("name", LOWER_BOUNDS)
def test_botocores_validator_draws_the_same_lower_bound(name: str, botocores: dict[str, Shape]) -> None:
    """It checks no upper bounds; those are compared above, as metadata."""
    least = SHAPES[name]["min"]

    assert not ParamValidator().validate(_sized(SHAPES[name], least), botocores[name]).has_errors()
    if (below := _sized(SHAPES[name], least - 1)) is not None:
        assert ParamValidator().validate(below, botocores[name]).has_errors()


def test_every_bound_is_a_bound() -> None:
    assert len(LOWER_BOUNDS) == 70
    for name, shape in SHAPES.items():
        assert shape.get("min", 0) <= shape.get("max", 10**9), name
        assert set(shape.get("required", ())) <= set(shape.get("members", {})), name
        for reference in (
            *shape.get("members", {}).values(),
            *(shape[k] for k in ("member", "key", "value") if k in shape),
        ):
            assert reference in SHAPES, name
