"""Jobs, roles and buckets with a condition: the template deploys whether or not it holds."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Template
from constructs import Construct, IConstruct

from constructs_lib import Completion, Output, TrainingJob, TrainingPlatform
from tests.unit.cdk.conditional import dangling, evaluated, unguarded
from tests.unit.cdk.given.made import HERE, SAGEMAKER, SPEC
from tests.unit.cdk.iam import allows, statements

FRONT = "TrainingJobRuntimeFrontPolicy"
PASSED = {"iam:PassedToService": "sagemaker.amazonaws.com"}
WAITING = [Completion.start(), Completion.wait(), Completion.wait_condition()]


@pytest.fixture
def stack() -> cdk.Stack:
    return cdk.Stack(cdk.App(), "Stack", env=HERE)


@pytest.fixture
def platform(stack: cdk.Stack) -> TrainingPlatform:
    return TrainingPlatform(stack, "Platform", use_vpc=False)


def make_conditional(stack: cdk.Stack, *constructs: IConstruct) -> None:
    wanted = cdk.CfnParameter(stack, "Wanted", default="yes").value_as_string
    on = cdk.CfnCondition(stack, "IsWanted", expression=cdk.Fn.condition_equals(wanted, "yes"))
    for construct in constructs:
        for node in construct.node.find_all():
            if isinstance(node, cdk.CfnResource):
                node.cfn_options.condition = on


def deployable(stack: cdk.Stack) -> dict[str, Any]:
    template = dict(Template.from_stack(stack).to_json())
    assert dangling(template, holds=True) == dangling(template, holds=False) == set()
    assert unguarded(template) == []
    return template


def passed(template: dict[str, Any], *, holds: bool) -> list[Any]:
    """The roles that the front may pass."""
    made = evaluated(template, holds=holds)
    found = [
        statement["Resource"]
        for name, one in made.items()
        if name.startswith(FRONT)
        for statement in one["Properties"]["PolicyDocument"]["Statement"]
        if statement["Sid"] == "PassRoles"
    ]
    assert all(found)
    return [role for roles in found for role in (roles if isinstance(roles, list) else [roles])]


@pytest.mark.parametrize("completion", WAITING, ids=lambda one: one.mode)
def test_a_job_that_is_not_wanted_everywhere(
    stack: cdk.Stack, platform: TrainingPlatform, completion: Completion
) -> None:
    TrainingJob(stack, "Always", spec=SPEC, platform=platform)
    job = TrainingJob(stack, "Sometimes", spec=SPEC, platform=platform, completion=completion)
    make_conditional(stack, job)
    template = deployable(stack)

    assert len(passed(template, holds=True)) == 2
    assert len(passed(template, holds=False)) == 1


@pytest.mark.parametrize("kind", ["role", "lazy"])
def test_the_only_job_and_its_given_role(stack: cdk.Stack, platform: TrainingPlatform, kind: str) -> None:
    made = iam.LazyRole if kind == "lazy" else iam.Role
    role = made(stack, "Role", assumed_by=SAGEMAKER)
    job = TrainingJob(
        stack, "Job", spec=SPEC, platform=platform, role=role, capacity_fallback=["ml.m4.xlarge"]
    )
    make_conditional(stack, job, role)
    template = deployable(stack)

    # A statement without a resource would be refused.
    (role_arn,) = passed(template, holds=False)
    assert "aws-service-role/no-role" in str(role_arn)
    (role_arn,) = passed(template, holds=True)
    assert list(role_arn) == ["Fn::GetAtt"]


def test_a_bucket_with_its_job(stack: cdk.Stack, platform: TrainingPlatform) -> None:
    around = Construct(stack, "Around")
    bucket = s3.Bucket(around, "Bucket")
    spec = SPEC.replace(output=Output(bucket=bucket, prefix="models/"))
    job = TrainingJob(around, "Job", spec=spec, platform=platform)
    TrainingJob(stack, "Always", spec=SPEC, platform=platform)
    make_conditional(stack, around, job)
    template = deployable(stack)

    made = evaluated(template, holds=False)
    allowed = statements(made, FRONT)
    assert allows(allowed, "s3:ListBucket", "arn:aws:s3:::no-bucket-", {"s3:prefix": "models/x"})


def test_a_job_with_a_condition_after_another(stack: cdk.Stack, platform: TrainingPlatform) -> None:
    first = TrainingJob(stack, "First", spec=SPEC, platform=platform)
    second = TrainingJob(stack, "Second", spec=SPEC, platform=platform)
    second.node.add_dependency(first)
    make_conditional(stack, second)

    deployable(stack)


def test_a_condition_of_something_else_changes_no_policy(
    stack: cdk.Stack, platform: TrainingPlatform
) -> None:
    job = {"spec": SPEC, "platform": platform, "capacity_fallback": ["ml.m4.xlarge"]}
    TrainingJob(stack, "Job", **job)  # type: ignore[arg-type]
    plain = Template.from_stack(stack).to_json()["Resources"]
    other = cdk.Stack(cdk.App(), "Stack", env=HERE)
    job["platform"] = TrainingPlatform(other, "Platform", use_vpc=False)
    TrainingJob(other, "Job", **job)  # type: ignore[arg-type]
    make_conditional(other, s3.Bucket(other, "Bucket"))
    made = Template.from_stack(other).to_json()["Resources"]

    assert {name: one for name, one in made.items() if name.startswith("TrainingJobRuntime")} == {
        name: one for name, one in plain.items() if name.startswith("TrainingJobRuntime")
    }
