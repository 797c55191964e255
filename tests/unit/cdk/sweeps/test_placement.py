"""Where a sweep's result goes in its input."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_stepfunctions as sfn

from constructs_lib.cdk.sweeps.jsonata import inner
from constructs_lib.cdk.sweeps.placement import ResultPlace
from constructs_lib.local.stepfunctions.jsonata import EvaluationError, evaluate
from constructs_lib.spec.grid import Grid

from .sweeps import rendered, states, sweep


def checked(path: str, given: object) -> Any:
    text = ResultPlace(path, "").checked_input
    assert text is not None
    return evaluate(inner(text), {"states": {"input": given}})


@pytest.mark.parametrize("path", ["$", sfn.JsonPath.DISCARD])
def test_any_input_will_do_where_none_is_kept_or_changed(path: str) -> None:
    assert ResultPlace(path, "").checked_input is None


@pytest.mark.parametrize(
    ("path", "given"),
    [
        ("$.a", {}),
        ("$.a", {"a": None}),
        ("$.a", {"a": [1]}),
        ("$.a.b", {}),
        ("$.a.b", {"a": {}}),
        ("$.a.b", {"a": {"b": 7, "c": 1}}),
        ("$.a.b.c", {"a": {}}),
        ("$.a.b.c", {"a": {"b": {}}}),
    ],
)
def test_an_input_with_such_a_place_goes_through(path: str, given: object) -> None:
    assert checked(path, given) == given


@pytest.mark.parametrize(
    ("path", "given", "where"),
    [
        ("$.a", [], r"\$ of"),
        ("$.a", [{"a": 1}], r"\$ of"),
        ("$.a", "text", r"\$ of"),
        ("$.a", None, r"\$ of"),
        ("$.a.b", {"a": None}, r"\$\.a of"),
        ("$.a.b", {"a": "text"}, r"\$\.a of"),
        ("$.a.b", {"a": [1]}, r"\$\.a of"),
        ("$.a.b", {"a": [{}]}, r"\$\.a of"),
        ("$.a.b.c", {"a": {"b": 1}}, r"\$\.a\.b of"),
    ],
)
def test_an_input_without_is_an_error_in_words(path: str, given: object, where: str) -> None:
    with pytest.raises(EvaluationError, match=f"result_path .* needs a map at {where} the input"):
        checked(path, given)


@pytest.mark.parametrize(
    "arguments", [{}, {"distributed": True}, {"distributed": True, "points": Grid(seed=range(60))}]
)
def test_the_input_is_looked_at_before_anything_trains(stack: cdk.Stack, arguments: Any) -> None:
    made = sweep(stack, result_path="$.sweep", **arguments)

    (branch,) = rendered(made)["States"]["Sweep"]["Branches"]

    assert branch["StartAt"] == "Sweep: input"
    assert branch["States"]["Sweep: input"]["Output"] == ResultPlace("$.sweep", "").checked_input


def test_nothing_is_looked_at_where_any_input_will_do(stack: cdk.Stack) -> None:
    assert "Sweep: input" not in states(sweep(stack))
