"""Quality gates, and the final metrics they read."""

from __future__ import annotations

import math
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from constructs_lib.runtime.gates import Gate, final_metrics, gate_problems

MOMENT = datetime(2025, 1, 1, tzinfo=timezone.utc)
FLOATS = st.floats(allow_nan=False)


def described(*entries: tuple[str, float]) -> dict[str, Any]:
    return {
        "FinalMetricDataList": [
            {"MetricName": name, "Value": value, "Timestamp": MOMENT} for name, value in entries
        ]
    }


def problems(gate: dict[str, str], *entries: tuple[str, float]) -> list[str]:
    return gate_problems([Gate.parse(gate)], described(*entries))


@pytest.mark.parametrize(
    ("gate", "value", "text"),
    [
        ({"AtLeast": "0.9"}, 0.95, None),
        ({"AtLeast": "0.9"}, 0.9, None),
        ({"AtLeast": "0.9"}, 0.89, "metric 'auc' is 0.89, below the gate's 0.9"),
        ({"AtMost": "0.1"}, 0.05, None),
        ({"AtMost": "0.1"}, 0.1, None),
        ({"AtMost": "0.1"}, 0.2, "metric 'auc' is 0.2, above the gate's 0.1"),
        ({"AtLeast": "0.1", "AtMost": "0.2"}, 0.15, None),
        ({"AtLeast": "0.1", "AtMost": "0.2"}, 0.25, "metric 'auc' is 0.25, above the gate's 0.2"),
        ({"AtLeast": "0.1", "AtMost": "0.2"}, 0.05, "metric 'auc' is 0.05, below the gate's 0.1"),
        ({"AtLeast": "", "AtMost": "0"}, -1.0, None),
        ({"AtLeast": "0"}, -0.0, None),
        ({}, 1.0, None),
    ],
)
def test_bounds_are_inclusive(gate: dict[str, str], value: float, text: str | None) -> None:
    assert problems({"Metric": "auc", **gate}, ("auc", value)) == ([text] if text else [])


@pytest.mark.fault(46)
@pytest.mark.parametrize(
    ("entries", "text"),
    [
        ([], "was not reported"),
        ([("loss", 1.0)], "was not reported"),
        ([("auc", math.nan)], "not a finite number"),
        ([("auc", math.inf)], "not a finite number"),
        ([("auc", -math.inf)], "not a finite number"),
        ([("auc", 0.95), ("auc", 0.91)], "reported 2 times"),
        ([("auc", 0.95), ("loss", 1.0), ("auc", 0.95)], "reported 2 times"),
    ],
)
@pytest.mark.parametrize("gate", [{"AtLeast": "0"}, {"AtMost": "1"}, {}])
def test_a_metric_that_is_missing_not_a_number_or_duplicated_fails(
    gate: dict[str, str], entries: list[tuple[str, float]], text: str
) -> None:
    [problem] = problems({"Metric": "auc", **gate}, *entries)

    assert text in problem


@pytest.mark.fault(46)
@given(FLOATS, FLOATS, st.floats())
def test_a_gate_opens_exactly_within_its_bounds(low: float, high: float, value: float) -> None:
    gate = Gate("m", low, high)

    opened = not gate_problems([gate], described(("m", value)))

    assert opened == (math.isfinite(value) and low <= value <= high)


@given(st.text(), st.none() | FLOATS, st.none() | FLOATS)
def test_a_gate_survives_the_state_machine(metric: str, low: float | None, high: float | None) -> None:
    gate = Gate(metric, low, high)

    assert Gate.parse(gate.dump()) == gate


@pytest.mark.parametrize("bound", ["nan", "NaN", "high", "-nan"])
def test_a_bound_that_is_no_number_is_refused(bound: str) -> None:
    with pytest.raises(ValueError):
        Gate.parse({"Metric": "auc", "AtLeast": bound})


def test_all_gates_are_reported_in_order() -> None:
    gates = [Gate("b", 1, None), Gate("a", 1, None), Gate("c", None, None)]

    found = gate_problems(gates, described(("b", 0.0), ("c", 1.0)))

    assert [text.split("'")[1] for text in found] == ["b", "a"]


def test_no_list_of_metrics_is_no_metric() -> None:
    assert final_metrics({}) == {}
    assert final_metrics({"FinalMetricDataList": None}) == {}


def test_of_a_metric_reported_twice_the_later_value_is_the_attribute() -> None:
    entries = [
        {"MetricName": "m", "Value": 2.0, "Timestamp": MOMENT + timedelta(milliseconds=1)},
        {"MetricName": "m", "Value": 1.0, "Timestamp": MOMENT},
    ]

    assert final_metrics({"FinalMetricDataList": entries}) == {"m": 2.0}


def test_an_entry_without_a_value_is_not_a_number() -> None:
    """Every member of MetricData is optional."""
    metrics = final_metrics({"FinalMetricDataList": [{"MetricName": "m", "Timestamp": MOMENT}]})

    assert math.isnan(metrics["m"])
