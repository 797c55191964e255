"""A job that reads another job's results may decrypt them: with the key of those, and with none beside it."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_kms as kms
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_stepfunctions as sfn

from constructs_lib import (
    Channel,
    Completion,
    Output,
    TrainingJob,
    TrainingJobSpec,
    TrainingJobTask,
    TrainingPlatform,
    TrainingRole,
    TrainingSchedule,
)
from tests.unit.cdk.access.account import Account
from tests.unit.cdk.access.execution_roles import raw
from tests.unit.cdk.access.physical import REGION
from tests.unit.cdk.access.simulator import Simulator

VIA_S3 = {"kms:ViaService": f"s3.{REGION}.amazonaws.com"}
KEY = "AWS::KMS::Key"
READERS = {
    # By the role: the keys that it may decrypt with and not encrypt with, beside its own.
    "OtherPlatformRole": ["FirstKey"],
    "OwnOutputRole": ["FirstKey"],
    "ByOwnReaderRole": ["OwnKey"],
    "FolderRole": ["FirstKey"],
    "NamedRole": ["FirstKey"],
    "PlaceRole": ["FirstKey"],
    "WaitedRole": ["FirstKey"],
    "BothRole": ["FirstKey", "OwnKey"],
    "TaskRole": ["FirstKey"],
    "NightlyRole": ["FirstKey"],
    "GivenRole": ["FirstKey"],
    "AbroadRole": ["FirstKey"],
    "SameRole": [],
    "ElsewhereRole": [],
    "ReadsNothingRole": [],
}
OWN = {"OwnOutputRole": "OwnKey", "SameRole": "FirstKey"}
KEYS = ["FirstKey", "SecondKey", "OwnKey"]


def reading(*uris: str, **changes: Any) -> TrainingJobSpec:
    channels = [Channel.from_uri(f"model{number}", uri) for number, uri in enumerate(uris)]
    return raw({}).replace(channels=channels, **changes)


def make(app: cdk.App) -> None:
    stack = cdk.Stack(app, "Stack")
    keys = {name: kms.Key(stack, name) for name in KEYS}
    one, two = (
        TrainingPlatform(stack, f"Platform{name}", encryption_key=keys[name], use_vpc=False)
        for name in ("FirstKey", "SecondKey")
    )
    own = Output(encryption_key=keys["OwnKey"])
    first = TrainingJob(stack, "First", spec=raw({}), platform=one)
    by_own = TrainingJob(stack, "ByOwn", spec=raw({}).replace(output=own), platform=two)
    waited = TrainingJob(stack, "Long", spec=raw({}), platform=one, completion=Completion.wait_condition())
    model = first.model_artifacts_uri
    named = f"{one.output_path}/{first.training_job_name}/output/model.tar.gz"
    specs = {
        "OtherPlatform": reading(model),
        "OwnOutput": reading(model, output=own),
        "ByOwnReader": reading(by_own.model_artifacts_uri),
        "Folder": reading(f"{first.output_uri}"),
        "Named": reading(named),
        "Elsewhere": reading(f"s3://elsewhere/{first.training_job_name}/"),
        "Place": reading(f"{one.output_path}/known/output/model.tar.gz"),
        "Waited": reading(waited.model_artifacts_uri),
        "Both": reading(model, by_own.model_artifacts_uri),
        "ReadsNothing": raw({}),
    }
    for name, spec in specs.items():
        TrainingJob(stack, name, spec=spec, platform=two, completion=Completion.start())
    TrainingJob(stack, "Same", spec=reading(model), platform=one, completion=Completion.start())
    task = TrainingJobTask(stack, "Task", spec=reading(model), platform=two)
    sfn.StateMachine(stack, "Machine", definition_body=sfn.DefinitionBody.from_chainable(task))
    rate = scheduler.ScheduleExpression.cron(minute="0", hour="2")
    TrainingSchedule(stack, "Nightly", spec=reading(model), platform=two, schedule=rate, direct=True)
    TrainingRole(stack, "GivenRole", spec=reading(model), platform=two)
    abroad = cdk.Stack(app, "Abroad")
    TrainingJob(abroad, "Abroad", spec=reading(model), platform=two, completion=Completion.start())


@pytest.fixture(scope="module")
def account(simulator: Simulator) -> Account:
    app = cdk.App()
    make(app)
    return Account.of(app, simulator)


@pytest.mark.parametrize("role", READERS)
def test_it_decrypts_with_the_keys_of_what_it_reads(account: Account, role: str) -> None:
    arn, own = account.role(role), OWN.get(role, "SecondKey")
    for name in KEYS:
        key = account.arn(KEY, name)
        reads, writes = name in READERS[role], name == own
        if name == "SecondKey" and not writes:
            continue  # the volume's
        assert account.allows(arn, "kms:Decrypt", key, VIA_S3) is (reads or writes), name
        assert account.allows(arn, "kms:GenerateDataKey", key, VIA_S3) is writes, name
        if reads and not writes:
            for service in ("ec2", "secretsmanager"):
                context = {"kms:ViaService": f"{service}.{REGION}.amazonaws.com"}
                assert not account.allows(arn, "kms:Decrypt", key, context)


def test_a_reason_names_the_channel_once(account: Account) -> None:
    app = cdk.App()
    stack = cdk.Stack(app, "Stack")
    one, two = (TrainingPlatform(stack, name, use_vpc=False) for name in ("One", "Two"))
    job = TrainingJob(stack, "First", spec=raw({}), platform=one)
    spec = reading(job.model_artifacts_uri, job.output_uri)
    second = TrainingJob(stack, "Second", spec=spec, platform=two)

    found = [one for one in second.explain_permissions() if one.actions == ("kms:Decrypt",)]

    assert [one.reason for one in found] == ["InputDataConfig[0] (model0): decrypt other jobs' results"]
