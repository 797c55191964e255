"""One app with every runner, over which all packs of cdk-nag go: what they find, and what is acknowledged.

A runner's stack has nothing of a user's but state machines, which are made as the documents ask for.
"""

from __future__ import annotations

import contextlib
import functools
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, cast

import aws_cdk as cdk
import cdk_nag
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from constructs_lib import (
    Algorithm,
    Channel,
    Completion,
    MetricDefinition,
    Objective,
    TrainingJob,
    TrainingJobSpec,
    TrainingJobTask,
    TrainingPlatform,
    TrainingSchedule,
    TrainingSweep,
)
from tests.unit.cdk.everything import fetching, watching

ROOT = Path(__file__).resolve().parents[4]
FLAGS = json.loads((ROOT / "cdk.json").read_text())["context"]
PACKS: dict[str, Any] = {
    "AwsSolutions": cdk_nag.AwsSolutionsChecks,
    "HIPAA.Security": cdk_nag.HIPAASecurityChecks,
    "NIST.800.53.R4": cdk_nag.NIST80053R4Checks,
    "NIST.800.53.R5": cdk_nag.NIST80053R5Checks,
    "PCI.DSS.321": cdk_nag.PCIDSS321Checks,
    "Serverless": cdk_nag.ServerlessChecks,
}
RUNNERS = ("TrainingPlatform", "TrainingJob", "TrainingJobTask", "TrainingSweep", "TrainingSchedule")
"""The stacks, each named after what is in it."""

NIGHTLY = scheduler.ScheduleExpression.cron(minute="0", hour="2")
AUC = Objective.maximize("auc")
OF_A_MACHINE = [
    f"{pack}::{pack}-IAMNoInlinePolicy"
    for pack in ("HIPAA.Security", "NIST.800.53.R4", "NIST.800.53.R5", "PCI.DSS.321")
]
"""What the packs say of the role of any state machine that CDK makes: its user's to acknowledge."""
USERS_REASON = "a state machine of the user's"


class Found(NamedTuple):
    """A finding of a pack's.

    Attributes:
        pack: the pack.
        rule: the rule's id.
        path: of the construct.
        reason: why it is acknowledged; None where it is not.
        at: the path of the construct on which it is acknowledged.
    """

    pack: str
    rule: str
    path: str
    reason: str | None
    at: str | None

    @property
    def stack(self) -> str:
        """The first part of the path."""
        return self.path.partition("/")[0]

    @property
    def is_ours(self) -> bool:
        """Whether this library acknowledges it."""
        return self.reason is not None and self.reason != USERS_REASON


def plain(**members: Any) -> TrainingJobSpec:
    """A job of an image in ECR."""
    return TrainingJobSpec(
        algorithm=Algorithm.from_image_uri("123456789012.dkr.ecr.eu-west-1.amazonaws.com/trainer:1"),
        instance_type="ml.m5.large",
        max_runtime=cdk.Duration.minutes(10),
        metrics=[MetricDefinition("auc", "auc=([0-9.]+)")],
        **members,
    )


def machine(task: Any, language: sfn.QueryLanguage | None = None) -> sfn.StateMachine:
    """A user's state machine, logged and traced, whose own findings its user acknowledges."""
    scope = Construct(cdk.Stack.of(task.start_state), f"{task.node.id}Around")
    made = sfn.StateMachine(
        scope,
        "Machine",
        definition_body=sfn.DefinitionBody.from_chainable(task),
        logs=sfn.LogOptions(destination=_log(scope, task.platform), level=sfn.LogLevel.ALL),
        query_language=language,
        tracing_enabled=True,
    )
    known = [cdk.Acknowledgment(id=rule, reason=USERS_REASON) for rule in OF_A_MACHINE]
    cdk.Validations.of(made.role).acknowledge(*known)
    return made


def _log(scope: Construct, platform: TrainingPlatform) -> logs.LogGroup:
    month = logs.RetentionDays.ONE_MONTH
    return logs.LogGroup(scope, "Log", encryption_key=platform.log_encryption_key, retention=month)


def new_app(folder: str, *, packs_first: bool = True, **flags: Any) -> cdk.App:
    """An app that all packs look at, whose plugins are registered before this library's, or after it."""
    app = cdk.App(outdir=folder, context={**FLAGS, **flags})
    if packs_first:
        add_packs(app)
    return app


def add_packs(app: Construct, *names: str) -> None:
    """Register packs; all where none is named."""
    chosen = [PACKS[name]() for name in names or PACKS]
    cdk.Validations.of(app).add_plugins(*cast("list[cdk.IPolicyValidationPlugin]", chosen))


