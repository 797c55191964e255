"""A sweep runs its points and names the best of them."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_stepfunctions as sfn

from constructs_lib import Grid, Objective, TrainingJobSpec, TrainingSweep

from .conftest import Made

BEST = Objective.maximize("auc")


@pytest.mark.parametrize("language", [None, sfn.QueryLanguage.JSONATA])
def test_the_first_of_the_best_is_named(
    made: Made, spec: TrainingJobSpec, language: sfn.QueryLanguage | None
) -> None:
    points = Grid(auc=[0.4, 0.7], twice=[False, True])
    definition = made.of(
        lambda stack: TrainingSweep(stack, "Sweep", spec=spec, points=points, objective=BEST), language
    )

    outputs: list[Any] = []
    names = made.created_by(lambda: outputs.append(made.output(definition)))

    best = outputs[0]["BestTrainingJob"]
    assert (best["Index"], best["MetricName"], best["MetricValue"]) == (2, "auc", 0.7)
    assert best["HyperParameters"] == {"auc": "0.7", "twice": "false"}
    assert best["ModelArtifacts"]["S3ModelArtifacts"].endswith(
        f"{best['TrainingJobName']}/output/model.tar.gz"
    )
    assert outputs[0]["Counts"] == {"Completed": 4, "Failed": 0}
    assert len(names) == len(set(names)) == 4
    assert best["TrainingJobName"] in names


def test_points_of_the_execution_and_a_tolerated_failure(made: Made, spec: TrainingJobSpec) -> None:
    def make(stack: cdk.Stack) -> sfn.IChainable:
        return TrainingSweep(
            stack,
            "Sweep",
            spec=spec,
            points="$.points",
            objective=Objective.minimize("auc"),
            tolerated_failures=1,
            result_path="$.sweep",
        )

    definition = made.of(make)
    made.local.fail_next_job("AlgorithmError: this point diverges")

    output = made.output(definition, {"points": [{"auc": 0.3}, {"auc": 0.2}, {"auc": 0.1}], "kept": 1})

    assert output["kept"] == 1
    assert output["sweep"]["Counts"] == {"Completed": 2, "Failed": 1}


def test_a_failed_point_fails_the_sweep_unless_that_is_tolerated(made: Made, spec: TrainingJobSpec) -> None:
    points = [{"auc": 0.1}, {"auc": 0.2}]
    definition = made.of(
        lambda stack: TrainingSweep(stack, "Sweep", spec=spec, points=points, objective=BEST)
    )
    made.local.fail_next_job("AlgorithmError: this point diverges")

    error, cause = made.error(definition)

    assert error == "States.TaskFailed"
    assert "this point diverges" in cause
