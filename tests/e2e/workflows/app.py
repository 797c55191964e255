"""One stack with a state machine for each way to run a training job in it."""

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_stepfunctions as sfn

from constructs_lib import (
    Algorithm,
    MetricDefinition,
    Objective,
    QualityGate,
    TrainingJobSpec,
    TrainingJobTask,
    TrainingSweep,
)

SCRIPT = Path(__file__).parents[1] / "app" / "script"

app = cdk.App()
stack = cdk.Stack(app, str(app.node.try_get_context("stack") or "Flows"))
spec = TrainingJobSpec(
    algorithm=Algorithm.from_script(
        SCRIPT, entry_point="train.py", framework="sklearn", framework_version="1.2-1"
    ),
    hyperparameters={"score": sfn.JsonPath.number_at("$.score")},
    instance_type="ml.m5.large",
    max_runtime=cdk.Duration.minutes(5),
    metrics=[MetricDefinition("score", r"score=([0-9.]+)")],
)


def machine(name: str, task: TrainingJobTask) -> None:
    body = sfn.DefinitionBody.from_chainable(task)
    made = sfn.StateMachine(stack, f"{name}Machine", definition_body=body)
    cdk.CfnOutput(stack, f"{name}Arn", value=made.state_machine_arn)
    cdk.CfnOutput(stack, f"{name}RoleArn", value=task.role.role_arn)


def sweep(name: str) -> None:
    made = TrainingSweep(
        stack,
        name,
        spec=spec.replace(hyperparameters={}),
        points=POINTS,
        objective=Objective.maximize("score"),
        distributed=True,
        tolerated_failures=1,
    )
    body = sfn.DefinitionBody.from_chainable(made)
    arn = sfn.StateMachine(stack, f"{name}Machine", definition_body=body).state_machine_arn
    cdk.CfnOutput(stack, f"{name}Arn", value=arn)


POINTS = [{"score": 0.12}, {"score": 0.32}, {"score": 0.22, "exits": 3}, {"score": 0.02}]
sweep("Distributed")
gates = [QualityGate("score", at_least=0.5)]
machine("Judged", TrainingJobTask(stack, "Judged", spec=spec, quality_gates=gates, result_path="$.train"))
machine("Looped", TrainingJobTask(stack, "Looped", spec=spec, integration="aws-sdk"))
# A task that another deployment calls by another name, in the same machine.
called = str(app.node.try_get_context("task") or "Swapped")
machine("Swapped", TrainingJobTask(stack, called, spec=spec, integration="aws-sdk"))
app.synth()
