"""State machines may make the calls of their states, and not the same calls on a neighbour's things."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.unit.cdk.access.account import Account
from tests.unit.cdk.access.calls import Machine, cases, judged
from tests.unit.cdk.access.simulator import Simulator
from tests.unit.cdk.everything import templates

LEAST_CASES = 400


@pytest.fixture(scope="module")
def account(simulator: Simulator) -> Account:
    return Account(templates(), simulator)


@pytest.fixture(scope="module")
def machines(account: Account) -> dict[str, Machine]:
    found = account.resources("AWS::StepFunctions::StateMachine")
    return {f"{stack.name}: {name}": Machine(stack, name, one["Properties"]) for stack, name, one in found}


def test_every_call_of_every_state_is_allowed_and_its_neighbours_are_not(
    account: Account, machines: dict[str, Machine]
) -> None:
    problems, number = [], 0
    for made in machines.values():
        for call in {repr(call): call for call in made.calls()}.values():
            problems += judged(account, call)
            number += cases(call)
    assert problems == []
    assert number >= LEAST_CASES


def test_the_machines_make_every_kind_of_call(machines: dict[str, Machine]) -> None:
    """What the case above is about: a feature that the app does not use any more would prove nothing."""
    made = Counter(call.action for one in machines.values() for call in one.calls())
    assert set(made) >= {
        "events:PutRule",
        "iam:PassRole",
        "kms:GenerateDataKey",
        "lambda:InvokeFunction",
        "s3:GetObject",
        "s3:PutObject",
        "sagemaker:AddTags",
        "sagemaker:CreateTrainingJob",
        "sagemaker:DescribeTrainingJob",
        "sagemaker:ListTags",
        "sagemaker:StopTrainingJob",
        "states:StartExecution",
        "sts:AssumeRole",
    }
