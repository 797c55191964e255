"""What a further job costs in resources of CloudFormation, and what the default platform is made of."""

from __future__ import annotations

from collections import Counter

import aws_cdk as cdk

from constructs_lib import TrainingJob, TrainingPlatform, TrainingRole
from tests.unit.cdk.everything import plain
from tests.unit.cdk.runners import template_of


def test_a_further_job_adds_three_resources_or_with_a_shared_role_one(stack: cdk.Stack) -> None:
    role = TrainingRole(stack, "Role", spec=plain())
    for name in ("First", "Second"):
        TrainingJob(stack, f"{name}Alone", spec=plain())
        TrainingJob(stack, f"{name}Shared", spec=plain(), role=role)
    before = Counter(one["Type"] for one in _resources(stack, "First"))
    assert before == Counter(one["Type"] for one in _resources(stack, "Second"))
    alone = Counter(one["Type"] for one in _resources(stack, "SecondAlone"))
    shared = Counter(one["Type"] for one in _resources(stack, "SecondShared"))
    job = "Custom::SageMakerTrainingJob"
    assert alone == {job: 1, "AWS::IAM::Role": 1, "AWS::IAM::ManagedPolicy": 1}
    assert shared == {job: 1}


def test_the_default_platform_is_thirteen_resources(stack: cdk.Stack) -> None:
    TrainingPlatform.of(stack)
    assert Counter(one["Type"] for one in _resources(stack, "")) == {
        "AWS::EC2::RouteTable": 2,
        "AWS::EC2::SecurityGroup": 1,
        "AWS::EC2::Subnet": 2,
        "AWS::EC2::SubnetRouteTableAssociation": 2,
        "AWS::EC2::VPC": 1,
        "AWS::EC2::VPCEndpoint": 1,
        "AWS::KMS::Alias": 1,
        "AWS::KMS::Key": 1,
        "AWS::S3::Bucket": 1,
        "AWS::S3::BucketPolicy": 1,
    }


def _resources(stack: cdk.Stack, start: str) -> list[dict[str, object]]:
    """The resources whose logical ids begin so."""
    return [one for name, one in template_of(stack)["Resources"].items() if name.startswith(start)]
