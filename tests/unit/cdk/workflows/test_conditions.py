"""Roles and state machines with a condition: the template deploys whether or not it holds."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk.assertions import Template
from constructs import Construct

from constructs_lib import Algorithm, TrainingJobSpec, TrainingJobTask, TrainingPlatform
from constructs_lib.cdk.workflows.ending import EXECUTION_TAG, RESOURCE_TYPE
from tests.unit.cdk.conditional import dangling, evaluated, unguarded
from tests.unit.cdk.graph import before
from tests.unit.cdk.workflows.test_watched_machines import watched

IMAGE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/me:1"
SPEC = TrainingJobSpec(
    algorithm=Algorithm.from_image_uri(IMAGE), instance_type="ml.m5.large", max_runtime=cdk.Duration.hours(1)
)
SAGEMAKER = iam.ServicePrincipal("sagemaker.amazonaws.com")


@pytest.fixture
def platform(stack: cdk.Stack) -> TrainingPlatform:
    return TrainingPlatform(stack, "Platform", use_vpc=False)


def condition(scope: Construct) -> cdk.CfnCondition:
    given = cdk.CfnParameter(scope, "Wanted", default="yes").value_as_string
    return cdk.CfnCondition(scope, "IsWanted", expression=cdk.Fn.condition_equals(given, "yes"))


def make_conditional(on: cdk.CfnCondition, *constructs: Construct) -> None:
    for construct in constructs:
        for node in construct.node.find_all():
            if isinstance(node, cdk.CfnResource):
                node.cfn_options.condition = on


def trained(scope: Construct, platform: TrainingPlatform, **more: Any) -> sfn.StateMachine:
    task = TrainingJobTask(scope, "Train", spec=SPEC, platform=platform, **more)
    body = sfn.DefinitionBody.from_chainable(task)
    return sfn.StateMachine(scope, "Machine", definition_body=body)


def template_of(stack: cdk.Stack) -> dict[str, Any]:
    return dict(Template.from_stack(stack).to_json())


def roles(template: dict[str, Any], *, holds: bool) -> list[Any]:
    made = evaluated(template, holds=holds)
    (found,) = (one["Properties"] for one in made.values() if one["Type"] == RESOURCE_TYPE)
    return list(found["Roles"])


def machines(template: dict[str, Any], *, holds: bool) -> list[Any]:
    made = evaluated(template, holds=holds)
    start = "TrainingWorkflowExecutionsEnded"
    (rule,) = (
        one for name, one in made.items() if name.startswith(start) and one["Type"] == "AWS::Events::Rule"
    )
    return list(rule["Properties"]["EventPattern"]["detail"]["stateMachineArn"])


@pytest.mark.parametrize("kind", ["role", "lazy"])
def test_a_role_and_its_machine_may_have_a_condition(
    stack: cdk.Stack, platform: TrainingPlatform, kind: str
) -> None:
    made = iam.LazyRole if kind == "lazy" else iam.Role
    role = made(stack, "Role", assumed_by=SAGEMAKER)
    machine = trained(stack, platform, role=role)
    make_conditional(condition(stack), role, machine)
    template = template_of(stack)

    assert dangling(template, holds=True) == dangling(template, holds=False) == set()
    assert unguarded(template) == []
    (arn,) = roles(template, holds=True)
    assert template["Resources"][arn["Fn::GetAtt"][0]]["Type"] == "AWS::IAM::Role"
    assert roles(template, holds=False) == []
    (ref,) = machines(template, holds=True)
    assert template["Resources"][ref["Ref"]]["Type"] == "AWS::StepFunctions::StateMachine"
    assert machines(template, holds=False) == ["no-state-machine"]


def test_the_jobs_resource_is_still_made_after_the_role(stack: cdk.Stack, platform: TrainingPlatform) -> None:
    role = iam.Role(stack, "Role", assumed_by=SAGEMAKER)
    role.add_to_policy(iam.PolicyStatement(actions=["s3:GetObject"], resources=["arn:aws:s3:::data/*"]))
    machine = trained(stack, platform, role=role)
    make_conditional(condition(stack), role, machine)
    template = template_of(stack)

    (jobs,) = (name for name, one in template["Resources"].items() if one["Type"] == RESOURCE_TYPE)
    # By a reference in the metadata: DependsOn takes no condition.
    resource = template["Resources"][jobs]
    joined = {"Resources": {**template["Resources"], jobs: {**resource, "Properties": resource}}}
    first = before(joined, jobs)
    conditional = {name for name, one in template["Resources"].items() if name.startswith("Role")}
    assert len(conditional) == 2
    assert conditional <= first
    assert dangling(template, holds=False) == set()
    assert unguarded(template) == []


def test_the_children_of_a_distributed_map_are_matched_where_there_are_any(
    stack: cdk.Stack, platform: TrainingPlatform
) -> None:
    trained(stack, platform)
    watched(stack, "Sometimes", distributed=True).cfn_options.condition = condition(stack)
    template = template_of(stack)

    assert dangling(template, holds=True) == dangling(template, holds=False) == set()
    assert unguarded(template) == []
    assert len(machines(template, holds=True)) == 3
    assert machines(template, holds=True)[2]["prefix"]["Fn::Join"][1] == [{"Ref": "Sometimes"}, "/"]
    assert [*machines(template, holds=False)][1:] == ["no-state-machine"]


def test_a_nested_stack_with_a_condition_guards_the_machines_in_it(
    stack: cdk.Stack, platform: TrainingPlatform
) -> None:
    trained(stack, platform)
    nested = cdk.NestedStack(stack, "Nested")
    watched(nested, "Inner")
    assert nested.nested_stack_resource is not None
    nested.nested_stack_resource.cfn_options.condition = condition(stack)
    template = template_of(stack)

    assert dangling(template, holds=True) == dangling(template, holds=False) == set()
    assert unguarded(template) == []
    assert "Fn::GetAtt" in machines(template, holds=True)[1]
    assert machines(template, holds=False)[1] == "no-state-machine"


def test_a_condition_inside_a_nested_stack_is_refused_in_words(
    stack: cdk.Stack, platform: TrainingPlatform
) -> None:
    trained(stack, platform)
    nested = cdk.NestedStack(stack, "Nested")
    watched(nested, "Inner").cfn_options.condition = condition(nested)

    with pytest.raises(RuntimeError, match=r"Stack/Nested/Inner: has a condition in a nested stack"):
        template_of(stack)


def test_a_whole_workflow_in_a_nested_stack_may_have_a_condition_there(stack: cdk.Stack) -> None:
    nested = cdk.NestedStack(stack, "Nested")
    role = iam.Role(nested, "Role", assumed_by=SAGEMAKER)
    machine = trained(nested, TrainingPlatform(nested, "Platform", use_vpc=False), role=role)
    make_conditional(condition(nested), role, machine)
    template = template_of(nested)

    assert dangling(template, holds=True) == dangling(template, holds=False) == set()
    assert unguarded(template) == []


def test_without_conditions_nothing_is_written_differently(
    stack: cdk.Stack, platform: TrainingPlatform
) -> None:
    trained(stack, platform)
    cdk.CfnCondition(stack, "Other", expression=cdk.Fn.condition_equals("a", "a"))
    template = template_of(stack)

    (jobs,) = (one for one in template["Resources"].values() if one["Type"] == RESOURCE_TYPE)
    assert "Metadata" not in jobs
    assert "Fn::If" not in f"{jobs} {machines(template, holds=True)}"
    assert EXECUTION_TAG in str(template)
