"""The roles that the resource of a stack's workflows names: those that a deployment of it can delete."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk.assertions import Template

from constructs_lib import (
    Algorithm,
    Grid,
    MetricDefinition,
    Objective,
    TrainingJobSpec,
    TrainingJobTask,
    TrainingPlatform,
    TrainingSchedule,
    TrainingSweep,
)
from constructs_lib.cdk.workflows.ending import RESOURCE_TYPE, WorkflowJobs
from tests.unit.cdk.graph import before

IMAGE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/me:1"
SPEC = TrainingJobSpec(
    algorithm=Algorithm.from_image_uri(IMAGE), instance_type="ml.m5.large", max_runtime=cdk.Duration.hours(1)
)
SAGEMAKER = iam.ServicePrincipal("sagemaker.amazonaws.com")
NIGHTLY = scheduler.ScheduleExpression.rate(cdk.Duration.hours(24))
THEIRS = "arn:aws:iam::123456789012:role/theirs"


@pytest.fixture
def platform(stack: cdk.Stack) -> TrainingPlatform:
    return TrainingPlatform(stack, "Platform", use_vpc=False)


def machine(scope: cdk.Stack, id: str, state: sfn.IChainable) -> sfn.StateMachine:
    return sfn.StateMachine(scope, id, definition_body=sfn.DefinitionBody.from_chainable(state))


def train(scope: cdk.Stack, id: str, platform: TrainingPlatform, **more: Any) -> TrainingJobTask:
    """A task in a machine of its own."""
    task = TrainingJobTask(scope, id, **{"spec": SPEC, "platform": platform, **more})
    machine(scope, f"{id}Machine", task)
    return task


def role(scope: cdk.Stack, id: str, **more: Any) -> iam.Role:
    return iam.Role(scope, id, assumed_by=SAGEMAKER, **more)


def properties(stack: cdk.Stack) -> dict[str, Any]:
    found = Template.from_stack(stack).find_resources(RESOURCE_TYPE)
    (resource,) = found.values()
    given: dict[str, Any] = resource["Properties"]
    return given


def named(stack: cdk.Stack) -> list[str]:
    """The roles' logical ids, without what CDK makes unique."""
    return [one["Fn::GetAtt"][0][:-8] for one in properties(stack).get("Roles", [])]


def test_the_roles_of_tasks_sweeps_and_schedules_are_named(
    stack: cdk.Stack, platform: TrainingPlatform
) -> None:
    train(stack, "Train", platform)
    sweep = TrainingSweep(
        stack,
        "Sweep",
        spec=SPEC.replace(metrics=[MetricDefinition("auc", "auc=([0-9.]+)")]),
        platform=platform,
        points=Grid(depth=[1, 2]),
        objective=Objective.maximize("auc"),
    )
    machine(stack, "SweepMachine", sweep)
    TrainingSchedule(stack, "Direct", spec=SPEC, platform=platform, schedule=NIGHTLY, direct=True)
    TrainingSchedule(stack, "Nightly", spec=SPEC, platform=platform, schedule=NIGHTLY)

    found = named(stack)
    assert len(found) == len(set(found)) == 4
    assert [name for name in found if name in ("TrainRole", "DirectRole", "NightlyTrainRole")] == [
        "DirectRole",
        "NightlyTrainRole",
        "TrainRole",
    ]
    assert any(name.startswith("Sweep") for name in found)


def test_their_order_is_not_that_of_the_tasks() -> None:
    texts = []
    for ids in (("B", "A", "C"), ("C", "B", "A")):
        stack = cdk.Stack(cdk.App(), "Stack")
        platform = TrainingPlatform(stack, "Platform", use_vpc=False)
        for id in ids:
            train(stack, id, platform)
        texts.append(json.dumps(properties(stack)["Roles"]))

    assert texts[0] == texts[1]


@pytest.mark.parametrize("kind", ["role", "lazy", "reference"])
def test_a_role_of_the_stack_is_named_once_however_it_is_given(
    stack: cdk.Stack, platform: TrainingPlatform, kind: str
) -> None:
    given = iam.LazyRole(stack, "Own", assumed_by=SAGEMAKER) if kind == "lazy" else role(stack, "Own")
    if kind == "reference":
        more: dict[str, Any] = {"spec": SPEC.replace(role_arn=given.role_arn)}
    else:
        more = {"role": given}
    train(stack, "One", platform, **more)
    train(stack, "Two", platform, **more)

    assert named(stack) == ["Own"]


