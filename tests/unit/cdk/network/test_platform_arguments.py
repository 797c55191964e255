"""Arguments of a platform that cannot be such are refused in words of their own, before CDK sees them."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3

from constructs_lib import SpecError, TrainingPlatform


@pytest.fixture(scope="module")
def stack() -> cdk.Stack:
    return cdk.Stack(cdk.App(), "Stack")


@pytest.fixture(scope="module")
def vpc(stack: cdk.Stack) -> ec2.Vpc:
    return ec2.Vpc(stack, "Vpc", max_azs=1)


@pytest.fixture(scope="module")
def group(stack: cdk.Stack, vpc: ec2.Vpc) -> ec2.SecurityGroup:
    return ec2.SecurityGroup(stack, "Group", vpc=vpc)


def refused(stack: cdk.Stack, words: str, **given: Any) -> None:
    scope = cdk.Stack(cdk.Stage.of(stack), f"Stack{len(stack.node.root.node.children)}")
    with pytest.raises(SpecError, match=words) as caught:
        TrainingPlatform(scope, "Platform", **given)
    assert f"[{scope.stack_name}/Platform]" in str(caught.value)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"bucket": "my-bucket"}, "^bucket: must be an s3.IBucket, got str; use s3.Bucket.from_bucket_name"),
        ({"bucket": s3.Bucket}, "^bucket: must be an s3.IBucket, got the class Bucket"),
        ({"use_vpc": "no"}, "^use_vpc: must be a bool, got str; pass True or False"),
        ({"vpc": "vpc-1"}, "^vpc: must be an ec2.IVpc, got str; use ec2.Vpc.from_lookup"),
        (
            {"encryption_key": "arn:aws:kms:"},
            "^encryption_key: must be a kms.IKey, got str; use kms.Key.from",
        ),
        ({"security_groups": ["sg-1"]}, r"^security_groups\[0\]: must be an ec2.ISecurityGroup, got str"),
        ({"security_groups": "sg-1"}, "^security_groups: must be a list of security groups, got str"),
        ({"vpc_subnets": {"subnets": []}}, "^vpc_subnets: must be an ec2.SubnetSelection, got dict"),
        ({"removal_policy": "retain"}, "^removal_policy: must be a RemovalPolicy, got str"),
        ({"output_prefix": None}, "^output_prefix: must be text, got NoneType"),
    ],
)
def test_another_type_is_refused(stack: cdk.Stack, given: dict[str, Any], words: str) -> None:
    refused(stack, words, **given)


def test_one_group_is_no_list(stack: cdk.Stack, group: ec2.SecurityGroup) -> None:
    refused(
        stack, "^security_groups: must be a list of security groups, got SecurityGroup", security_groups=group
    )


@pytest.mark.parametrize(
    "selection",
    [
        ec2.SubnetSelection(subnet_group_name="Nowhere"),
        ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED),
        ec2.SubnetSelection(availability_zones=["eu-west-1z"]),
        ec2.SubnetSelection(subnets=[]),
    ],
)
def test_a_selection_of_nothing_is_refused(
    stack: cdk.Stack, vpc: ec2.Vpc, selection: ec2.SubnetSelection
) -> None:
    refused(
        stack, "^vpc_subnets: selects none of the vpc's subnets.*; select", vpc=vpc, vpc_subnets=selection
    )


def test_what_is_imported_is_taken_and_a_vpc_that_is_still_to_be_looked_up() -> None:
    place = cdk.Environment(account="123456789012", region="eu-west-1")
    stack = cdk.Stack(cdk.App(), "Stack", env=place)
    key = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    group = ec2.SecurityGroup.from_security_group_id(stack, "Group", "sg-12345678")

    TrainingPlatform(
        stack,
        "Platform",
        vpc=ec2.Vpc.from_lookup(stack, "Vpc", vpc_id="vpc-12345678"),
        vpc_subnets=ec2.SubnetSelection(subnet_group_name="Not known yet"),
        security_groups=[group],
        bucket=s3.Bucket.from_bucket_name(stack, "Bucket", "a-bucket"),
        encryption_key=kms.Key.from_key_arn(stack, "Key", key),
    )
