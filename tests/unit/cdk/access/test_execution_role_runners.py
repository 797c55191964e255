"""Each runner makes the role that its request asks for: its trust, and the places of its own jobs."""

from __future__ import annotations

import aws_cdk as cdk
import pytest
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_stepfunctions as sfn

from constructs_lib import TrainingJob, TrainingJobTask, TrainingPlatform, TrainingSchedule
from tests.unit.cdk.access.account import Account
from tests.unit.cdk.access.execution_roles import DEBUG, raw
from tests.unit.cdk.access.physical import ACCOUNT, REGION
from tests.unit.cdk.access.simulator import Simulator

SAGEMAKER = "sagemaker.amazonaws.com"
HOOK = "arn:aws:s3:::watch/tensors"
ROLES = ["WatchedJobRole", "WatchedTaskRole", "WatchedScheduleRole"]


@pytest.fixture(scope="module")
def account(simulator: Simulator) -> Account:
    app = cdk.App()
    stack = cdk.Stack(app, "Stack")
    platform = TrainingPlatform(stack, "Platform")
    spec = raw({}, **DEBUG)
    TrainingJob(stack, "WatchedJob", spec=spec, platform=platform)
    task = TrainingJobTask(stack, "WatchedTask", spec=spec, platform=platform)
    sfn.StateMachine(stack, "Machine", definition_body=sfn.DefinitionBody.from_chainable(task))
    nightly = scheduler.ScheduleExpression.cron(minute="0", hour="2")
    TrainingSchedule(stack, "WatchedSchedule", spec=spec, platform=platform, schedule=nightly, direct=True)
    return Account.of(app, simulator)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("action", ["sts:AssumeRole", "sts:TagSession"])
@pytest.mark.parametrize(
    ("kind", "allowed"), [("training-job", True), ("processing-job", True), ("transform-job", False)]
)
def test_the_jobs_of_the_request_assume_it(
    account: Account, role: str, action: str, kind: str, allowed: bool
) -> None:
    arn = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:{kind}/any"
    context = {"aws:SourceAccount": ACCOUNT, "aws:SourceArn": arn}
    assert account.may_assume(SAGEMAKER, account.role(role), context, action) is allowed


@pytest.mark.parametrize("role", ROLES)
def test_what_is_derived_reaches_it(account: Account, role: str) -> None:
    arn = account.role(role)
    assert account.allows(arn, "s3:ListBucket", "arn:aws:s3:::watch", {"s3:prefix": "board/"})
    assert account.allows(arn, "ssmmessages:OpenDataChannel", "*")
    assert not account.allows(arn, "s3:PutObject", f"{HOOK}/another-job/debug-output/a")
