"""Everything a job needs is there before it, and outlives it; the emulation would not notice."""

from __future__ import annotations

import copy
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_notifications as s3n
from aws_cdk.assertions import Template

from constructs_lib import (
    Channel,
    Checkpoint,
    Completion,
    Output,
    SpotTraining,
    TrainingJob,
    TrainingJobSpec,
    TrainingPlatform,
)
from tests.unit.cdk.graph import JOB, NEEDED, RESULT, before, missing


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


WAITING = [Completion.start(), Completion.wait(), Completion.wait_condition()]
every_completion = pytest.mark.parametrize("completion", WAITING, ids=lambda completion: completion.mode)


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


@every_completion
def test_one_job_alone_waits_for_everything(
    stack: cdk.Stack, spec: TrainingJobSpec, completion: Completion
) -> None:
    TrainingJob(stack, "Job", spec=rich_spec(spec, stack), completion=completion)

    assert missing(template_of(stack)) == {}


def test_what_waits_comes_after_the_job_and_is_deleted_before_it(
    stack: cdk.Stack, spec: TrainingJobSpec
) -> None:
    TrainingJob(stack, "Job", spec=rich_spec(spec, stack), completion=Completion.wait_condition())

    template = template_of(stack)

    # CloudFormation deletes in the opposite order: result, condition, job, handle, then what the job needs.
    resources = template["Resources"]
    by_type = {resource["Type"]: name for name, resource in resources.items()}
    job, handle = by_type[JOB], by_type["AWS::CloudFormation::WaitConditionHandle"]
    condition, result = by_type["AWS::CloudFormation::WaitCondition"], by_type[RESULT]
    assert {condition, job, handle} <= before(template, result)
    assert {job, handle} <= before(template, condition)
    assert result not in before(template, condition)
    assert handle in before(template, job)
    assert not {condition, result} & before(template, job)
    assert before(template, handle) == set()
    # The job's own edges carry it all: without its DependsOn the result would wait for too little as well.
    needed = {name for name, resource in resources.items() if resource["Type"] in NEEDED}
    assert needed <= before(template, result)


def test_a_condition_without_its_edge_would_begin_before_the_job(
    stack: cdk.Stack, spec: TrainingJobSpec
) -> None:
    TrainingJob(stack, "Job", spec=spec, completion=Completion.wait_condition())
    template = template_of(stack)
    by_type = {resource["Type"]: name for name, resource in template["Resources"].items()}
    condition = by_type["AWS::CloudFormation::WaitCondition"]
    del template["Resources"][condition]["DependsOn"]

    assert by_type[JOB] not in before(template, condition)


def test_it_waits_for_the_policies_of_a_role_that_is_given(stack: cdk.Stack, spec: TrainingJobSpec) -> None:
    role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("sagemaker.amazonaws.com"))
    role.add_to_policy(iam.PolicyStatement(actions=["s3:ListAllMyBuckets"], resources=["*"]))
    TrainingJob(stack, "Job", spec=spec, role=role)

    template = template_of(stack)

    assert [r for r in template["Resources"].values() if r["Type"] == "AWS::IAM::Policy"]
    assert [name for name in template["Resources"] if name.startswith("JobPolicy")]
    assert missing(template) == {}


def test_it_waits_for_a_network_and_buckets_that_are_given(stack: cdk.Stack, spec: TrainingJobSpec) -> None:
    vpc = ec2.Vpc(stack, "Vpc", nat_gateways=1)
    vpc.add_gateway_endpoint("S3", service=ec2.GatewayVpcEndpointAwsService.S3)
    buckets = [s3.Bucket(stack, name, enforce_ssl=True) for name in ("Mine", "Out", "Checkpoints")]
    platform = TrainingPlatform(stack, "Platform", vpc=vpc, bucket=buckets[0])
    own = spec.replace(output=Output(bucket=buckets[1]), checkpoint=Checkpoint(bucket=buckets[2]))
    TrainingJob(stack, "Job", spec=own, platform=platform)

    template = template_of(stack)

    types = [resource["Type"] for resource in template["Resources"].values()]
    assert types.count("AWS::S3::BucketPolicy") == 3
    assert {"AWS::EC2::NatGateway", "AWS::EC2::Route"} <= set(types)
    assert missing(template) == {}


def test_it_waits_for_a_bucket_policy_that_is_written_after_it(
    stack: cdk.Stack, spec: TrainingJobSpec
) -> None:
    bucket = s3.Bucket(stack, "Data")
    TrainingJob(stack, "Job", spec=spec.with_channel(Channel.from_bucket("train", bucket)))
    statement = iam.PolicyStatement(
        actions=["s3:GetObject"], resources=["*"], principals=[iam.AccountRootPrincipal()]
    )
    bucket.add_to_resource_policy(statement)

    assert missing(template_of(stack)) == {}


def test_a_function_told_of_new_models_may_name_the_job(stack: cdk.Stack, spec: TrainingJobSpec) -> None:
    platform = TrainingPlatform(stack, "Platform")
    job = TrainingJob(stack, "Job", spec=spec, platform=platform)
    function = lambda_.Function(
        stack,
        "Told",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
        environment={"JOB": job.training_job_name},
    )
    platform.bucket.add_event_notification(s3.EventType.OBJECT_CREATED, s3n.LambdaDestination(function))

    template_of(stack)  # raises for a circle


@every_completion
def test_two_jobs_in_a_row_may_share_a_role(
    stack: cdk.Stack, spec: TrainingJobSpec, completion: Completion
) -> None:
    role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("sagemaker.amazonaws.com"))
    watched = completion if completion.waits else None
    first = TrainingJob(stack, "First", spec=spec, role=role, completion=watched)
    model = Channel.from_uri("model", first.model_artifacts_uri)
    TrainingJob(stack, "Second", spec=spec.with_channel(model), role=role, completion=completion)

    template = template_of(stack)

    jobs = [name for name, resource in template["Resources"].items() if resource["Type"] == JOB]
    assert all(job not in before(template, job) for job in jobs)


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


@every_completion
def test_every_edge_that_references_do_not_give_is_missed(
    stack: cdk.Stack, spec: TrainingJobSpec, completion: Completion
) -> None:
    TrainingJob(stack, "Job", spec=rich_spec(spec, stack), completion=completion)
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


@every_completion
def test_leaving_out_any_one_of_them_turns_the_check_red(
    stack: cdk.Stack, spec: TrainingJobSpec, completion: Completion
) -> None:
    TrainingJob(stack, "Job", spec=rich_spec(spec, stack), completion=completion)
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


@every_completion
def test_with_the_platform_in_another_stack_the_stacks_are_ordered(
    app: cdk.App, spec: TrainingJobSpec, completion: Completion
) -> None:
    shared = cdk.Stack(app, "Shared")
    platform = TrainingPlatform(shared, "Platform")
    user = cdk.Stack(app, "User")
    TrainingJob(user, "Job", spec=spec, platform=platform, completion=completion)

    assert missing(template_of(user)) == {}
    assert shared in user.dependencies
