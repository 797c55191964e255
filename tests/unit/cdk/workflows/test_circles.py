"""Grants that name the state machine: the template has no circle, and everything else keeps its order."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, cast

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk.assertions import Template

from constructs_lib import Algorithm, Channel, TrainingJobSpec, TrainingJobTask

from .machines import machine

Grant = Callable[[cdk.Stack, TrainingJobTask, sfn.StateMachine], object]
JOBS = "Custom::SageMakerWorkflowJobs"


@pytest.fixture
def bucket(stack: cdk.Stack) -> s3.Bucket:
    return s3.Bucket(stack, "Data")


@pytest.fixture
def spec(bucket: s3.Bucket) -> TrainingJobSpec:
    return TrainingJobSpec(
        algorithm=Algorithm.from_image_uri("123456789012.dkr.ecr.us-east-1.amazonaws.com/x:1"),
        instance_type="ml.m5.large",
        max_runtime=cdk.Duration.hours(1),
        channels=[Channel.from_bucket("train", bucket, "x/")],
    )


def needs(resources: dict[str, Any]) -> dict[str, set[str]]:
    """What CloudFormation makes before each resource, by the template."""
    found = {}
    for name, resource in resources.items():
        after = resource.get("DependsOn", [])
        named = {*references(resource.get("Properties", {})), *([after] if isinstance(after, str) else after)}
        found[name] = named & resources.keys()
    return found


def references(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from references(item)
    elif isinstance(value, dict):
        if "Ref" in value:
            yield value["Ref"]
        elif "Fn::GetAtt" in value:
            yield value["Fn::GetAtt"][0]
        elif "Fn::Sub" in value:
            yield from re.findall(r"\$\{(\w+)\}", str(value["Fn::Sub"]))
        else:
            yield from references([*value.values()])


def circle(graph: dict[str, set[str]]) -> set[str]:
    """What is left when all that can be made one after another has been made."""
    left = {name: set(before) for name, before in graph.items()}
    while ready := {name for name, before in left.items() if not before & left.keys()}:
        left = {name: before for name, before in left.items() if name not in ready}
    return {*left}


def grant_start(stack: cdk.Stack, task: TrainingJobTask, made: sfn.StateMachine) -> None:
    made.grant_start_execution(task)


def grant_answer(stack: cdk.Stack, task: TrainingJobTask, made: sfn.StateMachine) -> None:
    made.grant_task_response(task.role)


def name_in_the_bucket(stack: cdk.Stack, task: TrainingJobTask, made: sfn.StateMachine) -> None:
    bucket = stack.node.find_child("Data")
    assert isinstance(bucket, s3.Bucket)
    bucket.add_to_resource_policy(
        iam.PolicyStatement(
            actions=["s3:GetObject"],
            principals=[iam.AnyPrincipal()],
            resources=[bucket.arn_for_objects("*")],
            conditions={"ArnLike": {"aws:SourceArn": made.state_machine_arn}},
        )
    )


def function_that_knows(stack: cdk.Stack, made: sfn.StateMachine) -> lambda_.Function:
    return lambda_.Function(
        stack,
        "Function",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
        handler="index.handler",
        runtime=lambda_.Runtime.PYTHON_3_13,
        environment={"MACHINE": made.state_machine_arn},
    )


def function_between(stack: cdk.Stack, task: TrainingJobTask, made: sfn.StateMachine) -> None:
    function_that_knows(stack, made).grant_invoke(task)


def written_with_sub(stack: cdk.Stack, task: TrainingJobTask, made: sfn.StateMachine) -> None:
    machine_id = stack.get_logical_id(made.node.default_child)  # type: ignore[arg-type]
    arn = cdk.Fn.sub(f"${{{machine_id}}}")
    task.role.add_to_principal_policy(iam.PolicyStatement(actions=["states:StartExecution"], resources=[arn]))


def policy_of_another_name(stack: cdk.Stack, task: TrainingJobTask, made: sfn.StateMachine) -> None:
    statement = iam.PolicyStatement(actions=["states:StartExecution"], resources=[made.state_machine_arn])
    iam.Policy(cast("iam.Role", task.role), "Mine", roles=[task.role], statements=[statement])


GRANTS: list[Grant] = [
    grant_start,
    grant_answer,
    name_in_the_bucket,
    function_between,
    written_with_sub,
    policy_of_another_name,
]


@pytest.mark.parametrize("own", [None, iam.Role, iam.LazyRole], ids=["own", "given", "lazy"])
@pytest.mark.parametrize("grant", GRANTS)
def test_what_names_the_machine_closes_no_circle(
    stack: cdk.Stack, spec: TrainingJobSpec, grant: Grant, own: Any
) -> None:
    sagemaker = iam.ServicePrincipal("sagemaker.amazonaws.com")
    role = None if own is None else own(stack, "Given", assumed_by=sagemaker)
    task = TrainingJobTask(stack, "Train", spec=spec, role=role)
    grant(stack, task, machine(task))

    resources = Template.from_stack(stack, skip_cyclical_dependencies_check=True).to_json()["Resources"]

    graph = needs(resources)
    assert circle(graph) == set()
    # The role and the library's own policies are still made first.
    (jobs,) = (name for name, resource in resources.items() if resource["Type"] == JOBS)
    policies = {name for name in graph if "Policy" in name and "ManagedPolicy" in resources[name]["Type"]}
    roles = {str(stack.resolve(task.role.role_arn)["Fn::GetAtt"][0])}
    assert roles | {name for name in policies if "TrainingJobRuntime" not in name} <= graph[jobs]


def test_what_names_no_machine_is_made_first(
    stack: cdk.Stack, spec: TrainingJobSpec, bucket: s3.Bucket
) -> None:
    task = TrainingJobTask(stack, "Train", spec=spec)
    bucket.grant_read(task, "other/*")
    machine(task)

    graph = needs(Template.from_stack(stack).to_json()["Resources"])

    (jobs,) = (name for name in graph if name.startswith("TrainingWorkflowJobs"))
    assert any("DefaultPolicy" in name and name.startswith("TrainRole") for name in graph[jobs])
