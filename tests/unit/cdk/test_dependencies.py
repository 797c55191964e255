"""Everything a job needs is there before it, and outlives it; the emulation would not notice."""

from __future__ import annotations

import copy
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Template

from constructs_lib import (
    Channel,
    Checkpoint,
    Completion,
    SpotTraining,
    TrainingJob,
    TrainingJobSpec,
    TrainingPlatform,
)
from tests.unit.cdk.graph import JOB, before, missing


def rich_spec(spec: TrainingJobSpec, stack: cdk.Stack) -> TrainingJobSpec:
    bucket = s3.Bucket(stack, "Data", enforce_ssl=True)
    return spec.replace(
        channels=[Channel.from_bucket("train", bucket, "train/")],
        instance_count=2,
        spot=SpotTraining(max_wait=cdk.Duration.minutes(30)),
        checkpoint=Checkpoint(),
    )


def template_of(stack: cdk.Stack) -> dict[str, Any]:
    return dict(Template.from_stack(stack).to_json())


def test_a_job_waits_for_all_it_needs(stack: cdk.Stack, spec: TrainingJobSpec) -> None:
    TrainingJob(stack, "First", spec=rich_spec(spec, stack))
    TrainingJob(stack, "Second", spec=spec, completion=Completion.start())

    gaps = missing(template_of(stack))

    # Each waits for all but what belongs to the other alone.
    assert [name for names in gaps.values() for name in names if name.startswith("TrainingJobRuntime")] == []
    assert [name for names in gaps.values() for name in names if name.startswith("Default")] == []
    assert all(
        name.startswith("Second") for job, gap in gaps.items() if job.startswith("First") for name in gap
    )
    assert all(
        name.startswith(("First", "Data"))
        for job, gap in gaps.items()
        if job.startswith("Second")
        for name in gap
    )


def test_one_job_alone_waits_for_everything(stack: cdk.Stack, spec: TrainingJobSpec) -> None:
    TrainingJob(stack, "Job", spec=rich_spec(spec, stack))

    assert missing(template_of(stack)) == {}


def test_it_waits_for_the_policies_of_a_role_that_is_given(stack: cdk.Stack, spec: TrainingJobSpec) -> None:
    role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("sagemaker.amazonaws.com"))
    TrainingJob(stack, "Job", spec=spec, role=role)

    template = template_of(stack)

    assert [r for r in template["Resources"].values() if r["Type"] == "AWS::IAM::Policy"]
    assert missing(template) == {}


def test_it_waits_for_rules_added_to_a_group_that_is_given(stack: cdk.Stack, spec: TrainingJobSpec) -> None:
    vpc = ec2.Vpc.from_vpc_attributes(
        stack,
        "Vpc",
        vpc_id="vpc-12345678",
        availability_zones=["us-east-1a"],
        private_subnet_ids=["subnet-12345678"],
    )
    group = ec2.SecurityGroup.from_security_group_id(stack, "Group", "sg-12345678")
    platform = TrainingPlatform(stack, "Platform", vpc=vpc, security_groups=[group])
    TrainingJob(stack, "Job", spec=spec.replace(instance_count=2), platform=platform)

    template = template_of(stack)

    assert [r for r in template["Resources"].values() if r["Type"] == "AWS::EC2::SecurityGroupIngress"]
    assert missing(template) == {}


def test_every_edge_that_references_do_not_give_is_missed(stack: cdk.Stack, spec: TrainingJobSpec) -> None:
    TrainingJob(stack, "Job", spec=rich_spec(spec, stack))
    template = template_of(stack)
    job = next(name for name, resource in template["Resources"].items() if resource["Type"] == JOB)
    without = copy.deepcopy(template)
    without["Resources"][job]["DependsOn"] = []

    gap = missing(without)[job]

    types = {template["Resources"][name]["Type"] for name in gap}
    assert types >= {
        "AWS::EC2::SubnetRouteTableAssociation",
        "AWS::EC2::VPCEndpoint",
        "AWS::Events::Rule",
        "AWS::IAM::ManagedPolicy",
        "AWS::Lambda::EventInvokeConfig",
        "AWS::S3::BucketPolicy",
    }


def test_leaving_out_any_one_of_them_turns_the_check_red(stack: cdk.Stack, spec: TrainingJobSpec) -> None:
    TrainingJob(stack, "Job", spec=rich_spec(spec, stack))
    template = template_of(stack)
    job = next(name for name, resource in template["Resources"].items() if resource["Type"] == JOB)
    edges = template["Resources"][job]["DependsOn"]
    reachable_otherwise = 0
    for edge in edges:
        without = copy.deepcopy(template)
        without["Resources"][job]["DependsOn"] = [other for other in edges if other != edge]
        if edge in before(without, job):
            reachable_otherwise += 1
        else:
            assert edge in missing(without).get(job, set()), edge
    assert reachable_otherwise < len(edges)


@pytest.mark.parametrize("completion", [Completion.start(), Completion.wait()])
def test_with_the_platform_in_another_stack_the_stacks_are_ordered(
    app: cdk.App, spec: TrainingJobSpec, completion: Completion
) -> None:
    shared = cdk.Stack(app, "Shared")
    platform = TrainingPlatform(shared, "Platform")
    user = cdk.Stack(app, "User")
    TrainingJob(user, "Job", spec=spec, platform=platform, completion=completion)

    assert missing(template_of(user)) == {}
    assert shared in user.dependencies
