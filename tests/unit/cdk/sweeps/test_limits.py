"""Warnings about how a sweep is run."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest

from constructs_lib.spec.grid import Grid
from tests.unit.cdk.reports import report
from tests.unit.cdk.workflows.machines import machine

from .sweeps import SPEC, sweep

TWO = [{"eta": 0.1}, {"eta": 0.2}]
FAR, IDLE = "sweep-looks-far-apart", "sweep-limit-without-effect"


def warnings(app: cdk.App, **arguments: Any) -> list[tuple[str, str]]:
    """Rule and text of what a sweep itself reports."""
    machine(sweep(cdk.Stack(app, "Stack"), **{"points": TWO, **arguments}))
    return [(entry.rule, entry.text) for entry in report(app).entries if entry.construct == "Stack/Sweep"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"max_concurrency": 41}, "max_concurrency is 41, and AWS runs 40 at a time"),
        (
            {"max_concurrency": 10_001, "distributed": True},
            "max_concurrency is 10001, and AWS runs 10000 at a time",
        ),
        (
            {"tolerated_failures": 2},
            "tolerated_failures is 2, and there are 2 points, so that any number of them may fail",
        ),
    ],
)
def test_a_number_that_never_counts_is_warned_of(app: cdk.App, arguments: Any, words: str) -> None:
    (found,) = warnings(app, **arguments)

    assert found[0] == IDLE
    assert words in found[1]


@pytest.mark.parametrize(
    "arguments",
    [
        {"max_concurrency": 40},
        {"max_concurrency": 10_000, "distributed": True},
        {"tolerated_failures": 1},
        {"tolerated_failures": 0},
        {"tolerated_failures": 9, "points": "$.points"},
        {"tolerated_failure_percentage": 100},
        {"tolerated_failures": cdk.Token.as_number({"Ref": "Most"})},
        {"max_concurrency": cdk.Token.as_number({"Ref": "Most"})},
    ],
)
def test_what_may_count_is_not(app: cdk.App, arguments: Any) -> None:
    assert warnings(app, **arguments) == []


@pytest.mark.parametrize(
    ("hours", "arguments", "apart"),
    [
        (24, {"points": Grid(seed=range(100)), "integration": "aws-sdk"}, 8_640),
        (24, {"points": "$.points", "integration": "aws-sdk"}, 4_320),
        (24, {"points": "$.points", "integration": "aws-sdk", "distributed": True}, None),
        (600, {"points": TWO, "integration": "aws-sdk", "distributed": True}, None),
        (24, {"points": "$.points"}, None),
        (1, {"points": "$.points", "integration": "aws-sdk"}, None),
    ],
)
def test_looks_that_are_far_apart_are_warned_of(
    app: cdk.App, hours: int, arguments: Any, apart: int | None
) -> None:
    spec = SPEC.replace(max_runtime=cdk.Duration.hours(hours))

    found = warnings(app, spec=spec, **arguments)

    assert [rule for rule, _ in found] == ([FAR] if apart else [])
    assert not apart or f"every {apart} seconds" in found[0][1]


def test_a_runtime_that_only_the_execution_knows_is_not_judged(app: cdk.App) -> None:
    most = {"StoppingCondition": {"MaxRuntimeInSeconds": "{% $states.input.most %}"}}
    spec = SPEC.replace(max_runtime=None, overrides=most)

    assert warnings(app, spec=spec, points="$.points", integration="aws-sdk") == []
