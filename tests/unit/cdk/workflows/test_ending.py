"""What stands for the jobs of a stack's workflows: a resource, its order and rights, a rule."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk.assertions import Template

from constructs_lib import TrainingJob, TrainingJobSpec, TrainingPlatform
from constructs_lib.cdk.workflows.ending import EXECUTION_TAG, RESOURCE_TYPE, WORKFLOW_TAG, WorkflowJobs
from constructs_lib.runtime import events as runtime_events
from constructs_lib.runtime.transitions import marked_jobs as runtime_jobs
from tests.unit.cdk.graph import NEEDED, before
from tests.unit.cdk.iam import ACCOUNT, BLOCK, REGION, allows, deployed, statements

Find = Callable[..., dict[str, dict[str, Any]]]
FRONT, WORKER = "TrainingJobRuntimeFrontPolicy", "TrainingJobRuntimeWorkerPolicy"
ANY_JOB = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:training-job/whatever"


@pytest.fixture
def platform(stack: cdk.Stack) -> TrainingPlatform:
    return TrainingPlatform(stack, "Platform", use_vpc=False)


@pytest.fixture
def jobs(stack: cdk.Stack, platform: TrainingPlatform) -> WorkflowJobs:
    return WorkflowJobs.of(stack, platform)


def machine(scope: cdk.Stack, id: str, owner: str, *, watched: bool = True) -> sfn.StateMachine:
    """A machine whose one state has the tags of a job."""
    tags = [{"Key": WORKFLOW_TAG, "Value": owner}]
    if watched:
        tags.append({"Key": EXECUTION_TAG, "Value": "{% $constructsLibExecution %}"})
    state = sfn.CustomState(scope, f"{id}State", state_json={"Type": "Pass", "Result": {"Tags": tags}})
    return sfn.StateMachine(scope, id, definition_body=sfn.DefinitionBody.from_chainable(state))


def one(made: dict[str, dict[str, Any]], type: str, start: str = "") -> tuple[str, dict[str, Any]]:
    (found,) = (
        (name, resource)
        for name, resource in made.items()
        if resource["Type"] == type and name.startswith(start)
    )
    return found


def rule(made: dict[str, dict[str, Any]]) -> dict[str, Any]:
    properties: dict[str, Any] = one(made, "AWS::Events::Rule", "TrainingWorkflowExecutions")[1]["Properties"]
    return properties


def watched(made: dict[str, dict[str, Any]]) -> list[Any]:
    """The machines themselves."""
    patterns: list[Any] = rule(made)["EventPattern"]["detail"]["stateMachineArn"]
    return [one for one in patterns if one == "no-state-machine" or "prefix" not in one]


# The resource.


def test_the_runtime_reads_the_names_that_the_construct_writes() -> None:
    assert runtime_jobs.WORKFLOW_TAG == WORKFLOW_TAG
    assert runtime_jobs.EXECUTION_TAG == EXECUTION_TAG
    assert runtime_events.WORKFLOW_TYPE == RESOURCE_TYPE


def test_there_is_one_a_stack(stack: cdk.Stack, platform: TrainingPlatform, resources: Find) -> None:
    nested = cdk.NestedStack(stack, "Nested")
    first = WorkflowJobs.of(stack, platform)

    assert WorkflowJobs.of(TrainingPlatform(stack, "Other", use_vpc=False), platform) is first
    assert WorkflowJobs.of(nested, platform) is not first
    assert list(resources(stack, RESOURCE_TYPE)) == ["TrainingWorkflowJobsDE5002E9"]


def test_the_resource_is_served_by_the_runtime_and_goes_with_its_stack(
    stack: cdk.Stack, jobs: WorkflowJobs, resources: Find
) -> None:
    made = resources(stack)
    name, resource = one(made, RESOURCE_TYPE)
    front, _ = one(made, "AWS::Lambda::Function", "TrainingJobRuntimeFront")

    assert resource["DeletionPolicy"] == resource["UpdateReplacePolicy"] == "Delete"
    assert resource["Properties"].keys() == {"ServiceToken", "ServiceTimeout", "Owner"}
    assert resource["Properties"]["ServiceToken"] == {"Fn::GetAtt": [front, "Arn"]}
    owner = deployed(resource["Properties"]["Owner"])
    assert owner.startswith(BLOCK)
    assert len(owner) == 14
    assert stack.resolve(jobs.owner) == resource["Properties"]["Owner"]
    assert stack.resolve(jobs.ref) == {"Ref": name}


def test_owners_differ_from_stack_to_stack(stack: cdk.Stack, platform: TrainingPlatform) -> None:
    """By their stacks' UUIDs, which only the deployment knows."""
    nested = cdk.NestedStack(stack, "Nested")
    own, other = WorkflowJobs.of(stack, platform), WorkflowJobs.of(nested, platform)

    owner = json.dumps([stack.resolve(own.owner), nested.resolve(other.owner)])
    assert owner.count('{"Ref": "AWS::StackId"}') == 2


