"""The evaluator judges, and takes what is not IAM's for a mistake and not for a denial."""

from __future__ import annotations

import aws_cdk as cdk
import pytest

from constructs_lib import TrainingJobSpec, TrainingPlatform, TrainingRole
from tests.unit.cdk.access.account import Account
from tests.unit.cdk.access.physical import ACCOUNT, REGION
from tests.unit.cdk.access.simulator import Simulator


@pytest.fixture
def account(simulator: Simulator, spec: TrainingJobSpec) -> Account:
    app = cdk.App()
    stack = cdk.Stack(app, "Stack")
    TrainingRole(stack, "Role", spec=spec, platform=TrainingPlatform(stack, "Platform"))
    return Account.of(app, simulator)


def test_it_allows_and_denies(account: Account) -> None:
    role, bucket = account.role("Role"), account.arn("AWS::S3::Bucket")
    results = f"{bucket}/training/output"
    assert account.allows(role, "s3:PutObject", f"{results}/job/output/model.tar.gz")
    assert not account.allows(role, "s3:PutObject", f"{bucket}/other/model.tar.gz")
    assert not account.allows(role, "s3:PutObject", f"{results}/job/x", {"aws:SecureTransport": "false"})


def test_it_judges_trust(account: Account) -> None:
    job = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:training-job/x"
    mine = {"aws:SourceAccount": ACCOUNT, "aws:SourceArn": job}
    foreign = {"aws:SourceAccount": "210987654321", "aws:SourceArn": job.replace(ACCOUNT, "210987654321")}
    role = account.role("Role")
    assert account.may_assume("sagemaker.amazonaws.com", role, mine)
    assert not account.may_assume("sagemaker.amazonaws.com", role, foreign)
    assert not account.may_assume("ec2.amazonaws.com", role, mine)


@pytest.mark.parametrize(
    ("action", "resource", "context"),
    [
        ("s3:GetObjekt", "arn:aws:s3:::bucket/key", {}),
        ("s3:GetObject", "arn:aws:s3:::bucket", {}),
        ("s3:GetObject", "arn:aws:s3:::bucket/key", {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}),
    ],
    ids=["no such action", "a resource that the action does not have", "a key that the action does not have"],
)
def test_what_iam_does_not_have_is_a_mistake(
    account: Account, action: str, resource: str, context: dict[str, str]
) -> None:
    with pytest.raises(AssertionError, match=action):
        account.allows(account.role("Role"), action, resource, context)
