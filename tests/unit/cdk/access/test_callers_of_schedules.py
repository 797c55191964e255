"""EventBridge Scheduler may start what a schedule starts; rules may call their functions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.unit.cdk.access.account import Account
from tests.unit.cdk.access.calls import Call, Context, cases, job_calls, judged, other_account, request_calls
from tests.unit.cdk.access.physical import ACCOUNT, OTHER_ACCOUNT, REGION, Physical
from tests.unit.cdk.access.simulator import Simulator
from tests.unit.cdk.everything import templates

UNIVERSAL = "arn:aws:scheduler:::aws-sdk:"
ATTRIBUTE = "<aws.scheduler.execution-id>"
SQS = {"kms:ViaService": f"sqs.{REGION}.amazonaws.com"}
S3 = {"kms:ViaService": f"s3.{REGION}.amazonaws.com"}
PAYLOAD = "kms:EncryptionContext:aws:scheduler:schedule:arn"
DOMAINS = ("scheduler.amazonaws.com", "events.amazonaws.com", "sagemaker.amazonaws.com")

Json = dict[str, Any]
Found = list[tuple[Physical, str, Json]]


@pytest.fixture(scope="module")
def account(simulator: Simulator) -> Account:
    return Account(templates(), simulator)


@pytest.fixture(scope="module")
def schedules(account: Account) -> Found:
    found = [
        (stack, name, stack.of(resource["Properties"]))
        for stack, name, resource in account.resources("AWS::Scheduler::Schedule")
    ]
    assert len(found) == 4
    return found


def calls(account: Account, properties: Json) -> Iterator[Call]:
    """What a schedule makes EventBridge Scheduler call."""
    target = properties["Target"]
    who = target["RoleArn"]
    yield from _of_target(who, target)
    queue = target["DeadLetterConfig"]["Arn"]
    yield Call(who, "sqs:SendMessage", queue, others=(f"{queue}2", other_account(queue)))
    for action in ("kms:Decrypt", "kms:GenerateDataKey"):
        key = _key_of_queue(account, queue)
        yield Call(who, action, key, SQS, (f"{key}2",), (S3, {}))
    own = f"arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule/{properties['GroupName']}/any"
    contexts: tuple[Context, ...] = (
        {PAYLOAD: own.replace("/any", "2/any")},
        {PAYLOAD: other_account(own)},
        {},
    )
    key = properties["KmsKeyArn"]
    yield Call(who, "kms:Decrypt", key, {PAYLOAD: own}, (f"{key}2",), contexts)


def _of_target(who: str, target: Json) -> Iterator[Call]:
    arn = target["Arn"]
    if ":stateMachine:" in arn:
        yield Call(who, "states:StartExecution", arn, others=(f"{arn}2", other_account(arn)))
        return
    assert arn == f"{UNIVERSAL}sagemaker:createTrainingJob", arn
    request = json.loads(target["Input"])
    name = request["TrainingJobName"].replace(ATTRIBUTE, "0123456789abcdef")
    assert "<" not in name
    yield job_calls(who, "CreateTrainingJob", name)
    yield from request_calls(who, request, name)


def _key_of_queue(account: Account, arn: str) -> str:
    for stack, name, resource in account.resources("AWS::SQS::Queue"):
        if stack.arn(name) == arn:
            return str(stack.of(resource["Properties"]["KmsMasterKeyId"]))
    raise AssertionError(arn)


def test_a_schedule_starts_its_own_and_tells_of_failures(account: Account, schedules: Found) -> None:
    made = [call for _, _, properties in schedules for call in calls(account, properties)]
    assert [problem for call in made for problem in judged(account, call)] == []
    assert sum(map(cases, made)) >= 80
    kinds = {call.action for call in made}
    assert {
        "states:StartExecution",
        "sagemaker:CreateTrainingJob",
        "iam:PassRole",
        "sagemaker:AddTags",
    } <= kinds


def test_a_schedule_is_granted_nothing_else(account: Account, schedules: Found) -> None:
    for _, name, properties in schedules:
        granted: set[str] = set()
        for document in account.policies(properties["Target"]["RoleArn"]):
            for statement in document["Statement"]:
                actions = statement["Action"]
                granted |= {actions} if isinstance(actions, str) else set(actions)
        assert granted == {call.action for call in calls(account, properties)}, name


def test_the_role_is_taken_on_for_the_schedules_of_its_group_only(account: Account, schedules: Found) -> None:
    for _, _, properties in schedules:
        role, group = properties["Target"]["RoleArn"], properties["GroupName"]
        arn = f"arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule-group/{group}"
        context = {"aws:SourceAccount": ACCOUNT, "aws:SourceArn": arn}
        foreign = {"aws:SourceAccount": OTHER_ACCOUNT, "aws:SourceArn": other_account(arn)}
        assert account.may_assume(DOMAINS[0], role, context)
        assert not account.may_assume(DOMAINS[0], role, foreign)
        assert not account.may_assume(DOMAINS[0], role, {**context, "aws:SourceArn": f"{arn}2"})
        assert not any(account.may_assume(other, role, context) for other in DOMAINS[1:])


def test_every_rule_may_call_its_targets(account: Account) -> None:
    """Functions are called by their own policies: one for each rule, of that rule."""
    allowed = {
        (stack.of(one["Properties"]["FunctionName"]), stack.of(one["Properties"].get("SourceArn")))
        for stack, _, one in account.resources("AWS::Lambda::Permission")
        if one["Properties"]["Principal"] == "events.amazonaws.com"
        and one["Properties"]["Action"] == "lambda:InvokeFunction"
    }
    needed = {
        (target, stack.arn(name))
        for stack, name, rule in account.resources("AWS::Events::Rule")
        for target in (stack.of(one["Arn"]) for one in rule["Properties"]["Targets"])
    }
    assert needed
    assert allowed == needed