def test_it_is_made_after_the_whole_runtime(stack: cdk.Stack, jobs: WorkflowJobs, resources: Find) -> None:
    jobs.watch_executions()
    template = dict(Template.from_stack(stack).to_json())
    made = template["Resources"]
    name, _ = one(made, RESOURCE_TYPE)
    runtime = {
        id for id, one in made.items() if id.startswith("TrainingJobRuntime") and one["Type"] in NEEDED
    }

    assert len(runtime) >= 14
    assert runtime <= before(template, name)


def test_it_is_made_after_what_the_jobs_need(stack: cdk.Stack, jobs: WorkflowJobs) -> None:
    role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("sagemaker.amazonaws.com"))
    policy = iam.ManagedPolicy(
        stack,
        "Policy",
        roles=[role],
        statements=[iam.PolicyStatement(actions=["s3:GetObject"], resources=["*"])],
    )
    jobs.needs(policy)
    jobs.needs(role)
    template = dict(Template.from_stack(stack).to_json())
    name, _ = one(template["Resources"], RESOURCE_TYPE)

    earlier = {id[:6] for id in before(template, name)}
    assert {"Policy", role.node.id + stack.get_logical_id(role.node.default_child)[4:6]} <= earlier  # type: ignore[arg-type]


def test_a_machine_that_refers_to_it_is_made_after_it(stack: cdk.Stack, jobs: WorkflowJobs) -> None:
    jobs.watch_executions()
    made = machine(stack, "Nightly", jobs.ref)
    # The rule is no part of it, so depending on all of it closes no circle.
    made.node.add_dependency(jobs)
    template = dict(Template.from_stack(stack).to_json())
    resource, _ = one(template["Resources"], RESOURCE_TYPE)
    name, _ = one(template["Resources"], "AWS::StepFunctions::StateMachine", "Nightly")

    assert resource in before(template, name)
    assert name not in before(template, resource)


@pytest.mark.parametrize("watching", [True, False])
def test_there_is_no_circle(stack: cdk.Stack, jobs: WorkflowJobs, watching: bool) -> None:
    if watching:
        jobs.watch_executions()
    machine(stack, "Nightly", jobs.ref)
    template = dict(Template.from_stack(stack).to_json())

    circles = [name for name in template["Resources"] if name in before(template, name)]
    assert circles == []


def test_interfaces_are_waited_for_when_that_is_asked(
    stack: cdk.Stack, jobs: WorkflowJobs, resources: Find
) -> None:
    jobs.await_interfaces()
    jobs.await_interfaces()
    made = resources(stack)

    assert one(made, RESOURCE_TYPE)[1]["Properties"]["AwaitInterfaces"] is True
    assert allows(statements(made, WORKER), "ec2:DescribeNetworkInterfaces", "*")


# Rights.


