"""An app of every runner, in stacks, a nested stack and a stage, with things of its own beside ours."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from constructs_lib import (
    Algorithm,
    Channel,
    Completion,
    Grid,
    MetricDefinition,
    Objective,
    TrainingJob,
    TrainingJobSpec,
    TrainingJobTask,
    TrainingPlatform,
    TrainingRole,
    TrainingSchedule,
    TrainingSweep,
)

FLAGS = json.loads((Path(__file__).resolve().parents[3] / "cdk.json").read_text())["context"]
NIGHTLY = scheduler.ScheduleExpression.cron(minute="0", hour="2")
OUTSIDE = "arn:aws:iam::123456789012:role/teams/Outside"


def spec(*channels: str) -> TrainingJobSpec:
    return TrainingJobSpec(
        algorithm=Algorithm.from_image_uri("123456789012.dkr.ecr.eu-west-1.amazonaws.com/me:1"),
        channels=[Channel.from_uri(name, f"s3://data/{name}/") for name in channels],
        instance_type="ml.m5.large",
        max_runtime=cdk.Duration.minutes(10),
        metrics=[MetricDefinition("auc", "auc=([0-9.]+)")],
    )


def machine(scope: Construct, id: str, task: Any) -> sfn.StateMachine:
    return sfn.StateMachine(scope, id, definition_body=sfn.DefinitionBody.from_chainable(task))


def add_jobs(stack: cdk.Stack, platform: TrainingPlatform) -> None:
    """A job with a role of its own, to which the app adds; two that share one; one whose role is imported."""
    given: Any = {"platform": platform, "completion": Completion.start()}
    own = TrainingJob(stack, "Train", spec=spec("train"), **given)
    own.role.add_to_principal_policy(
        iam.PolicyStatement(actions=["s3:GetObject"], resources=["arn:aws:s3:::mine/*"])
    )
    shared = TrainingRole(stack, "Shared", spec=spec("train"), platform=platform)
    TrainingJob(stack, "First", spec=spec("train"), role=shared, **given)
    TrainingJob(stack, "Second", spec=spec("train", "test"), role=shared, **given)
    outside = iam.Role.from_role_arn(stack, "Outside", OUTSIDE)
    TrainingJob(stack, "Third", spec=spec("train"), role=outside, **given)
    iam.Role(stack, "Other", assumed_by=iam.ServicePrincipal("ec2.amazonaws.com")).add_to_policy(
        iam.PolicyStatement(actions=["s3:ListAllMyBuckets"], resources=["*"])
    )


def add_workflows(stack: cdk.Stack, platform: TrainingPlatform) -> None:
    """State machines of the user's, whose roles are allowed things for us and for the app; schedules."""
    given: Any = {"platform": platform, "spec": spec("train")}
    logged = machine(stack, "Waits", TrainingJobTask(stack, "Wait", **given))
    logged.add_to_role_policy(iam.PolicyStatement(actions=["sns:Publish"], resources=["*"]))
    machine(stack, "Asks", TrainingJobTask(stack, "Ask", integration="aws-sdk", **given))
    objective, points = Objective.maximize("auc"), Grid(a=range(60))
    sweep = TrainingSweep(stack, "Sweep", points=points, objective=objective, distributed=True, **given)
    machine(stack, "Sweeps", sweep)
    TrainingSchedule(stack, "Nightly", schedule=NIGHTLY, **given)
    TrainingSchedule(stack, "Direct", schedule=NIGHTLY, direct=True, **given)


def open_up(platform: TrainingPlatform, job: TrainingJob) -> None:
    """What a reviewer must not take for the library's: worded as ours is, but for everybody."""
    without_tls: Any = {"conditions": {"Bool": {"aws:SecureTransport": "false"}}, "resources": ["*"]}
    anybody: Any = {"principals": [iam.AnyPrincipal()]}
    other: Any = {"principals": [iam.AccountPrincipal("999999999999")]}
    key, bucket = cast("kms.Key", platform.encryption_key), cast("s3.Bucket", platform.bucket)
    for who in (anybody, other):
        key.add_to_resource_policy(iam.PolicyStatement(actions=["kms:*"], resources=["*"], **who))
    bucket.add_to_resource_policy(iam.PolicyStatement(actions=["s3:*"], **anybody, **without_tls))
    front = job.runtime.front
    front.add_permission("Anybody", principal=iam.AnyPrincipal())
    front.add_permission("AnyRule", principal=iam.ServicePrincipal("events.amazonaws.com"))
    own = kms.Key(cdk.Stack.of(job), "Own")
    own.add_to_resource_policy(
        iam.PolicyStatement(sid="EncryptLogGroups", actions=["kms:*"], resources=["*"], **anybody)
    )


def synthesize(folder: Path) -> Path:
    """Write the app's cloud assembly into a folder."""
    app = cdk.App(outdir=str(folder), context=FLAGS)
    shared = TrainingPlatform(cdk.Stack(app, "Shared"), "Platform")
    jobs, workflows = cdk.Stack(app, "Jobs"), cdk.Stack(app, "Workflows")
    add_jobs(jobs, shared)
    add_workflows(workflows, shared)
    nested = cdk.NestedStack(jobs, "Nested")
    TrainingJob(nested, "Inner", spec=spec("train"), platform=shared, completion=Completion.start())
    stage = cdk.Stack(cdk.Stage(app, "Prod"), "Jobs")
    platform = TrainingPlatform(stage, "Platform", use_vpc=False)
    isolated = spec("train").replace(network_isolation=True)
    opened = TrainingJob(stage, "Train", spec=isolated, platform=platform, completion=Completion.start())
    open_up(platform, opened)
    app.synth()
    return folder