def add_runners(app: cdk.App) -> None:
    """Every runner, on a platform that all stacks share."""
    stacks = {name: cdk.Stack(app, name) for name in RUNNERS}
    platform = TrainingPlatform(stacks["TrainingPlatform"], "Platform", endpoints=["sts", "logs"])
    given: Any = {"spec": plain(), "platform": platform}
    add_jobs(stacks["TrainingJob"], given)
    add_tasks(stacks["TrainingJobTask"], given)
    add_sweeps(stacks["TrainingSweep"], given)
    add_schedules(stacks["TrainingSchedule"], given)


def add_jobs(stack: cdk.Stack, given: Any) -> None:
    """Jobs of deployments: each completion, each feature, a role that two share, a network by default."""
    TrainingJob(stack, "Start", completion=Completion.start(), **given).metric_failed()
    two = plain(instance_count=2, channels=[Channel.from_uri("data", "s3://lists/my data/")])
    for id, spec in {"Two": two, "Watching": watching(), "Fetching": fetching()}.items():
        TrainingJob(stack, id, spec=spec, platform=given["platform"], completion=Completion.start())
    TrainingJob(stack, "Condition", completion=Completion.wait_condition(), **given)
    TrainingJob(stack, "Default", spec=given["spec"], completion=Completion.start())
    role = iam.Role(stack, "Given", assumed_by=iam.ServicePrincipal("sagemaker.amazonaws.com"))
    for number in (1, 2):
        TrainingJob(stack, f"Shared{number}", role=role, completion=Completion.start(), **given)
    other = iam.Role.from_role_arn(stack, "Other", "arn:aws:iam::123456789012:role/other")
    for number in (1, 2):
        TrainingJob(stack, f"Imports{number}", role=other, completion=Completion.start(), **given)
    TrainingJob(stack, "Wait", capacity_fallback=["ml.m5.xlarge"], delete_record=True, **given)


def add_tasks(stack: cdk.Stack, given: Any) -> None:
    """Tasks in their forms, each in a machine of its own; two of them share a role."""
    role = iam.Role(stack, "Given", assumed_by=iam.ServicePrincipal("sagemaker.amazonaws.com"))
    machine(single := TrainingJobTask(stack, "Single", allow_stopped=True, **given))
    single.metric_failed()
    machine(TrainingJobTask(stack, "Loop", integration="aws-sdk", role=role, **given))
    machine(TrainingJobTask(stack, "Jsonata", role=role, **given), sfn.QueryLanguage.JSONATA)


def add_sweeps(stack: cdk.Stack, given: Any) -> None:
    """Sweeps in one execution and in many, of points that are known and that come with the execution."""
    known = [{"depth": 1}, {"depth": 2}]
    machine(TrainingSweep(stack, "Inline", points=known, objective=AUC, **given))
    machine(wide := TrainingSweep(stack, "Wide", points=known, objective=AUC, distributed=True, **given))
    wide.metric_failed()
    told = sfn.JsonPath.list_at("$.points")
    machine(TrainingSweep(stack, "Told", points=told, objective=AUC, **given))


def add_schedules(stack: cdk.Stack, given: Any) -> None:
    """Schedules by both ways, one on a platform whose key is imported; and counts of their failures."""
    arn = "arn:aws:kms:eu-west-1:123456789012:key/1b2c3d4e-5f60-4718-8293-a4b5c6d7e8f9"
    key = kms.Key.from_key_arn(stack, "Imported", arn)
    imported = TrainingPlatform(stack, "Platform", encryption_key=key, use_vpc=False)
    TrainingSchedule(stack, "Imports", spec=plain(), platform=imported, schedule=NIGHTLY)
    TrainingSchedule(stack, "Direct", schedule=NIGHTLY, direct=True, **given).metric_failed()
    TrainingSchedule(stack, "Nightly", schedule=NIGHTLY, **given).metric_failed()