@pytest.mark.parametrize("policy", [FRONT, WORKER], ids=["front", "worker"])
def test_only_jobs_with_the_tag_may_be_looked_at_and_stopped(
    stack: cdk.Stack, jobs: WorkflowJobs, resources: Find, policy: str
) -> None:
    made = resources(stack)
    owner = deployed(one(made, RESOURCE_TYPE)[1]["Properties"]["Owner"])
    tag = f"aws:ResourceTag/{WORKFLOW_TAG}"
    found = [
        s for s in statements(made, policy) if s["Sid"] in ("ListJobs", "ReadTagsOfJobs", "StopWorkflowJobs")
    ]

    for action in ("sagemaker:StopTrainingJob", "sagemaker:DescribeTrainingJob"):
        assert allows(found, action, ANY_JOB, {tag: owner})
        assert not allows(found, action, ANY_JOB)
        assert not allows(found, action, ANY_JOB, {tag: f"99999999{owner[8:]}"})
    assert allows(found, "sagemaker:ListTags", ANY_JOB)
    assert not allows(found, "sagemaker:ListTags", ANY_JOB.replace("training-job", "endpoint"))
    assert allows(found, "sagemaker:ListTrainingJobs", "*")
    named = {action for statement in found for action in statement["Action"]}
    assert named == {
        "sagemaker:ListTags",
        "sagemaker:ListTrainingJobs",
        "sagemaker:StopTrainingJob",
        "sagemaker:DescribeTrainingJob",
    }
    on_all = [statement["Action"] for statement in found if statement["Resource"] == ["*"]]
    assert on_all == [["sagemaker:ListTrainingJobs"]]


def test_a_stack_without_workflows_is_as_it_was(app: cdk.App, spec: TrainingJobSpec, resources: Find) -> None:
    plain, mixed = cdk.Stack(app, "Plain"), cdk.Stack(app, "Mixed")
    for stack in (plain, mixed):
        TrainingJob(stack, "Job", spec=spec, platform=TrainingPlatform(stack, "Platform", use_vpc=False))
    WorkflowJobs.of(mixed, TrainingPlatform(mixed, "Other", use_vpc=False)).watch_executions()

    assert "sagemaker:ListTrainingJobs" not in json.dumps(resources(plain))
    without, within = (
        sorted(
            re.sub("(Plain|Mixed|[0-9A-F]{8})", "", name) for name in resources(stack) if "Other" not in name
        )
        for stack in (plain, mixed)
    )
    added = [name for name in within if name.startswith("TrainingWorkflow")]
    assert sorted([*without, *added]) == within
    assert len(added) == 3


# Executions.


def test_no_rule_unless_asked(stack: cdk.Stack, jobs: WorkflowJobs, resources: Find) -> None:
    machine(stack, "Nightly", jobs.ref)

    assert [name for name in resources(stack, "AWS::Events::Rule") if "Workflow" in name] == []


def test_the_rule_tells_the_front_of_every_end(stack: cdk.Stack, jobs: WorkflowJobs, resources: Find) -> None:
    jobs.watch_executions()
    jobs.watch_executions()
    machine(stack, "Nightly", jobs.ref)
    made = resources(stack)
    name, _ = one(made, "AWS::StepFunctions::StateMachine", "Nightly")
    front, _ = one(made, "AWS::Lambda::Function", "TrainingJobRuntimeFront")

    assert rule(made)["EventPattern"] == {
        "source": ["aws.states"],
        "detail-type": ["Step Functions Execution Status Change"],
        "detail": {
            "stateMachineArn": [{"Ref": name}],
            "status": ["ABORTED", "FAILED", "SUCCEEDED", "TIMED_OUT"],
        },
    }
    (target,) = rule(made)["Targets"]
    assert target["Arn"] == {"Fn::GetAtt": [front, "Arn"]}
    # Nothing in quotes: EventBridge puts them around text, and a moment stays a number.
    assert target["InputTransformer"] == {
        "InputPathsMap": {
            "detail-executionArn": "$.detail.executionArn",
            "detail-startDate": "$.detail.startDate",
            "detail-stopDate": "$.detail.stopDate",
        },
        "InputTemplate": '{"EndedExecution":<detail-executionArn>,"StartedAt":<detail-startDate>,'
        '"EndedAt":<detail-stopDate>}',
    }


def test_what_becomes_of_a_failure_is_as_with_the_other_rule(
    stack: cdk.Stack, jobs: WorkflowJobs, resources: Find
) -> None:
    jobs.watch_executions()
    made = resources(stack)
    (other,) = one(made, "AWS::Events::Rule", "TrainingJobRuntimeWatchBroke")[1]["Properties"]["Targets"]
    (target,) = rule(made)["Targets"]

    assert target.keys() - {"InputTransformer"} == other.keys()
    assert {key: target[key] for key in other} == other


