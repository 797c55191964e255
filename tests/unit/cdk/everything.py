"""One app with every runner, and every member of a request that needs a permission; made once a process."""

from __future__ import annotations

import functools
import json
import tempfile
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_efs as efs
from aws_cdk import aws_fsx as fsx
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_stepfunctions as sfn

from constructs_lib import (
    Algorithm,
    Channel,
    Checkpoint,
    Completion,
    Grid,
    JobName,
    MetricDefinition,
    Objective,
    Output,
    QualityGate,
    TrainingJob,
    TrainingJobSpec,
    TrainingJobTask,
    TrainingPlatform,
    TrainingSchedule,
    TrainingSweep,
)

ROOT = Path(__file__).resolve().parents[3]
FLAGS = json.loads((ROOT / "cdk.json").read_text())["context"]
IMAGE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/trainer:1"
FUNCTIONS = "arn:aws:lambda:eu-west-1:123456789012:function"
RULES = "503895931360.dkr.ecr.us-east-1.amazonaws.com/sagemaker-debugger-rules:latest"
PLAN = "arn:aws:sagemaker:eu-west-1:123456789012:training-plan/plan"
NIGHTLY = scheduler.ScheduleExpression.cron(minute="0", hour="2")
AUC = Objective.maximize("auc")
GATES = [QualityGate("auc", at_least=0.9)]

Json = dict[str, Any]


def plain() -> TrainingJobSpec:
    """A job that asks for little."""
    return TrainingJobSpec(
        algorithm=Algorithm.from_image_uri(IMAGE),
        instance_type="ml.m5.large",
        max_runtime=cdk.Duration.minutes(10),
        metrics=[MetricDefinition("auc", "auc=([0-9.]+)")],
    )


def raw(**members: Any) -> TrainingJobSpec:
    """The plain job with further members, in AWS's form."""
    return TrainingJobSpec.from_request({**plain().to_request(), **members})


def watching() -> TrainingJobSpec:
    """A job that Debugger and the profiler look at, and that reports to MLflow, experiments and packages."""
    here = "arn:aws:sagemaker:eu-west-1:123456789012"
    return raw(
        DebugHookConfig={"S3OutputPath": "s3://hooks/tensors"},
        DebugRuleConfigurations=[{"RuleConfigurationName": "Rule", "RuleEvaluatorImage": RULES}],
        TensorBoardOutputConfig={"S3OutputPath": "s3://boards/logs"},
        ProfilerConfig={"S3OutputPath": "s3://profiles/jobs"},
        ProfilerRuleConfigurations=[{"RuleConfigurationName": "Profile", "RuleEvaluatorImage": RULES}],
        ExperimentConfig={"ExperimentName": "churn", "TrialName": "first"},
        RemoteDebugConfig={"EnableRemoteDebug": True},
        MlflowConfig={"MlflowResourceArn": f"{here}:mlflow-tracking-server/server"},
        ModelPackageConfig={"ModelPackageGroupArn": f"{here}:model-package-group/group"},
        SessionChainingConfig={"EnableSessionTagChaining": True},
    )


def fetching() -> TrainingJobSpec:
    """A job that reads manifests and a hub, from a private registry, in a training plan's capacity."""
    hub = "arn:aws:sagemaker:eu-west-1:aws:hub-content/SageMakerPublicHub/Model/some-model/1.0"
    access = {"TrainingRepositoryCredentialsProviderArn": f"{FUNCTIONS}:credentials"}
    config = {"TrainingRepositoryAccessMode": "Vpc", "TrainingRepositoryAuthConfig": access}
    common = {"S3DataDistributionType": "FullyReplicated"}
    return raw(
        AlgorithmSpecification={
            "TrainingImage": "registry.example.com/me:1",
            "TrainingInputMode": "File",
            "TrainingImageConfig": config,
        },
        InputDataConfig=[
            _channel("listed", S3DataType="ManifestFile", S3Uri="s3://lists/data.manifest", **common),
            {
                **_channel(
                    "labelled",
                    S3DataType="AugmentedManifestFile",
                    S3Uri="s3://lists/labelled.manifest",
                    AttributeNames=["image", "label"],
                    **common,
                ),
                "InputMode": "Pipe",
                "RecordWrapperType": "RecordIO",
            },
            _channel(
                "model",
                S3DataType="S3Prefix",
                S3Uri="s3://jumpstart-cache-prod-eu-west-1/model/",
                HubAccessConfig={"HubContentArn": hub},
                **common,
            ),
        ],
        ResourceConfig={
            "InstanceType": "ml.p5.48xlarge",
            "InstanceCount": 1,
            "VolumeSizeInGB": 30,
            "TrainingPlanArn": PLAN,
        },
    )


def _channel(name: str, **source: Any) -> Json:
    return {"ChannelName": name, "DataSource": {"S3DataSource": source}}


def rich(scope: cdk.Stack, platform: TrainingPlatform) -> TrainingJobSpec:
    """A job with buckets, a key and a file system of its own, on two instances."""
    key = kms.Key(scope, "OwnKey", enable_key_rotation=True)
    data = s3.Bucket(scope, "Data", enforce_ssl=True, encryption_key=key)
    assert platform.vpc is not None
    system = efs.FileSystem(scope, "Files", vpc=platform.vpc, allow_anonymous_access=True)
    lustre = fsx.LustreFileSystem(
        scope,
        "Lustre",
        vpc=platform.vpc,
        vpc_subnet=platform.vpc.isolated_subnets[0],
        storage_capacity_gib=1200,
        lustre_configuration=fsx.LustreConfiguration(deployment_type=fsx.LustreDeploymentType.SCRATCH_2),
    )
    return plain().replace(
        channels=[
            Channel.from_bucket("train", data, "train/"),
            Channel.from_efs("files", system, "/data"),
            Channel.from_fsx_lustre("fast", lustre, f"/{lustre.mount_name}/data"),
        ],
        instance_count=2,
        checkpoint=Checkpoint(),
        output=Output(bucket=data, prefix="results/", encryption_key=key),
    )


