"""The metric by which a sweep's jobs are compared."""

from __future__ import annotations

import dataclasses

import aws_cdk as cdk
import pytest

from constructs_lib import SpecError
from constructs_lib.spec.objective import Objective


def test_an_objective_is_a_value() -> None:
    assert Objective.maximize("validation:auc") == Objective("validation:auc", largest=True)
    assert Objective.minimize("loss") == Objective("loss", largest=False)
    assert len({Objective.minimize("loss"), Objective.minimize("loss"), Objective.maximize("loss")}) == 2
    with pytest.raises(dataclasses.FrozenInstanceError):
        Objective.minimize("loss").metric = "auc"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("metric", "words"),
    [
        ("", "^objective.metric: must not be empty; give a value$"),
        (None, "^objective.metric: must be a str, got NoneType; "),
        (7, "^objective.metric: must be a str, got int; "),
        ("{% $states.input.metric %}", "^objective.metric: is a token or an expression: which metric counts"),
        (cdk.Aws.REGION, "^objective.metric: is a token or an expression: which metric counts"),
    ],
)
def test_misuse_is_said_in_words(metric: str, words: str) -> None:
    with pytest.raises(SpecError, match=words):
        Objective.maximize(metric)


def test_the_direction_is_a_flag() -> None:
    with pytest.raises(SpecError, match=r"^objective.largest: must be a bool, got str; make it with Obj"):
        Objective("loss", largest="yes")  # type: ignore[arg-type]