def test_only_the_rule_may_call_the_front(stack: cdk.Stack, jobs: WorkflowJobs, resources: Find) -> None:
    jobs.watch_executions()
    made = resources(stack)
    name, _ = one(made, "AWS::Events::Rule", "TrainingWorkflowExecutions")
    _, permission = one(made, "AWS::Lambda::Permission", "TrainingWorkflowExecutions")
    front, _ = one(made, "AWS::Lambda::Function", "TrainingJobRuntimeFront")

    assert permission["Properties"] == {
        "Action": "lambda:InvokeFunction",
        "FunctionName": {"Fn::GetAtt": [front, "Arn"]},
        "Principal": "events.amazonaws.com",
        "SourceArn": {"Fn::GetAtt": [name, "Arn"]},
    }


def test_machines_are_found_by_their_definitions_whenever_they_are_added(
    stack: cdk.Stack, jobs: WorkflowJobs, resources: Find
) -> None:
    machine(stack, "Before", jobs.ref)
    jobs.watch_executions()
    machine(stack, "After", jobs.ref)
    machine(stack, "Plain", jobs.ref, watched=False)
    role = "arn:aws:iam::123456789012:role/r"
    as_object = {"StartAt": "A", "States": {"A": {"Type": "Pass", "Result": {EXECUTION_TAG: "x"}}}}
    sfn.CfnStateMachine(stack, "Object", role_arn=role, definition=as_object)
    sfn.CfnStateMachine(stack, "Text", role_arn=role, definition_string=json.dumps(as_object))
    sfn.CfnStateMachine(stack, "Stored", role_arn=role, definition_s3_location={"bucket": "b", "key": "k"})

    refs = [arn["Ref"] for arn in watched(resources(stack))]
    assert sorted(ref.rstrip("0123456789ABCDEF") for ref in refs) == ["After", "Before", "Object", "Text"]


def test_a_machine_that_is_added_after_a_look_is_found(stack: cdk.Stack, jobs: WorkflowJobs) -> None:
    jobs.watch_executions()
    cfn_rule = next(
        node
        for node in stack.node.find_all()
        if isinstance(node, cdk.aws_events.CfnRule) and "Workflow" in node.node.path
    )
    pattern = cfn_rule.event_pattern
    assert stack.resolve(pattern)["detail"]["stateMachineArn"] == ["no-state-machine"]
    machine(stack, "Nightly", jobs.ref)

    (arn,) = stack.resolve(pattern)["detail"]["stateMachineArn"]
    assert arn["Ref"].startswith("Nightly")


def test_without_a_machine_the_rule_matches_none(
    stack: cdk.Stack, jobs: WorkflowJobs, resources: Find
) -> None:
    """An empty list, or none, would be every machine of the account."""
    jobs.watch_executions()
    machine(stack, "Plain", jobs.ref, watched=False)

    assert watched(resources(stack)) == ["no-state-machine"]


def test_machines_of_nested_stacks_are_watched(stack: cdk.Stack, jobs: WorkflowJobs, resources: Find) -> None:
    jobs.watch_executions()
    nested = cdk.NestedStack(stack, "Nested")
    machine(nested, "Inner", jobs.ref)

    (arn,) = watched(resources(stack))
    assert arn["Fn::GetAtt"][1].startswith("Outputs.")
    template = dict(Template.from_stack(stack).to_json())
    assert [name for name in template["Resources"] if name in before(template, name)] == []


def test_a_nested_stack_with_jobs_of_its_own_watches_its_own_machines(
    stack: cdk.Stack, platform: TrainingPlatform, jobs: WorkflowJobs, resources: Find
) -> None:
    jobs.watch_executions()
    nested = cdk.NestedStack(stack, "Nested")
    own = WorkflowJobs.of(nested, platform)
    own.watch_executions()
    machine(nested, "Inner", own.ref)

    assert watched(resources(stack)) == ["no-state-machine"]
    (arn,) = watched(resources(nested))
    assert arn["Ref"].startswith("Inner")


def test_machines_of_other_stacks_are_not_watched(app: cdk.App, resources: Find) -> None:
    stack, other = cdk.Stack(app, "One"), cdk.Stack(app, "Other")
    within = cdk.Stack(stack, "Within")
    jobs = WorkflowJobs.of(stack, TrainingPlatform(stack, "Platform", use_vpc=False))
    jobs.watch_executions()
    machine(other, "Theirs", "someone")
    machine(within, "Beside", "someone")

    assert watched(resources(stack)) == ["no-state-machine"]
