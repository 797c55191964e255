"""One stack with one job, made as the context asks."""

import aws_cdk as cdk

from constructs_lib import (
    Algorithm,
    Completion,
    MetricDefinition,
    QualityGate,
    TrainingJob,
    TrainingJobSpec,
)

app = cdk.App()


def context(name: str) -> str | None:
    value = app.node.try_get_context(name)
    return None if value is None else str(value)


stack = cdk.Stack(app, context("stack") or "Jobs")
gate, tag, waits = context("gate"), context("tag"), context("completion") != "start"
spec = TrainingJobSpec(
    algorithm=Algorithm.from_script(
        "script", entry_point="train.py", framework="sklearn", framework_version="1.2-1"
    ),
    hyperparameters={"score": float(context("score") or 0.5)},
    instance_type="ml.m5.large",
    max_runtime=cdk.Duration.minutes(10),
    metrics=[MetricDefinition("score", r"score=([0-9.]+)")],
    tags={"flavour": tag} if tag else {},
)
job = TrainingJob(
    stack,
    "Job",
    spec=spec,
    completion=Completion.wait() if waits else Completion.start(),
    quality_gates=[QualityGate("score", at_least=float(gate))] if gate else [],
)
cdk.CfnOutput(stack, "Name", value=job.training_job_name)
cdk.CfnOutput(stack, "Folder", value=job.output_uri)
if waits:
    cdk.CfnOutput(stack, "Model", value=job.model_artifacts_uri)
    cdk.CfnOutput(stack, "Status", value=job.status)
    cdk.CfnOutput(stack, "Seconds", value=job.billable_seconds)
    cdk.CfnOutput(stack, "Score", value=job.final_metric("score"))
app.synth()
