"""A machine's role is allowed what its tasks need, in few statements, and nothing of another machine's."""

from __future__ import annotations

import json
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk.assertions import Template

from constructs_lib import JobName, TrainingJobTask, TrainingPlatform
from tests.unit.cdk.conftest import FLAGS
from tests.unit.cdk.iam import deployed
from tests.unit.cdk.workflows.machines import machine
from tests.unit.cdk.workflows.test_task_rights import derived, listed, spec_of

MINIMIZE = "@aws-cdk/aws-iam:minimizePolicies"
MOST_POLICIES = 10
LARGEST_INLINE, LARGEST_MANAGED = 10_240, 6_144


@pytest.fixture(params=[True, False], ids=["minimized", "as it is"])
def app(request: pytest.FixtureRequest) -> cdk.App:
    return cdk.App(context={**FLAGS, MINIMIZE: request.param})


def documents(stack: cdk.Stack, made: sfn.StateMachine) -> list[tuple[str, Any]]:
    """The policies of a machine's role: their types, and what they say."""
    resources = Template.from_stack(stack).to_json()["Resources"]
    role = stack.get_logical_id(made.role.node.default_child)  # type: ignore[arg-type]
    return [
        (one["Type"], deployed(one["Properties"]["PolicyDocument"]))
        for one in resources.values()
        if one["Type"] in ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy")
        and {"Ref": role} in one["Properties"].get("Roles", [])
    ]


def allowed(stack: cdk.Stack, made: sfn.StateMachine) -> set[tuple[str, str, str]]:
    return {
        (action, resource, json.dumps(statement.get("Condition", {}), sort_keys=True))
        for _, document in documents(stack, made)
        for statement in document["Statement"]
        for action in listed(statement["Action"])
        for resource in listed(statement["Resource"])
    }


def needed(stack: cdk.Stack, tasks: list[TrainingJobTask]) -> set[tuple[str, str, str]]:
    return {found for task in tasks for found in derived(stack, task.machine_permissions())}


def in_a_row(tasks: list[TrainingJobTask]) -> sfn.Chain:
    chain = sfn.Chain.start(tasks[0])
    for task in tasks[1:]:
        chain = chain.next(task)
    return chain


def test_many_tasks_fit_the_policies_that_a_role_may_have(app: cdk.App) -> None:
    stack = cdk.Stack(app, "Stack")
    platform = TrainingPlatform(stack, "Platform")
    spec = spec_of()
    tasks = [TrainingJobTask(stack, f"Task{n}", spec=spec, platform=platform) for n in range(120)]
    made = machine(in_a_row(tasks))
    found = documents(stack, made)
    managed = [document for kind, document in found if kind == "AWS::IAM::ManagedPolicy"]
    assert len(managed) <= MOST_POLICIES
    for kind, document in found:
        size = len(json.dumps(document, separators=(",", ":")))
        assert size <= (LARGEST_MANAGED if kind == "AWS::IAM::ManagedPolicy" else LARGEST_INLINE)
    assert allowed(stack, made) == needed(stack, tasks)


def test_tasks_in_branches_and_maps_count(app: cdk.App) -> None:
    stack = cdk.Stack(app, "Stack")
    platform = TrainingPlatform(stack, "Platform")
    tasks = [
        TrainingJobTask(
            stack, f"Task{n}", spec=spec_of(), platform=platform, job_name=JobName.unique(f"{'abc'[n]}")
        )
        for n in range(3)
    ]
    items = sfn.Map(stack, "Map").item_processor(tasks[0])
    made = machine(sfn.Parallel(stack, "Parallel").branch(items).branch(tasks[1]).next(tasks[2]))
    assert allowed(stack, made) == needed(stack, tasks)


def test_a_machine_is_not_allowed_what_another_one_needs(app: cdk.App) -> None:
    stack = cdk.Stack(app, "Stack")
    platform = TrainingPlatform(stack, "Platform")
    tasks = [TrainingJobTask(stack, f"Task{n}", spec=spec_of(), platform=platform) for n in range(4)]
    first, second = machine(in_a_row(tasks[:2])), machine(in_a_row(tasks[2:]), id="Other")
    assert allowed(stack, first) == needed(stack, tasks[:2])
    assert allowed(stack, second) == needed(stack, tasks[2:])


def test_a_role_that_is_given_is_allowed_too(app: cdk.App) -> None:
    stack = cdk.Stack(app, "Stack")
    platform = TrainingPlatform(stack, "Platform")
    tasks = [TrainingJobTask(stack, f"Task{n}", spec=spec_of(), platform=platform) for n in range(3)]
    role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("states.amazonaws.com"))
    body = sfn.DefinitionBody.from_chainable(in_a_row(tasks))
    made = sfn.StateMachine(stack, "Machine", definition_body=body, role=role)
    assert allowed(stack, made) == needed(stack, tasks)
