"""Hyperparameters of a spec with a point's over them."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from constructs_lib.cdk.sweeps.point_task import item_of, swept

from .evaluate import evaluate

NAME = st.text(st.characters(codec="utf-8"), max_size=5)
TEXTS = st.dictionaries(NAME, NAME, max_size=4)


def value(given: Any, **states: Any) -> Any:
    """A state's value: expressions in it are evaluated."""
    if isinstance(given, dict):
        return {key: value(item, **states) for key, item in given.items()}
    return evaluate(given, **states) if given.startswith("{%") and given.endswith("%}") else given


@settings(deadline=None, max_examples=200)
@given(TEXTS, TEXTS, st.booleans())
def test_a_points_hyperparameters_win(own: dict[str, str], point: dict[str, str], alike: bool) -> None:
    found = swept(own, list(point) if alike else None)

    assert value(found, input={"hyperparameters": point}) == {**own, **point}


def test_an_expression_stays_one() -> None:
    own = {"seed": "{% $string($states.input.input.seed) %}", "depth": "3"}

    found = swept(own, None)

    given = {"hyperparameters": {"depth": "4"}, "input": {"seed": 7}}
    assert value(found, input=given) == {"seed": "7", "depth": "4"}


def test_a_metric_may_have_any_name() -> None:
    name = 'it\'s 100%} "of" it'
    job = {"FinalMetricDataList": [{"MetricName": name, "Value": 0.25}]}

    assert evaluate(item_of(name)["metric"], result=job) == 0.25
