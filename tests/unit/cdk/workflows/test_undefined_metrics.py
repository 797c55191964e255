"""A metric that a job can never report, as neither its image nor its spec defines it: an error at synth."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_scheduler as scheduler

from constructs_lib import (
    Algorithm,
    MetricDefinition,
    Objective,
    QualityGate,
    TrainingJob,
    TrainingJobSpec,
    TrainingJobTask,
    TrainingSchedule,
    TrainingSweep,
)
from tests.unit.cdk.reports import Entry, report

from .definitions import IMAGE, SPEC
from .machines import machine

RULE = "metric-without-definition"
GATES = [QualityGate("auc", at_least=0.8)]
PLAIN = SPEC.replace(metrics=[])
AWS_XGBOOST = "685385470294.dkr.ecr.eu-west-1.amazonaws.com/xgboost:1"


def errors(app: cdk.App) -> list[Entry]:
    return [entry for entry in report(app).entries if entry.rule == RULE]


def train(stack: cdk.Stack, spec: TrainingJobSpec, **arguments: Any) -> None:
    machine(TrainingJobTask(stack, "Train", spec=spec, **{"quality_gates": GATES, **arguments}))


def test_a_gate_that_never_passes_is_an_error(app: cdk.App, stack: cdk.Stack) -> None:
    train(stack, PLAIN)

    (found,) = errors(app)

    assert (found.severity, found.construct) == ("error", "Stack/Train")
    assert found.text.startswith("quality_gates[0].metric: asks for metric 'auc', and the job has no Metric")
    assert found.text.endswith("image 'train' is none of these, so the gate never passes")
    assert found.fix == "add MetricDefinition('auc', regex) to the spec's metrics"


def test_a_deployment_is_not_judged_by_such_a_metric_either(app: cdk.App, stack: cdk.Stack) -> None:
    TrainingJob(stack, "Job", spec=PLAIN.replace(max_runtime=cdk.Duration.minutes(9)), quality_gates=GATES)

    (found,) = errors(app)

    assert (found.severity, found.construct) == ("error", "Stack/Job")
    assert found.text.endswith("the gate never passes, and the deployment fails after the training")


def algorithm_of(case: str, stack: cdk.Stack, folder: Path) -> Algorithm:
    if case == "folder":
        (folder / "image").mkdir()
        (folder / "image" / "Dockerfile").write_text("FROM scratch\n")
        return Algorithm.from_image_asset(folder / "image")
    if case == "repository":
        return Algorithm.from_ecr_repository(ecr.Repository(stack, "Images"), tag="1")
    if case == "imported":
        return Algorithm.from_ecr_repository(
            ecr.Repository.from_repository_name(stack, "Images", "xgboost"), tag="1"
        )
    uris = {
        "token": cdk.Fn.import_value("image"),
        "region": f"111122223333.dkr.ecr.{cdk.Aws.REGION}.amazonaws.com/train:1",
        "aws": AWS_XGBOOST,
        "copy of aws": f"111122223333.dkr.ecr.{cdk.Aws.REGION}.amazonaws.com/xgboost:1",
        "registry": "registry.example.com/team/train:1",
        "expression": "{% $states.input.image %}",
        "name": "arn:aws:sagemaker:eu-west-1:111122223333:algorithm/mine",
    }
    made = Algorithm.from_algorithm_arn if case == "name" else Algorithm.from_image_uri
    return made(uris[case])


@pytest.mark.parametrize("case", ["folder", "repository", "region", "registry"])
def test_an_image_of_ones_own_is_known(app: cdk.App, stack: cdk.Stack, tmp_path: Path, case: str) -> None:
    train(stack, PLAIN.replace(algorithm=algorithm_of(case, stack, tmp_path)))

    assert len(errors(app)) == 1


@pytest.mark.parametrize("case", ["imported", "token", "aws", "copy of aws", "expression", "name"])
def test_an_image_that_may_define_it_is_left_alone(
    app: cdk.App, stack: cdk.Stack, tmp_path: Path, case: str
) -> None:
    train(stack, PLAIN.replace(algorithm=algorithm_of(case, stack, tmp_path)))

    assert errors(app) == []


@pytest.mark.parametrize(
    "arguments", [{"quality_gates": []}, {"spec": PLAIN.replace(metrics="{% $states.input.metrics %}")}]
)
def test_nothing_is_said_where_nothing_is_asked_or_known(
    app: cdk.App, stack: cdk.Stack, arguments: dict[str, Any]
) -> None:
    train(stack, arguments.pop("spec", PLAIN), **arguments)

    assert errors(app) == []


def test_a_sweep_without_a_best_job_is_an_error(app: cdk.App, stack: cdk.Stack) -> None:
    objective = Objective.maximize("auc")
    machine(TrainingSweep(stack, "Sweep", spec=PLAIN, points=[{"eta": 0.1}], objective=objective))
    defined = PLAIN.replace(metrics=[MetricDefinition("auc", "auc=([0-9.]+)")])
    right = TrainingSweep(stack, "Right", spec=defined, points=[{"eta": 0.1}], objective=objective)
    machine(right, id="RightMachine")

    (found,) = errors(app)

    assert found.construct == "Stack/Sweep"
    assert found.text.startswith("objective: asks for metric 'auc', and the job has no MetricDefinitions")
    assert found.text.endswith("so no job is ever the best")


def test_a_schedules_gate_is_one_too(app: cdk.App, stack: cdk.Stack) -> None:
    daily = scheduler.ScheduleExpression.rate(cdk.Duration.days(1))
    TrainingSchedule(stack, "Nightly", spec=PLAIN, schedule=daily, quality_gates=GATES)

    assert [entry.construct for entry in errors(app)] == ["Stack/Nightly/Train"]


def test_it_can_be_acknowledged(app: cdk.App, stack: cdk.Stack) -> None:
    assert "111122223333" in IMAGE
    task = TrainingJobTask(stack, "Train", spec=PLAIN, quality_gates=GATES)
    machine(task)
    cdk.Validations.of(task).acknowledge(
        cdk.Acknowledgment(id=f"ConstructsLib::{RULE}", reason="a registry's copy of an algorithm of AWS's")
    )

    assert errors(app) == []