class Users:
    """What a user adds to what the library made, and has beside it.

    Args:
        scope: a stack.
    """

    def __init__(self, scope: cdk.Stack) -> None:
        key = kms.Key(scope, "Key", enable_key_rotation=True)
        bucket = s3.Bucket(scope, "Bucket", encryption_key=key)
        platform = TrainingPlatform(scope, "Platform", use_vpc=False, bucket=bucket, encryption_key=key)
        given: Any = {"spec": plain(), "platform": platform}
        job = TrainingJob(scope, "Job", completion=Completion.start(), **given)
        # On the role; in a policy that the library made; of a resource that the library names with a star,
        # too, so that CDK makes one statement of both.
        job.role.add_to_principal_policy(_everything("s3:GetObject", "arn:aws:s3:::own/*"))
        policy = cast("iam.ManagedPolicy", job.role.node.find_child("Policy"))
        policy.add_statements(_everything("s3:PutObject", "arn:aws:s3:::added/*"))
        policy.add_statements(_everything("ec2:TerminateInstances", "*"))
        task = TrainingJobTask(scope, "Task", **given)
        self.machine = sfn.StateMachine(
            scope, "Machine", definition_body=sfn.DefinitionBody.from_chainable(task)
        )
        self.machine.add_to_role_policy(_everything("dynamodb:*", "arn:aws:dynamodb:*:*:table/own"))
        self._add_machines(scope, given)
        self._add_rules(scope)

    @staticmethod
    def _add_machines(scope: cdk.Stack, given: Any) -> None:
        """A traced machine with more on ``*``; and one that has nothing of ours but the name of a state."""
        sweep = TrainingSweep(scope, "Sweep", points=[{"a": 1}], objective=AUC, distributed=True, **given)
        traced = sfn.StateMachine(
            scope, "Traced", definition_body=sfn.DefinitionBody.from_chainable(sweep), tracing_enabled=True
        )
        traced.add_to_role_policy(_everything("ec2:TerminateInstances", "*"))
        policy = cast("iam.Policy", traced.node.find_child("DistributedMapPolicy"))
        policy.add_statements(_everything("states:*", "*"))
        states = {"StartAt": "Task", "States": {"Task": {"Type": "Pass", "End": True}}}
        body = sfn.DefinitionBody.from_string(json.dumps(states, separators=(",", ":")))
        named = sfn.StateMachine(scope, "Named", definition_body=body)
        jobs = f"arn:{cdk.Aws.PARTITION}:sagemaker:{cdk.Aws.REGION}:{cdk.Aws.ACCOUNT_ID}:training-job/task-*"
        for action in ("sagemaker:CreateTrainingJob", "sagemaker:StopTrainingJob"):
            named.add_to_role_policy(_everything(action, jobs))

    @staticmethod
    def _add_rules(scope: cdk.Stack) -> None:
        """Rules of a group of the user's, which the library adds one to."""
        vpc = ec2.Vpc(scope, "Vpc", nat_gateways=0, restrict_default_security_group=False)
        group = ec2.SecurityGroup(scope, "Group", vpc=vpc)
        mine = ec2.Port(protocol=ec2.Protocol.ALL, string_representation="mine")
        group.add_ingress_rule(group, mine)
        platform = TrainingPlatform(scope, "InVpc", vpc=vpc, security_groups=[group])
        two = plain(instance_count=2)
        TrainingJob(scope, "InVpcJob", spec=two, platform=platform, completion=Completion.start())


def _everything(action: str, resource: str) -> iam.PolicyStatement:
    return iam.PolicyStatement(actions=[action], resources=[resource])


def synthesized(app: cdk.App) -> list[Found]:
    """The findings of all packs, in the report's order."""
    with contextlib.suppress(RuntimeError):  # what is left fails the synthesis; the report is written
        app.synth()
    return list(read(Path(app.outdir)))


def read(folder: Path) -> Iterator[Found]:
    """The findings in the report of a folder that was synthesized."""
    reports = json.loads((folder / "validation-report.json").read_text())["pluginReports"]
    for report in reports:
        assert not (report.get("metadata") or {}).get("error"), report
        if report["pluginName"] not in PACKS:
            assert report["pluginName"] == "ConstructsLib", report
            continue
        for violation in (*report["violations"], *(report.get("suppressedViolations") or ())):
            for construct in violation["violatingConstructs"]:
                rule, path = violation["ruleName"], construct["constructPath"]
                reason, at = violation.get("reason"), violation.get("acknowledgedAt")
                yield Found(report["pluginName"], rule, path, reason, at)


@functools.cache
def _made() -> tuple[tuple[Found, ...], frozenset[str]]:
    with tempfile.TemporaryDirectory() as folder:
        app = new_app(folder)
        add_runners(app)
        found = tuple(synthesized(app))
        raw = [node for node in app.node.find_all() if type(node) is cdk.CfnResource]
        return found, frozenset(node.cfn_resource_type for node in raw)


def findings() -> tuple[Found, ...]:
    """Of all runners; made once a process."""
    return _made()[0]


def raw_types() -> frozenset[str]:
    """The types of their resources that have no class of CDK's."""
    return _made()[1]


@functools.cache
def app_findings() -> tuple[Found, ...]:
    """Of ``app.py``, by its own pack and by the others; made once a process."""
    source = (ROOT / "app.py").read_text()
    assert source.endswith("app.synth()\n")
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        patch.setenv("CDK_OUTDIR", folder)
        patch.setenv("CDK_CONTEXT_JSON", json.dumps(FLAGS))
        made: dict[str, Any] = {}
        exec(source.removesuffix("app.synth()\n"), made)
        add_packs(made["app"], *(name for name in PACKS if name != "AwsSolutions"))
        return tuple(synthesized(made["app"]))
