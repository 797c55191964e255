"""The constraints of single members: valid requests pass, each single mistake is found at its place."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from constructs_lib import validate_request
from constructs_lib.service_model.create_training_job import ROOT, SHAPES
from tests.unit.rules.generated import fullest, mutations, requests

EXAMPLES = int(os.environ.get("MODEL_EXAMPLES", "60"))
SLOW_DATA = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


def model_findings(request: Any) -> list[tuple[str, str]]:
    """The rules of single members that a request breaks, with the places."""
    return [
        (found.rule, found.path) for found in validate_request(request) if found.rule.startswith("model:")
    ]


@SLOW_DATA
@given(requests())
def test_no_valid_request_is_refused_by_the_service_model(request: dict[str, Any]) -> None:
    assert model_findings(request) == []


@SLOW_DATA
@given(requests())
def test_each_single_mistake_in_a_generated_request_is_found_at_its_place(request: dict[str, Any]) -> None:
    for changed, rule, path in mutations(request):
        assert model_findings(changed) == [(rule, path)]


def test_the_fullest_request_has_every_member_and_passes() -> None:
    request = fullest()
    assert model_findings(request) == []
    assert set(members_of(request, ROOT)) == {
        (name, member)
        for name, shape in SHAPES.items()
        if shape["type"] == "structure"
        for member in shape["members"]
    }


def members_of(value: Any, name: str) -> Iterator[tuple[str, str]]:
    """The members, by shape, that a value has."""
    shape = SHAPES[name]
    if shape["type"] == "structure":
        for member, item in value.items():
            yield name, member
            yield from members_of(item, shape["members"][member])
    elif shape["type"] == "list":
        for item in value:
            yield from members_of(item, shape["member"])


MUTATIONS = list(mutations(fullest()))


@pytest.mark.parametrize("rule", sorted({mutation.rule for mutation in MUTATIONS}))
def test_each_single_mistake_in_the_fullest_request_is_found_at_its_place(rule: str) -> None:
    for changed, broken, path in MUTATIONS:
        if broken == rule:
            assert model_findings(changed) == [(rule, path)]


def test_every_kind_of_mistake_is_made() -> None:
    kinds = ("required", "type", "unknown-field", "enum", "pattern", "length", "range", "size", "null")
    assert {mutation.rule for mutation in MUTATIONS} == {f"model:{kind}" for kind in kinds}
    assert len(MUTATIONS) > 1_500
