"""The runtime's policies in stacks of many jobs: none too long, nothing left out, too many found."""

from __future__ import annotations

import json
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk.assertions import Annotations, Match, Template

from constructs_lib import Algorithm, TrainingJob, TrainingJobSpec, TrainingPlatform
from constructs_lib.cdk import runtime_policies as allow
from constructs_lib.cdk.growing_policies import LONGEST_ROLE_ARN, GrowingPolicy
from tests.unit.cdk.iam import ACCOUNT, REGION, allows, deployed, statements

LIMIT, FRONT = 6144, "TrainingJobRuntimeFrontPolicy"
IMAGE = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/me:1"
SPEC = TrainingJobSpec(
    algorithm=Algorithm.from_image_uri(IMAGE),
    instance_type="ml.m5.large",
    max_runtime=cdk.Duration.minutes(30),
)
PLAN = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:training-plan/mine"
CAPACITY = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:reserved-capacity/abc"
PASSED = {"iam:PassedToService": "sagemaker.amazonaws.com"}


@pytest.fixture
def platform(stack: cdk.Stack) -> TrainingPlatform:
    return TrainingPlatform(stack, "Platform", use_vpc=False)


def resources(stack: cdk.Stack) -> dict[str, Any]:
    return dict(Template.from_stack(stack).to_json()["Resources"])


def sizes(made: dict[str, Any], start: str) -> list[int]:
    """What IAM counts of each policy, with the longest names of roles that CloudFormation makes."""
    found = [one for name, one in made.items() if name.startswith(start) and "PolicyDocument" in str(one)]
    written = [
        json.dumps(deployed(one["Properties"]["PolicyDocument"]), separators=(",", ":")) for one in found
    ]
    return [len(text) + text.count(".Arn>") * 70 for text in written]


def role_arns(count: int) -> list[str]:
    """ARNs of imported roles, of the longest names."""
    return [f"arn:aws:iam::{ACCOUNT}:role/{'r' * 60}-{number:03}" for number in range(count)]


def test_the_front_may_pass_every_role(stack: cdk.Stack, platform: TrainingPlatform) -> None:
    arns = role_arns(20)
    for number, arn in enumerate(arns):
        TrainingJob(stack, f"J{number}", spec=SPEC.replace(role_arn=arn), platform=platform)

    allowed = statements(resources(stack), FRONT)
    assert all(allows(allowed, "iam:PassRole", arn, PASSED) for arn in arns)
    assert not allows(allowed, "iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/other", PASSED)


@pytest.mark.parametrize(("count", "parts"), [(1, 1), (40, 1), (200, 4)])
def test_no_policy_is_longer_than_iam_takes(stack: cdk.Stack, count: int, parts: int) -> None:
    role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    policy = GrowingPolicy(stack, "Policy", role, [])
    for arn in role_arns(count):
        policy.add_resource("PassRoles", arn, allow.pass_roles, longest=LONGEST_ROLE_ARN)
    made = resources(stack)

    assert len(sizes(made, "Policy")) == parts
    assert max(sizes(made, "Policy")) <= LIMIT
    allowed = statements(made, "Policy")
    assert all(allows(allowed, "iam:PassRole", arn, PASSED) for arn in role_arns(count))


def test_forty_jobs_with_new_roles(stack: cdk.Stack, platform: TrainingPlatform) -> None:
    for number in range(40):
        TrainingJob(stack, f"Job{number}", spec=SPEC, platform=platform)
    made = resources(stack)

    assert len(sizes(made, FRONT)) == 2
    assert max(sizes(made, FRONT)) <= LIMIT
    passed = [one for one in statements(made, FRONT) if one["Sid"] == "PassRoles"]
    assert sum(len(one["Resource"]) for one in passed) == 40


def test_more_policies_than_a_role_may_have_are_found(stack: cdk.Stack) -> None:
    role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    policy = GrowingPolicy(stack, "Policy", role, [])
    for arn in role_arns(600):
        policy.add_resource("PassRoles", arn, allow.pass_roles, longest=LONGEST_ROLE_ARN)

    assert len(policy.parts) > 10
    Annotations.from_stack(stack).has_warning(
        "*", Match.string_like_regexp("Stack/Role: .*give several jobs one role")
    )


def test_each_thing_is_allowed_once(stack: cdk.Stack) -> None:
    role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    policy = GrowingPolicy(stack, "Policy", role, [])
    for _ in range(2):
        policy.add_resource("PassRoles", f"arn:aws:iam::{ACCOUNT}:role/r", allow.pass_roles)

    (found,) = statements(resources(stack), "Policy")
    assert found["Resource"] == [f"arn:aws:iam::{ACCOUNT}:role/r"]


def test_the_front_may_create_a_job_in_the_capacity_of_its_plan(
    stack: cdk.Stack, platform: TrainingPlatform
) -> None:
    spec = SPEC.replace(instance_type="ml.p5.48xlarge", training_plan_arn=PLAN)
    TrainingJob(stack, "Job", spec=spec, platform=platform)

    allowed = statements(resources(stack), FRONT)
    assert allows(allowed, "sagemaker:CreateTrainingJob", PLAN)
    assert allows(allowed, "sagemaker:CreateTrainingJob", CAPACITY)
    assert not allows(allowed, "sagemaker:CreateTrainingJob", f"{PLAN}2")


def test_a_job_without_a_plan_brings_no_right_on_any(stack: cdk.Stack, platform: TrainingPlatform) -> None:
    TrainingJob(stack, "Job", spec=SPEC, platform=platform)

    assert not allows(statements(resources(stack), FRONT), "sagemaker:CreateTrainingJob", CAPACITY)