def add_jobs(stack: cdk.Stack) -> None:
    """Training jobs of deployments: one of each way to wait, and of each kind of request."""
    platform = TrainingPlatform.of(stack)
    own = rich(stack, platform)
    TrainingJob(
        stack, "Rich", spec=own, quality_gates=GATES, capacity_fallback=["ml.m5.xlarge"], delete_record=True
    )
    TrainingJob(stack, "Watching", spec=watching(), completion=Completion.wait_condition())
    TrainingJob(stack, "Fetching", spec=fetching(), completion=Completion.start())
    named = plain().replace(training_job_name="Churn-Model")
    role = iam.Role(stack, "Given", assumed_by=iam.ServicePrincipal("sagemaker.amazonaws.com"))
    TrainingJob(stack, "Named", spec=named, keep_name=True, role=role, completion=Completion.start())


def add_tasks(stack: cdk.Stack) -> None:
    """State machines of a user's: one of each form of the task."""
    once = sfn.IntegrationPattern.REQUEST_RESPONSE
    hour = sfn.Timeout.duration(cdk.Duration.hours(1))
    caller = iam.Role(stack, "Caller", assumed_by=iam.AccountPrincipal("123456789012"))
    credentials = sfn.Credentials(role=sfn.TaskRole.from_role(caller))
    role = iam.Role(stack, "Given", assumed_by=iam.ServicePrincipal("sagemaker.amazonaws.com"))
    own = rich(stack, TrainingPlatform.of(stack))
    machine(TrainingJobTask(stack, "Sync", spec=own, allow_stopped=True))
    machine(TrainingJobTask(stack, "Single", spec=plain(), allow_stopped=True, retries=[]))
    machine(TrainingJobTask(stack, "Gated", spec=plain(), quality_gates=GATES, role=role))
    machine(TrainingJobTask(stack, "Once", spec=plain(), integration_pattern=once))
    machine(TrainingJobTask(stack, "Called", spec=plain(), integration_pattern=once, integration="aws-sdk"))
    machine(TrainingJobTask(stack, "Loop", spec=watching(), integration="aws-sdk"))
    machine(TrainingJobTask(stack, "Timed", spec=fetching(), integration="aws-sdk", task_timeout=hour))
    machine(TrainingJobTask(stack, "Again", spec=plain(), retry_failures=True))
    machine(TrainingJobTask(stack, "Named", spec=plain(), job_name="Churn-Task"))
    machine(TrainingJobTask(stack, "Told", spec=plain(), job_name="{% $states.input.name %}"))
    machine(TrainingJobTask(stack, "Prefixed", spec=plain(), job_name=JobName.unique("churn")))
    lent = TrainingJobTask(stack, "Lent", spec=plain(), credentials=credentials)
    machine(lent)
    # Their role is not changed: it gets what the task says that it needs.
    for permission in lent.machine_permissions():
        caller.add_to_policy(permission.to_statement())


def add_sweeps(stack: cdk.Stack) -> None:
    """Sweeps: in one execution, and with one for each point; their points in each place that they can be."""
    given: Any = {"spec": plain(), "objective": AUC}
    machine(TrainingSweep(stack, "Inline", points=Grid(a=[1, 2]), **given))
    machine(TrainingSweep(stack, "Few", points=Grid(a=[1, 2]), distributed=True, **given))
    machine(TrainingSweep(stack, "Many", points=Grid(a=range(60)), distributed=True, **given))
    machine(TrainingSweep(stack, "Input", points="$.points", distributed=True, **given))
    results = s3.Bucket(stack, "Results", encryption=s3.BucketEncryption.KMS, enforce_ssl=True)
    platform = TrainingPlatform(stack, "Platform", use_vpc=False, bucket=results)
    machine(
        TrainingSweep(stack, "Elsewhere", points=Grid(a=[1]), distributed=True, platform=platform, **given)
    )


def add_schedules(stack: cdk.Stack) -> None:
    """Schedules: through a state machine, and straight to SageMaker."""
    TrainingSchedule(stack, "Nightly", spec=plain(), schedule=NIGHTLY)
    TrainingSchedule(stack, "Looped", spec=watching(), schedule=NIGHTLY, integration="aws-sdk")
    TrainingSchedule(
        stack, "Direct", spec=rich(stack, TrainingPlatform.of(stack)), schedule=NIGHTLY, direct=True
    )
    TrainingSchedule(stack, "Planned", spec=fetching(), schedule=NIGHTLY, direct=True)


ADDED = {"Jobs": add_jobs, "Tasks": add_tasks, "Sweeps": add_sweeps, "Schedules": add_schedules}


def machine(task: Any) -> sfn.StateMachine:
    """A state machine of one task or sweep, named after it."""
    scope = cdk.Stack.of(task.start_state)
    body = sfn.DefinitionBody.from_chainable(task)
    return sfn.StateMachine(scope, f"{task.node.id}Machine", definition_body=body)


@functools.cache
def templates() -> dict[str, Json]:
    """The templates, by the stack's name."""
    with tempfile.TemporaryDirectory() as folder:
        app = cdk.App(outdir=folder, context=FLAGS)
        for name, add in ADDED.items():
            add(cdk.Stack(app, name))
        return {stack.stack_name: dict(stack.template) for stack in app.synth().stacks}
