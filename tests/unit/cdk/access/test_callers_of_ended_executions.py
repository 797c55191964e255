"""Jobs of workflows, whose names nobody knows, are found and stopped by their tags alone."""

from __future__ import annotations

import pytest

from tests.unit.cdk.access.account import Account
from tests.unit.cdk.access.calls import JOBS, Call, Context, cases, judged, other_account
from tests.unit.cdk.access.simulator import Simulator
from tests.unit.cdk.everything import templates

TAG = "aws:ResourceTag/constructs-lib:workflow"
WITH_WORKFLOWS = ("Tasks", "Sweeps", "Schedules")


@pytest.fixture(scope="module")
def account(simulator: Simulator) -> Account:
    return Account(templates(), simulator)


def owner(account: Account, stack: str) -> str:
    """What the tags of a stack's workflow jobs hold."""
    found = [
        str(one.of(resource["Properties"]["Owner"]))
        for one, _, resource in account.resources("Custom::SageMakerWorkflowJobs")
        if one.name == stack
    ]
    assert len(found) == 1
    return found[0]


def calls(account: Account, stack: str) -> list[Call]:
    arn = f"{JOBS}any-name-at-all"
    own = {TAG: owner(account, stack)}
    contexts: tuple[Context, ...] = ({TAG: "0123456789abcd"}, {})
    roles = [
        one.arn(name)
        for one, name, _ in account.resources("AWS::IAM::Role")
        if one.name == stack and name.startswith(("TrainingJobRuntimeFront", "TrainingJobRuntimeWorker"))
    ]
    assert len(roles) == 2
    made = []
    for who in roles:
        made += [Call(who, "sagemaker:ListTrainingJobs", "*")]
        made += [Call(who, "sagemaker:ListTags", arn, others=(other_account(arn),))]
        for action in ("DescribeTrainingJob", "StopTrainingJob"):
            made.append(Call(who, f"sagemaker:{action}", arn, own, (other_account(arn),), contexts))
    return made


def test_each_stack_stops_its_own(account: Account) -> None:
    made = [call for stack in WITH_WORKFLOWS for call in calls(account, stack)]
    assert [problem for call in made for problem in judged(account, call)] == []
    assert sum(map(cases, made)) >= 60


def test_a_stack_without_workflows_looks_at_none(account: Account) -> None:
    for part in ("Front", "Worker"):
        role = next(
            stack.arn(name)
            for stack, name, _ in account.resources("AWS::IAM::Role")
            if stack.name == "Jobs" and name.startswith(f"TrainingJobRuntime{part}")
        )
        assert not account.allows(role, "sagemaker:ListTrainingJobs", "*")
        assert not account.allows(role, "sagemaker:StopTrainingJob", f"{JOBS}any", {TAG: "0123456789abcd"})
