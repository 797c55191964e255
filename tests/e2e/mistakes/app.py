"""Two jobs with as many mistakes as the context asks for."""

import aws_cdk as cdk

from constructs_lib import Algorithm, Checkpoint, Completion, SpotTraining, TrainingJob, TrainingJobSpec

app = cdk.App()
stack = cdk.Stack(app, "Churn")
mistakes = app.node.try_get_context("mistakes") or "none"
plain = TrainingJobSpec(
    algorithm=Algorithm.from_image_uri("123456789012.dkr.ecr.eu-west-1.amazonaws.com/churn:1"),
    instance_type="ml.m5.large",
    max_runtime=cdk.Duration.minutes(20),
)
nightly, weekly = plain, plain
if mistakes == "errors":
    nightly = plain.replace(
        max_runtime=cdk.Duration.hours(2),
        hyperparameters={"token": cdk.SecretValue.secrets_manager("api").unsafe_unwrap()},
    )
    weekly = plain.replace(spot=SpotTraining(max_wait=cdk.Duration.minutes(10)), checkpoint=Checkpoint())
if mistakes == "warnings":
    weekly = plain.replace(max_runtime=None)

TrainingJob(stack, "Nightly", spec=nightly)
TrainingJob(
    stack,
    "Weekly",
    spec=weekly,
    completion=Completion.start() if mistakes == "warnings" else None,
)
if app.node.try_get_context("acknowledge"):
    cdk.Validations.of(stack).acknowledge(
        cdk.Acknowledgment(
            id="ConstructsLib::wait-too-short",
            reason="the nightly job ends early, or is stopped after 55 minutes",
        )
    )
app.synth()
