"""The roles of many tasks: what they have in common is written once, and none gets more than it needs."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Template

from constructs_lib import (
    Algorithm,
    Channel,
    Checkpoint,
    Output,
    Permission,
    SpotTraining,
    TrainingJobSpec,
    TrainingJobTask,
    TrainingPlatform,
    TrainingRole,
)
from constructs_lib.cdk.workflows.given_role import covers
from tests.unit.cdk.iam import deployed

Resources = dict[str, dict[str, Any]]
SAGEMAKER = "sagemaker.amazonaws.com"


def spec_of(**arguments: Any) -> TrainingJobSpec:
    image = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/me:1"
    given = {"algorithm": Algorithm.from_image_uri(image), "instance_type": "ml.m5.large", **arguments}
    return TrainingJobSpec(max_runtime=cdk.Duration.hours(1), **given)


@pytest.fixture
def platform(stack: cdk.Stack) -> TrainingPlatform:
    return TrainingPlatform(stack, "Platform")


def resources_of(stack: cdk.Stack) -> Resources:
    resources: Resources = Template.from_stack(stack).to_json()["Resources"]
    return resources


def policies_of(resources: Resources, role: str) -> list[dict[str, Any]]:
    """The managed policies of a role, whichever of the two names the other."""
    named = [arn["Ref"] for arn in resources[role]["Properties"].get("ManagedPolicyArns", [])]
    found = [resources[name] for name in named]
    for resource in resources.values():
        if resource["Type"] == "AWS::IAM::ManagedPolicy" and {"Ref": role} in resource["Properties"].get(
            "Roles", []
        ):
            found.append(resource)
    return found


def allowed(resources: Resources, role: str) -> set[tuple[str, str, str]]:
    """Each action, resource and condition that a role is allowed."""
    found = set()
    for policy in policies_of(resources, role):
        for statement in deployed(policy["Properties"]["PolicyDocument"]["Statement"]):
            assert statement["Effect"] == "Allow"
            condition = json.dumps(statement.get("Condition", {}), sort_keys=True)
            found |= {
                (action, resource, condition)
                for action in listed(statement["Action"])
                for resource in listed(statement["Resource"])
            }
    return found


def derived(stack: cdk.Stack, permissions: list[Permission]) -> set[tuple[str, str, str]]:
    """The same of permissions."""
    return {
        (
            action,
            deployed(stack.resolve(resource)),
            json.dumps(deployed(stack.resolve(found.conditions)), sort_keys=True),
        )
        for found in permissions
        for action in found.actions
        for resource in found.resources
    }


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def role_id(stack: cdk.Stack, role: iam.IRole) -> str:
    return stack.get_logical_id(role.node.default_child)  # type: ignore[arg-type]


VARIANTS: list[Callable[[cdk.Stack], TrainingJobSpec]] = [
    lambda stack: spec_of(),
    lambda stack: spec_of(channels=[Channel.from_uri("train", "s3://data/train/")]),
    lambda stack: spec_of(spot=SpotTraining(max_wait=cdk.Duration.hours(2)), checkpoint=Checkpoint()),
    lambda stack: spec_of(output=Output(s3_uri="s3://theirs/out", encryption_key="alias/theirs")),
    lambda stack: spec_of(instance_type="ml.g5.xlarge"),
    lambda stack: spec_of(
        channels=[
            Channel.from_bucket("own", s3.Bucket(stack, "Own", encryption=s3.BucketEncryption.KMS), "a/")
        ]
    ),
]


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_role_is_allowed_what_its_job_needs_and_nothing_beside_it(
    stack: cdk.Stack, platform: TrainingPlatform, variant: Callable[[cdk.Stack], TrainingJobSpec]
) -> None:
    others = [
        TrainingJobTask(stack, f"Other{n}", spec=make(stack) if n < 5 else spec_of(), platform=platform)
        for n, make in enumerate(VARIANTS)
    ]
    task = TrainingJobTask(stack, "Task", spec=variant(stack), platform=platform)
    resources = resources_of(stack)
    for one in (task, *others):
        assert allowed(resources, role_id(stack, one.role)) == derived(stack, one.explain_permissions())


def test_tasks_of_a_kind_share_one_policy(stack: cdk.Stack, platform: TrainingPlatform) -> None:
    for number in range(8):
        channel = Channel.from_uri("train", f"s3://data/{number}/")
        TrainingJobTask(stack, f"Task{number}", spec=spec_of(channels=[channel]), platform=platform)
    shared = [name for name in resources_of(stack) if name.startswith("TrainingTaskPolicies")]
    assert len(shared) == 1


def test_a_role_has_few_policies(stack: cdk.Stack, platform: TrainingPlatform) -> None:
    channels = [Channel.from_uri(f"c{n}", f"s3://data/{'long-' * 10}{n}/") for n in range(20)]
    task = TrainingJobTask(stack, "Task", spec=spec_of(channels=channels), platform=platform)
    resources = resources_of(stack)
    found = policies_of(resources, role_id(stack, task.role))
    assert 2 <= len(found) <= 5
    for policy in found:
        written = deployed(policy["Properties"]["PolicyDocument"])
        assert len(json.dumps(written, separators=(",", ":"))) <= 6144


def test_the_shared_policies_ids_do_not_depend_on_the_tasks_order() -> None:
    def ids(order: list[int]) -> Resources:
        stack = cdk.Stack(cdk.App(), "Stack")
        platform = TrainingPlatform(stack, "Platform")
        kinds = [spec_of(), spec_of(instance_type="ml.g5.xlarge")]
        for number in order:
            TrainingJobTask(stack, f"Task{number}", spec=kinds[number], platform=platform)
        found = resources_of(stack)
        return {name: found[name] for name in found if name.startswith("TrainingTaskPolicies")}

    assert ids([0, 1]) == ids([1, 0])
    assert len(ids([0, 1])) == 2


@pytest.mark.parametrize("number", [30])
def test_a_role_that_many_tasks_share_is_allowed_each_thing_once(
    stack: cdk.Stack, platform: TrainingPlatform, number: int
) -> None:
    role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal(SAGEMAKER))
    tasks = [
        TrainingJobTask(stack, f"Task{index}", spec=spec_of(), platform=platform, role=role)
        for index in range(number)
    ]
    resources = resources_of(stack)
    name = role_id(stack, role)
    assert 1 <= len(policies_of(resources, name)) <= 3
    needed = set().union(*(derived(stack, task.explain_permissions()) for task in tasks))
    assert allowed(resources, name) == needed
    statements = [
        json.dumps(statement)
        for policy in policies_of(resources, name)
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
    ]
    assert len(statements) == len(set(statements))


def test_a_training_role_needs_no_more(stack: cdk.Stack, platform: TrainingPlatform) -> None:
    spec = spec_of()
    role = TrainingRole(stack, "Role", spec=spec, platform=platform)
    for index in range(3):
        TrainingJobTask(stack, f"Task{index}", spec=spec, platform=platform, role=role)
    resources = resources_of(stack)
    assert len(policies_of(resources, role_id(stack, role))) == 1
    assert not [name for name in resources if name.startswith("TrainingTaskPolicies")]


def test_an_imported_role_is_one_for_all_tasks_that_name_it(
    stack: cdk.Stack, platform: TrainingPlatform
) -> None:
    spec = spec_of(role_arn="arn:aws:iam::123456789012:role/theirs")
    tasks = [TrainingJobTask(stack, f"Task{index}", spec=spec, platform=platform) for index in range(3)]
    assert len({id(task.role) for task in tasks}) == 1
    found = [r["Properties"] for r in resources_of(stack).values() if r["Type"] == "AWS::IAM::ManagedPolicy"]
    named = [r["Roles"] for r in found if "theirs" in r.get("Roles", ())]
    assert named == [["theirs"], ["theirs"]]


def test_roles_and_policies_are_made_before_the_jobs(stack: cdk.Stack, platform: TrainingPlatform) -> None:
    given = iam.Role(stack, "Given", assumed_by=iam.ServicePrincipal(SAGEMAKER))
    TrainingJobTask(stack, "Own", spec=spec_of(), platform=platform)
    TrainingJobTask(stack, "Other", spec=spec_of(), platform=platform, role=given)
    resources = resources_of(stack)
    (jobs,) = (r for r in resources.values() if r["Type"] == "Custom::SageMakerWorkflowJobs")
    roles = [
        name for name, r in resources.items() if name.startswith(("Own", "Given")) and "IAM" in r["Type"]
    ]
    rows = [
        n for n, r in resources.items() if {"Ref": role_id(stack, given)} in r["Properties"].get("Roles", [])
    ]
    assert rows
    assert set(jobs["DependsOn"]) >= {*roles, *rows}


def test_a_role_of_another_stack_is_allowed_by_the_tasks_own(app: cdk.App) -> None:
    theirs, ours = cdk.Stack(app, "Theirs"), cdk.Stack(app, "Ours")
    role = iam.Role(theirs, "Role", assumed_by=iam.ServicePrincipal(SAGEMAKER))
    platform = TrainingPlatform(ours, "Platform")
    TrainingJobTask(ours, "Task", spec=spec_of(), platform=platform, role=role)
    app.synth()
    assert not ours.dependencies or theirs in ours.dependencies
    assert ours not in theirs.dependencies


def permission(action: str, resource: str, **condition: Any) -> Permission:
    return Permission("", (action,), (resource,), condition)


@pytest.mark.parametrize(
    ("allowed_one", "asked", "expected"),
    [
        (permission("s3:Get", "a/*"), permission("s3:Get", "a/b/*"), True),
        (permission("s3:Get", "a/b/*"), permission("s3:Get", "a/*"), False),
        (permission("s3:Get", "a/*/c"), permission("s3:Get", "a/b-*/c"), True),
        (permission("s3:Get", "a/?"), permission("s3:Get", "a/b"), False),
        (permission("s3:Get", "a.c"), permission("s3:Get", "abc"), False),
        (permission("s3:Get", "${Token[T.1]}/*"), permission("s3:Get", "${Token[T.2]}/x"), False),
        (permission("s3:Put", "a/*"), permission("s3:Get", "a/b"), False),
        (permission("s3:Get", "a/*", Bool={"x": "true"}), permission("s3:Get", "a/b"), False),
    ],
)
def test_one_permission_covers_another(allowed_one: Permission, asked: Permission, expected: bool) -> None:
    assert covers(allowed_one, asked) is expected
