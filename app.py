"""The example: a classifier that is trained and judged at deployment, and a sweep to improve it."""

import aws_cdk as cdk
import cdk_nag
from aws_cdk import aws_logs as logs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from constructs_lib import (
    Algorithm,
    Grid,
    MetricDefinition,
    Objective,
    QualityGate,
    TrainingJob,
    TrainingJobSpec,
    TrainingPlatform,
    TrainingSweep,
)

# What four of cdk-nag's packs say of the role of any state machine that CDK makes.
OF_THE_MACHINE = [
    "HIPAA.Security::HIPAA.Security-IAMNoInlinePolicy",
    "NIST.800.53.R4::NIST.800.53.R4-IAMNoInlinePolicy",
    "NIST.800.53.R5::NIST.800.53.R5-IAMNoInlinePolicy",
    "PCI.DSS.321::PCI.DSS.321-IAMNoInlinePolicy",
]


def classifier(max_depth: int) -> TrainingJobSpec:
    """What is trained: the same for a deployment's job and for a sweep's."""
    return TrainingJobSpec(
        algorithm=Algorithm.from_script(
            "examples/breast_cancer",
            entry_point="train.py",
            framework="sklearn",
            framework_version="1.2-1",
        ),
        hyperparameters={"max_depth": max_depth, "learning_rate": 0.1, "n_estimators": 100},
        instance_type="ml.m5.large",
        max_runtime=cdk.Duration.minutes(20),
        metrics=[
            MetricDefinition("validation:accuracy", r"accuracy=([0-9.]+)"),
            MetricDefinition("validation:auc", r"auc=([0-9.]+)"),
        ],
    )


class PlatformStack(cdk.Stack):
    """Network, key and bucket: they stay when a first deployment of a model fails, so they live apart."""

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id)
        self.platform = TrainingPlatform(self, "Platform")


class ClassifierStack(cdk.Stack):
    """The training job, and what others read of it."""

    def __init__(self, scope: Construct, id: str, platform: TrainingPlatform) -> None:
        super().__init__(scope, id)
        # `cdk deploy --all -c max_depth=3` changes a hyperparameter, `-c gate=0.99` the gate.
        max_depth = int(self.node.try_get_context("max_depth") or 2)
        gate = float(self.node.try_get_context("gate") or 0.9)

        job = TrainingJob(
            self,
            "BreastCancer",
            spec=classifier(max_depth),
            platform=platform,
            quality_gates=[QualityGate("validation:accuracy", at_least=gate)],
        )

        cdk.CfnOutput(self, "TrainingJobName", value=job.training_job_name)
        cdk.CfnOutput(self, "ModelUri", value=job.model_artifacts_uri)
        cdk.CfnOutput(self, "Accuracy", value=job.final_metric("validation:accuracy"))


class SweepStack(cdk.Stack):
    """A state machine that trains six variants when it is started, and names the best."""

    def __init__(self, scope: Construct, id: str, platform: TrainingPlatform) -> None:
        super().__init__(scope, id)
        sweep = TrainingSweep(
            self,
            "Sweep",
            spec=classifier(max_depth=2),
            platform=platform,
            points=Grid(max_depth=[2, 3, 4], learning_rate=[0.1, 0.3]),
            objective=Objective.maximize("validation:auc"),
            max_concurrency=2,
        )
        log = logs.LogGroup(
            self,
            "Log",
            encryption_key=platform.log_encryption_key,
            removal_policy=cdk.RemovalPolicy.DESTROY,
            retention=logs.RetentionDays.THREE_MONTHS,
        )
        machine = sfn.StateMachine(
            self,
            "StateMachine",
            definition_body=sfn.DefinitionBody.from_chainable(sweep),
            logs=sfn.LogOptions(destination=log, level=sfn.LogLevel.ALL),
            tracing_enabled=True,
        )
        # The machine is this app's, so what cdk-nag finds about it is, too. The library speaks for its own.
        reason = "CDK writes what the role of a state machine is allowed into one inline policy"
        cdk.Validations.of(machine.role).acknowledge(
            *[cdk.Acknowledgment(id=rule, reason=reason) for rule in OF_THE_MACHINE]
        )
        cdk.CfnOutput(self, "StateMachineArn", value=machine.state_machine_arn)


app = cdk.App()
cdk.Validations.of(app).add_plugins(cdk_nag.AwsSolutionsChecks())
stack = PlatformStack(app, "BreastCancerPlatform")
ClassifierStack(app, "BreastCancer", stack.platform)
SweepStack(app, "BreastCancerSweep", stack.platform)
app.synth()
