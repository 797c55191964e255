"""A stack with every runner and a few things of its author's, rendered from a script and a runtime."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_ecr_assets as ecr_assets
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_stepfunctions as sfn

from constructs_lib import (
    Algorithm,
    Completion,
    Grid,
    MetricDefinition,
    Objective,
    QualityGate,
    TrainingJob,
    TrainingJobSpec,
    TrainingJobTask,
    TrainingSchedule,
    TrainingSweep,
)

FLAGS = json.loads((Path(__file__).resolve().parents[3] / "cdk.json").read_text())["context"]
METADATA = {"aws:cdk:enable-asset-metadata": True}
ACCOUNT = "123456789012"
DIGEST = "sha256:" + "5" * 64
DATA = "6" * 64
NIGHTLY = scheduler.ScheduleExpression.cron(minute="0", hour="2")

Json = dict[str, Any]


def rendered(folder: Path, script: str = "print(1)\n", **changes: Any) -> Json:
    """The template of the stack.

    Args:
        folder: an empty one.
        script: the text of the training script.
        changes: the author's: ``max_depth``, ``env``, and ``context`` for the app.
    """
    cdk.AssetStaging.clear_asset_hash_cache()
    for name, text in {"script/train.py": script, "image/Dockerfile": script}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    app = cdk.App(
        outdir=str(folder / "out"), context={**FLAGS, **changes.get("context", {})}, analytics_reporting=True
    )
    stack = cdk.Stack(app, "Stack", env=changes.get("env"))
    spec = TrainingJobSpec(
        algorithm=Algorithm.from_script(
            folder / "script", entry_point="train.py", framework="sklearn", framework_version="1.2-1"
        ),
        hyperparameters={"max_depth": changes.get("max_depth", 6)},
        instance_type="ml.m5.large",
        max_runtime=cdk.Duration.minutes(20),
        metrics=[MetricDefinition("auc", "auc=([0-9.]+)")],
    )
    TrainingJob(stack, "Job", spec=spec, rerun_on={"data": DATA})
    TrainingJob(
        stack,
        "Long",
        spec=spec.replace(algorithm=Algorithm.from_image_asset(str(folder / "image"))),
        completion=Completion.wait_condition(),
        quality_gates=[QualityGate("auc", at_least=0.5)],
    )
    pinned = spec.replace(
        algorithm=Algorithm.from_image_uri(f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com/a@{DIGEST}")
    )
    task = TrainingJobTask(stack, "Train", spec=pinned)
    sweep = TrainingSweep(
        stack, "Sweep", spec=spec, points=Grid(max_depth=[4, 6]), objective=Objective.maximize("auc")
    )
    definition = sfn.DefinitionBody.from_chainable(task.next(sweep))
    sfn.StateMachine(stack, "Machine", definition_body=definition)
    TrainingSchedule(stack, "Nightly", spec=spec, schedule=NIGHTLY)
    TrainingSchedule(stack, "Direct", spec=spec, schedule=NIGHTLY, direct=True)
    _own(stack, folder)
    app.synth()
    return dict(json.loads((folder / "out" / "Stack.template.json").read_text()))


def _own(stack: cdk.Stack, folder: Path) -> None:
    """A function with a version, and an image."""
    function = lambda_.Function(
        stack,
        "Function",
        code=lambda_.Code.from_asset(str(folder / "script")),
        handler="train.handler",
        runtime=lambda_.Runtime.PYTHON_3_13,
    )
    lambda_.Alias(stack, "Alias", alias_name="live", version=function.current_version)
    image = ecr_assets.DockerImageAsset(stack, "Image", directory=str(folder / "image"))
    cdk.CfnOutput(stack, "ImageUri", value=image.image_uri)
