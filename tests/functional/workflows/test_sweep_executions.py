"""A sweep runs its points and names the best of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_stepfunctions as sfn

from constructs_lib import Checkpoint, Grid, Objective, TrainingJobSpec, TrainingSweep
from tests.functional.local.local_helpers import until

from .conftest import Made

BEST = Objective.maximize("auc")
CDK = Path(__file__).parents[3] / "node_modules" / "aws-cdk" / "bin" / "cdk"


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


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "the list of points is empty, or is not there"),
        ({"points": []}, "the list of points is empty, or is not there"),
        ({"points": None}, "points must be a list of maps of hyperparameters"),
        ({"points": [{"auc": 0.1}, {"auc": None}]}, "points[1].auc is null: leave it out"),
        (
            {"points": [{"auc": number} for number in range(101)]},
            "there are 101 points, allowed are up to 100: use distributed=True",
        ),
        ({"points": [{"auc": 0.1}], "kept": "text"}, "result_path $.kept.sweep needs a map at $.kept"),
        ({"points": [{"auc": 0.1}], "kept": None}, "result_path $.kept.sweep needs a map at $.kept"),
        ([{"auc": 0.1}], "result_path $.kept.sweep needs a map at $ of the input"),
    ],
)
def test_what_cannot_be_swept_is_said_before_any_job(
    made: Made, spec: TrainingJobSpec, given: object, words: str
) -> None:
    def make(stack: cdk.Stack) -> sfn.IChainable:
        arguments: Any = {"points": "$.points", "objective": BEST, "result_path": "$.kept.sweep"}
        return TrainingSweep(stack, "Sweep", spec=spec, **arguments)

    definition = made.of(make)
    ends: list[tuple[str, str]] = []

    names = made.created_by(lambda: ends.append(made.error(definition, given)))

    ((error, cause),) = ends
    assert error == "States.QueryEvaluationError"
    assert words in cause
    assert names == []


def test_each_point_has_checkpoints_of_its_own_and_all_its_digits(made: Made, spec: TrainingJobSpec) -> None:
    owned = spec.replace(checkpoint=Checkpoint(s3_uri="{% 's3://kept/' & $states.input.folder %}"))
    definition = made.of(
        lambda stack: TrainingSweep(stack, "Sweep", spec=owned, points="$.points", objective=BEST)
    )
    seeds = [1234567890123456, 1234567890123457]
    before = len(made.local.calls("CreateTrainingJob"))

    made.output(definition, {"points": [{"seed": seed} for seed in seeds], "folder": "mine"})

    asked = made.local.calls("CreateTrainingJob")[before:]
    places = {call["CheckpointConfig"]["S3Uri"] for call in asked}
    assert len(places) == 2
    assert {place.rpartition("/")[0] for place in places} == {"s3://kept/mine"}
    assert sorted(call["HyperParameters"]["seed"] for call in asked) == [str(seed) for seed in seeds]


APP = """
import json

import aws_cdk as cdk
from aws_cdk import aws_stepfunctions as sfn
from constructs_lib import Algorithm, MetricDefinition, Objective
from constructs_lib import TrainingJobSpec, TrainingPlatform, TrainingSweep

app = cdk.App()
stack = cdk.Stack(app, "Sweeping")
sweep = TrainingSweep(
    stack,
    "Sweep",
    spec=TrainingJobSpec(
        algorithm=Algorithm.from_image_uri("123456789012.dkr.ecr.us-east-1.amazonaws.com/model:1"),
        instance_type="ml.m5.large",
        max_runtime=cdk.Duration.hours(1),
        environment={"SIMULATED_METRICS": json.dumps({"auc": "auc"})},
        metrics=[MetricDefinition("auc", "auc=(.*)")],
    ),
    points="$.points",
    objective=Objective.minimize("auc"),
    platform=TrainingPlatform(stack, "Platform", use_vpc=False),
    distributed=True,
    integration="aws-sdk",
)
machine = sfn.StateMachine(stack, "Machine", definition_body=sfn.DefinitionBody.from_chainable(sweep))
cdk.CfnOutput(stack, "Arn", value=machine.state_machine_arn)
app.synth()
"""


@pytest.mark.e2e
def test_no_job_of_a_distributed_sweep_outlives_it(
    made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONSTRUCTS_LIB_CDK", str(CDK))
    (tmp_path / "app.py").write_text(APP)
    arn = made.local.deploy(tmp_path).outputs["Sweeping"]["Arn"]

    def start(*points: float) -> str:
        text = json.dumps({"points": [{"auc": auc} for auc in points]})
        return str(made.client.start_execution(stateMachineArn=arn, input=text)["executionArn"])

    made.local.hold_next_job()
    known = len(made.local.jobs())
    stopped = start(0.1)
    job = made.wait_for_job(known)
    made.client.stop_execution(executionArn=stopped)
    assert made.ended(stopped)["status"] == "ABORTED"
    made.wait_for_status(job, "Stopped")

    made.local.hold_next_job()
    made.local.fail_next_job("AlgorithmError: this point diverges")
    ended = made.ended(start(0.1, 0.2))
    assert (ended["status"], ended["error"]) == ("FAILED", "TrainingSweep.TooManyFailures")
    until(
        lambda: {one["TrainingJobStatus"] for one in made.local.jobs()[known + 1 :]} == {"Failed", "Stopped"}
    )

    made.local.destroy(tmp_path)
