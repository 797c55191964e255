"""Who may assume an execution role: SageMaker, for this account's training jobs, and for their rules."""

from __future__ import annotations

import json

import aws_cdk as cdk
import pytest

from constructs_lib.cdk.trust import TRAINING_ONLY, Trust, trust_of
from tests.unit.cdk.access.account import Account
from tests.unit.cdk.access.execution_roles import templates
from tests.unit.cdk.access.physical import ACCOUNT, OTHER_ACCOUNT, REGION
from tests.unit.cdk.access.simulator import Simulator

SAGEMAKER = "sagemaker.amazonaws.com"
RULE = {"RuleConfigurationName": "Loss", "RuleEvaluatorImage": "image"}
TOKEN = cdk.Token.as_any({"Ref": "Later"})


def job(kind: str = "training-job", account: str = ACCOUNT, region: str = REGION) -> dict[str, str]:
    """What SageMaker says for whom it assumes the role."""
    arn = f"arn:aws:sagemaker:{region}:{account}:{kind}/any"
    return {"aws:SourceAccount": account, "aws:SourceArn": arn}


@pytest.fixture(scope="module")
def account(simulator: Simulator) -> Account:
    return Account(templates(), simulator)


@pytest.mark.parametrize(
    ("role", "principal", "context", "allowed"),
    [
        ("DataRole", SAGEMAKER, job(), True),
        ("DataRole", SAGEMAKER, job(account=OTHER_ACCOUNT), False),
        ("DataRole", SAGEMAKER, {**job(), "aws:SourceAccount": OTHER_ACCOUNT}, False),
        ("DataRole", SAGEMAKER, job(region="us-east-1"), False),
        ("DataRole", SAGEMAKER, job("processing-job"), False),
        ("DataRole", SAGEMAKER, job("notebook-instance"), False),
        ("DataRole", SAGEMAKER, {}, False),
        ("DataRole", "lambda.amazonaws.com", job(), False),
        ("WatchedRole", SAGEMAKER, job(), True),
        ("WatchedRole", SAGEMAKER, job("processing-job"), True),
        ("WatchedRole", SAGEMAKER, job("processing-job", account=OTHER_ACCOUNT), False),
        ("WatchedRole", SAGEMAKER, job("transform-job"), False),
        ("OverriddenRole", SAGEMAKER, job("processing-job"), True),
        ("TrackedRole", SAGEMAKER, job("processing-job"), False),
    ],
)
def test_sagemaker_assumes_the_role_for_the_jobs_of_its_request(
    account: Account, role: str, principal: str, context: dict[str, str], allowed: bool
) -> None:
    assert account.may_assume(principal, account.role(role), context) is allowed


@pytest.mark.parametrize(
    ("role", "context", "allowed"),
    [
        ("WatchedRole", job(), True),
        ("OverriddenRole", job(), True),
        ("WatchedRole", job(account=OTHER_ACCOUNT), False),
        ("DataRole", job(), False),
    ],
)
def test_session_tags_are_passed_where_they_are_chained(
    account: Account, role: str, context: dict[str, str], allowed: bool
) -> None:
    assert account.may_assume(SAGEMAKER, account.role(role), context, "sts:TagSession") is allowed


@pytest.mark.parametrize(
    ("request_", "trust"),
    [
        ({}, TRAINING_ONLY),
        ({"DebugHookConfig": {"S3OutputPath": "s3://a/b"}}, TRAINING_ONLY),
        ({"DebugRuleConfigurations": [], "SessionChainingConfig": {}}, TRAINING_ONLY),
        ({"DebugRuleConfigurations": [RULE]}, Trust(processing=True)),
        ({"ProfilerRuleConfigurations": [RULE]}, Trust(processing=True)),
        ({"ProfilerRuleConfigurations": TOKEN}, Trust(processing=True)),
        ({"SessionChainingConfig": {"EnableSessionTagChaining": True}}, Trust(session_tags=True)),
        ({"SessionChainingConfig": {"EnableSessionTagChaining": False}}, TRAINING_ONLY),
        ({"SessionChainingConfig": {"EnableSessionTagChaining": TOKEN}}, Trust(session_tags=True)),
        ({"SessionChainingConfig": TOKEN}, TRAINING_ONLY),
    ],
)
def test_the_request_says_what_the_trust_must_admit(request_: dict[str, object], trust: Trust) -> None:
    assert trust_of(request_) == trust


def test_no_trust_names_a_partition_an_account_or_a_region() -> None:
    roles = [one for one in templates()["Access"]["Resources"].values() if one["Type"] == "AWS::IAM::Role"]
    written = json.dumps([role["Properties"]["AssumeRolePolicyDocument"] for role in roles])
    assert len(roles) > 1
    assert not any(word in written for word in ("arn:aws", ACCOUNT, REGION))