@pytest.mark.parametrize(
    "spec",
    [
        SPEC.replace(role_arn=THEIRS),
        SPEC.replace(role_arn=sfn.JsonPath.string_at("$.role")),
        SPEC.replace(role_arn=cdk.Fn.import_value("TheirRole")),
        SPEC.replace(role_arn=cdk.Fn.join("", ["arn:", cdk.Aws.PARTITION, ":iam::123456789012:role/theirs"])),
    ],
)
def test_a_role_that_nobody_deletes_here_is_not_named(
    stack: cdk.Stack, platform: TrainingPlatform, spec: TrainingJobSpec
) -> None:
    train(stack, "Train", platform, spec=spec)

    assert "Roles" not in properties(stack)


def test_a_parameter_s_role_and_an_imported_one_are_not_named(
    stack: cdk.Stack, platform: TrainingPlatform
) -> None:
    parameter = cdk.CfnParameter(stack, "RoleArn")
    train(stack, "One", platform, spec=SPEC.replace(role_arn=parameter.value_as_string))
    train(stack, "Two", platform, role=iam.Role.from_role_arn(stack, "Imported", THEIRS))

    assert "Roles" not in properties(stack)


def test_a_role_of_a_stack_that_is_deployed_by_itself_is_not_named(
    app: cdk.App, stack: cdk.Stack, platform: TrainingPlatform
) -> None:
    theirs = role(cdk.Stack(app, "Theirs"), "Role")
    train(stack, "One", platform, role=theirs)
    train(stack, "Two", platform, spec=SPEC.replace(role_arn=theirs.role_arn))

    assert "Roles" not in properties(stack)


def test_a_role_of_the_stack_around_is_named(stack: cdk.Stack, platform: TrainingPlatform) -> None:
    """It is deleted in the same deployment, after the nested stack has been updated."""
    nested = cdk.NestedStack(stack, "Nested")
    train(nested, "Train", platform, role=role(stack, "Outer"))

    (found,) = properties(nested)["Roles"]
    assert "Outer" in found["Ref"]


def test_no_role_closes_a_circle(stack: cdk.Stack, platform: TrainingPlatform) -> None:
    train(stack, "Own", platform)
    train(stack, "Given", platform, role=role(stack, "Role"))
    train(stack, "Named", platform, spec=SPEC.replace(role_arn=role(stack, "Other").role_arn))
    template = dict(Template.from_stack(stack).to_json())

    assert [name for name in template["Resources"] if name in before(template, name)] == []
    (resource,) = (name for name, one in template["Resources"].items() if one["Type"] == RESOURCE_TYPE)
    roles = {one["Fn::GetAtt"][0] for one in template["Resources"][resource]["Properties"]["Roles"]}
    assert roles <= before(template, resource)
    assert len(roles) == 3


def test_without_tasks_there_is_no_such_property(stack: cdk.Stack, platform: TrainingPlatform) -> None:
    WorkflowJobs.of(stack, platform)

    assert properties(stack).keys() == {"ServiceToken", "ServiceTimeout", "Owner"}


FORMS: dict[str, Callable[[cdk.Stack, iam.Role], dict[str, Any]]] = {
    "itself": lambda stack, made: {"role": made},
    "without updates": lambda stack, made: {"role": made.without_policy_updates()},
    "by its arn": lambda stack, made: {"role": iam.Role.from_role_arn(stack, "Known", made.role_arn)},
    "in the spec": lambda stack, made: {"spec": SPEC.replace(role_arn=made.role_arn)},
    "in an override": lambda stack, made: {"spec": SPEC.replace(overrides={"RoleArn": made.role_arn})},
}


@pytest.mark.parametrize("form", FORMS)
def test_a_role_of_the_stack_is_the_same_however_it_is_handed_on(
    stack: cdk.Stack, platform: TrainingPlatform, form: str
) -> None:
    """Or a change of the form would stop the jobs under it, and a deletion leave them without it."""
    made = role(stack, "Mine")
    train(stack, "Train", platform, **FORMS[form](stack, made))

    assert named(stack) == ["Mine"]
    template = Template.from_stack(stack).to_json()
    (jobs,) = (name for name, one in template["Resources"].items() if one["Type"] == RESOURCE_TYPE)
    assert stack.get_logical_id(made.node.default_child) in before(template, jobs)  # type: ignore[arg-type]
