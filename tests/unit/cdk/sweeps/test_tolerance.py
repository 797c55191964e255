"""How many points of a sweep may fail."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from constructs_lib import SpecError
from constructs_lib.cdk.sweeps.tolerance import Tolerance

from .evaluate import evaluate


@settings(deadline=None)
@given(
    st.none() | st.integers(1, 9),
    st.none() | st.sampled_from([0.5, 10, 100 / 3, 33.3, 1e-7, 50, 100]),
    st.integers(0, 20),
    st.integers(0, 20),
)
def test_too_many_are_more_than_either_number_says(
    count: int | None, percentage: float | None, failed: int, completed: int
) -> None:
    tolerance = Tolerance.of(count, percentage)
    if tolerance.is_none:
        assert (count, percentage) == (None, None)
        return
    expected = (count is not None and failed > count) or (
        percentage is not None and 100 * failed > percentage * (failed + completed)
    )

    found = evaluate(tolerance.is_exceeded, input={"Counts": {"Failed": failed, "Completed": completed}})

    assert found is expected


def test_a_third_is_a_third() -> None:
    condition = Tolerance.of(None, 100 / 3).is_exceeded

    assert evaluate(condition, input={"Counts": {"Failed": 1, "Completed": 2}}) is False
    assert evaluate(condition, input={"Counts": {"Failed": 2, "Completed": 2}}) is True


@pytest.mark.parametrize(
    ("count", "percentage", "members"),
    [
        (None, None, {}),
        (0, None, {}),
        (None, 0, {}),
        (0, 50, {}),
        (3, None, {"tolerated_failure_count": 3}),
        (None, 5, {"tolerated_failure_percentage": 5}),
        (3, 5, {"tolerated_failure_count": 3, "tolerated_failure_percentage": 5}),
    ],
)
def test_a_distributed_map_is_told_what_it_has_to_know(
    count: int | None, percentage: float | None, members: dict[str, float]
) -> None:
    tolerance = Tolerance.of(count, percentage)

    assert (tolerance.members, tolerance.is_none) == (members, not members)


@pytest.mark.parametrize(
    ("count", "percentage", "words"),
    [
        (-1, None, r"^tolerated_failures: must be 0 or more, got -1; .* \[Stack/Sweep\]$"),
        ("3", None, r"^tolerated_failures: must be an int, got str; .* \[Stack/Sweep\]$"),
        (
            None,
            101,
            r"^tolerated_failure_percentage: must be 0 to 100, got 101; pass a number .* \[Stack/Sweep\]$",
        ),
        (None, -0.5, "^tolerated_failure_percentage: must be 0 to 100, got -0.5"),
        (None, float("nan"), "^tolerated_failure_percentage: must be 0 to 100, got nan"),
        (None, "5", "^tolerated_failure_percentage: must be 0 to 100, got str"),
        (None, True, "^tolerated_failure_percentage: must be 0 to 100, got bool"),
    ],
)
def test_misuse_is_said_in_words(count: Any, percentage: Any, words: str) -> None:
    with pytest.raises(SpecError, match=words):
        Tolerance.of(count, percentage, "Stack/Sweep")
