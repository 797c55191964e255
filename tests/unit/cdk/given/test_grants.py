"""Grants on the jobs of every runner: their results and their ends, and nobody else's."""

from __future__ import annotations

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam

from tests.unit.cdk.access.account import Account
from tests.unit.cdk.access.physical import ACCOUNT, REGION
from tests.unit.cdk.access.simulator import Simulator
from tests.unit.cdk.given.made import RUNNERS, SPEC, isolated

VIA_S3 = {"kms:ViaService": f"s3.{REGION}.amazonaws.com"}


@pytest.fixture(scope="module")
def account(simulator: Simulator) -> Account:
    app = cdk.App()
    stack = cdk.Stack(app, "Stack")
    platform = isolated(stack)
    platform.bucket.grant_read(iam.Role(stack, "AllReader", assumed_by=iam.AccountRootPrincipal()))
    for kind, run in RUNNERS.items():
        made = run(stack, kind, spec=SPEC, platform=platform)
        made.grant_read_artifacts(iam.Role(stack, f"{kind}Reader", assumed_by=iam.AccountRootPrincipal()))
        made.grant_stop(iam.Role(stack, f"{kind}Stopper", assumed_by=iam.AccountRootPrincipal()))
    return Account.of(app, simulator)


def granted(account: Account, role: str, service: str) -> str:
    """What a role's only statement of a service is about, with its patterns filled."""
    (found,) = (
        statement["Resource"]
        for document in account.policies(role)
        for statement in document["Statement"]
        if str(statement["Action"]).count(f"{service}:")
    )
    resource = found if isinstance(found, str) else found[0]
    return resource.replace("*", "x")


@pytest.mark.parametrize("kind", RUNNERS)
def test_results_are_read_and_decrypted(account: Account, kind: str) -> None:
    role, key = account.role(f"{kind}Reader"), account.arn("AWS::KMS::Key")
    bucket = account.arn("AWS::S3::Bucket")
    mine = granted(account, role, "s3")

    assert mine.startswith(f"{bucket}/training/output/")
    assert account.allows(role, "s3:GetObject", mine)
    assert account.allows(role, "kms:Decrypt", key, VIA_S3)
    assert not account.allows(role, "s3:GetObject", f"{bucket}/training/output/other/output/model.tar.gz")
    assert not account.allows(role, "s3:GetObject", f"{bucket}/training/checkpoints/x")
    assert not account.allows(role, "s3:PutObject", mine)
    assert not account.allows(role, "kms:Decrypt", key, {"kms:ViaService": f"ec2.{REGION}.amazonaws.com"})
    assert not account.allows(role, "kms:GenerateDataKey", key, VIA_S3)


@pytest.mark.parametrize("kind", RUNNERS)
def test_jobs_are_stopped(account: Account, kind: str) -> None:
    role = account.role(f"{kind}Stopper")
    mine = granted(account, role, "sagemaker")

    assert account.allows(role, "sagemaker:StopTrainingJob", mine)
    assert account.allows(role, "sagemaker:DescribeTrainingJob", mine)
    assert not account.allows(role, "sagemaker:DeleteTrainingJob", mine)
    other = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:training-job/other"
    assert not account.allows(role, "sagemaker:StopTrainingJob", other)


def test_all_results_of_a_platform_are_its_buckets_to_grant(account: Account) -> None:
    role, bucket = account.role("AllReader"), account.arn("AWS::S3::Bucket")

    assert account.allows(role, "s3:GetObject", f"{bucket}/training/output/any/output/model.tar.gz")
    assert account.allows(role, "kms:Decrypt", account.arn("AWS::KMS::Key"))
    assert not account.allows(role, "s3:PutObject", f"{bucket}/training/output/any/output/model.tar.gz")
