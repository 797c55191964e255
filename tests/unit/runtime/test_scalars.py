"""CloudFormation's strings become the service model's types again."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.model import ListShape, MapShape, Shape, StructureShape
from botocore.validate import ParamValidator
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from constructs_lib.runtime.content import content_block
from constructs_lib.runtime.scalars import _scalar, typed_request

from .model import request, service_model, stringified

CREATE = service_model().operation_model("CreateTrainingJob").input_shape
# Strings that look like other types must stay strings where the model says so.
TEXTS = st.one_of(st.sampled_from(["true", "false", "1", "0.5", "-3", "", "null"]), st.text(max_size=6))
SLOW = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def values(shape: Shape) -> st.SearchStrategy[Any]:
    """Everything that a shape of the service model admits, bounds aside."""
    if isinstance(shape, StructureShape):
        return structure(shape)
    if isinstance(shape, ListShape):
        return st.lists(values(shape.member), max_size=2)
    if isinstance(shape, MapShape):
        return st.dictionaries(TEXTS, values(shape.value), max_size=2)
    scalars: dict[str, st.SearchStrategy[Any]] = {
        "integer": st.integers(-(2**31), 2**31 - 1),
        "long": st.integers(-(2**63), 2**63 - 1),
        "boolean": st.booleans(),
        "string": TEXTS,
    }
    return scalars[shape.type_name]


def structure(shape: StructureShape) -> st.SearchStrategy[Any]:
    members = {name: values(member) for name, member in shape.members.items()}
    return st.sets(st.sampled_from(sorted(members)), max_size=5).flatmap(
        lambda chosen: st.fixed_dictionaries({name: members[name] for name in sorted(chosen)})
    )


@SLOW
@given(values(CREATE))
@pytest.mark.fault(16)
def test_typing_undoes_what_cloudformation_does(typed: dict[str, Any]) -> None:
    received = typed_request(stringified(typed))

    assert received == typed
    assert repr(received) == repr(typed)  # 1 == True, but not on the wire
    assert content_block(received, {}) == content_block(typed, {})


@SLOW
@given(values(CREATE))
def test_a_request_that_is_typed_already_stays_as_it_is(typed: dict[str, Any]) -> None:
    assert repr(typed_request(typed)) == repr(typed)


@pytest.mark.parametrize("name", sorted(CREATE.members))
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_every_member_comes_back(name: str, data: st.DataObject) -> None:
    value = data.draw(values(CREATE.members[name]))

    assert repr(typed_request(stringified({name: value}))) == repr({name: value})


def test_the_base_request_passes_botocores_own_check() -> None:
    typed = typed_request(stringified(request(TrainingJobName="churn")))

    assert not ParamValidator().validate(typed, CREATE).has_errors()


@pytest.mark.parametrize(
    ("member", "text"),
    [
        ("MaxRuntimeInSeconds", "an hour"),
        ("MaxRuntimeInSeconds", "3.5"),
        ("MaxRuntimeInSeconds", ""),
    ],
)
def test_a_number_that_does_not_read_stays_text_for_botocore_to_refuse(member: str, text: str) -> None:
    typed = typed_request({"StoppingCondition": {member: text}})

    assert typed["StoppingCondition"][member] == text


def test_a_boolean_that_does_not_read_stays_text() -> None:
    assert typed_request({"EnableNetworkIsolation": "perhaps"}) == {"EnableNetworkIsolation": "perhaps"}


@pytest.mark.parametrize(("text", "value"), [("True", True), ("FALSE", False), ("true", True)])
def test_booleans_are_read_in_any_case(text: str, value: bool) -> None:
    assert typed_request({"EnableNetworkIsolation": text}) == {"EnableNetworkIsolation": value}


def test_a_member_the_model_does_not_know_is_left_alone() -> None:
    unknown = {"NewInNextYear": {"Deep": ["1", {"er": "true"}]}}

    assert typed_request(unknown) == unknown


def test_a_list_or_a_mapping_where_the_model_has_a_scalar_is_left_alone() -> None:
    odd = {"RoleArn": ["1"], "StoppingCondition": {"MaxRuntimeInSeconds": {"x": "1"}}}

    assert typed_request(odd) == odd


def test_no_shape_of_the_request_is_a_float() -> None:
    """CloudFormation writes 1.0 as 1.0 or as 1; the hash must not depend on it."""
    kinds = {shape["type"] for shape in _reached("CreateTrainingJobRequest")}

    assert kinds == {"structure", "list", "map", "string", "integer", "long", "boolean"}


def test_a_float_would_be_read_too() -> None:
    assert (_scalar("0.5", "float"), _scalar("1e3", "double"), _scalar("x", "float")) == (0.5, 1000.0, "x")


def _reached(name: str) -> list[dict[str, Any]]:
    shape = service_model()._shape_resolver._shape_map[name]
    inner = [member["shape"] for member in shape.get("members", {}).values()]
    inner += [shape[key]["shape"] for key in ("member", "key", "value") if key in shape]
    return [shape, *(found for one in inner for found in _reached(one))]
