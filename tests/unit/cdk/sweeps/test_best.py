"""The best job by an expression, against an oracle."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from constructs_lib.cdk.sweeps.best import best_job
from constructs_lib.spec.objective import Objective

from . import oracle
from .evaluate import evaluate

LARGEST, SMALLEST = Objective.maximize("auc"), Objective.minimize("auc")


def item(index: int, metric: object) -> oracle.Item:
    return {"index": index, "name": f"job-{index}", "metric": metric, "model": f"s3://b/{index}"}


@settings(deadline=None, max_examples=300)
@given(oracle.items(), st.booleans())
def test_the_expression_agrees_with_the_oracle(items: list[oracle.Item], largest: bool) -> None:
    points = oracle.points(len(items))

    found = evaluate(best_job(Objective("auc", largest)), result=items, input={"points": points})

    assert found == oracle.result(items, points, "auc", largest=largest)


@pytest.mark.parametrize(("objective", "best"), [(LARGEST, 1), (SMALLEST, 3)])
def test_of_equals_the_first_point_wins(objective: Objective, best: int) -> None:
    items = [item(0, 0.5), item(2, 0.9), item(1, 0.9), item(4, 0.1), item(3, 0.1)]

    found = evaluate(best_job(objective), result=items, input={"points": oracle.points(5)})

    assert found["BestTrainingJob"]["Index"] == best


@pytest.mark.parametrize("lost", [{}, {"metric": None}, {"metric": "NaN"}, {"metric": "Infinity"}])
@pytest.mark.parametrize("objective", [LARGEST, SMALLEST])
def test_what_has_no_number_loses(lost: dict[str, object], objective: Objective) -> None:
    items = [{"index": 0, "name": "lost", "model": "s3://b/0", **lost}, item(1, -1)]

    found = evaluate(best_job(objective), result=items, input={"points": oracle.points(2)})

    assert found["BestTrainingJob"]["TrainingJobName"] == "job-1"
    assert found["Counts"] == {"Completed": 2, "Failed": 0}


@pytest.mark.parametrize(
    "items", [[], [{"index": 0, "error": "X"}], [{"index": 0, "name": "a", "model": "s3://b"}]]
)
def test_there_may_be_none(items: list[oracle.Item]) -> None:
    found = evaluate(best_job(LARGEST), result=items, input={"points": oracle.points(1)})

    assert found["BestTrainingJob"] is None
    assert sum(found["Counts"].values()) == len(items)


@pytest.mark.parametrize(
    "name", ["validation:auc", "a  b", "it's", 'quo"ted', "100%}", "{0}", "größe😀", "back\\slash"]
)
def test_a_metric_may_have_any_name(name: str) -> None:
    text = best_job(Objective.maximize(name))

    found = evaluate(text, result=[item(0, 1)], input={"points": oracle.points(1)})

    assert found["BestTrainingJob"]["MetricName"] == name
    assert "%}" not in text


def test_items_and_points_may_lie_elsewhere() -> None:
    text = best_job(LARGEST, items="$states.input.items", points="$states.input.list")

    found = evaluate(text, input={"items": [item(0, 1)], "list": oracle.points(1)})

    assert found["BestTrainingJob"]["HyperParameters"] == {"depth": "0", "eta": "0.1"}
