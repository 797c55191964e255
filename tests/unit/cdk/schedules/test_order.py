"""A schedule runs when everything its jobs need is there; it ends first, and then its jobs do."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Template

from constructs_lib import Channel, Checkpoint, SpotTraining, TrainingJobSpec, TrainingPlatform
from tests.unit.cdk.graph import NEEDED, before

from .templates import SCHEDULE, directly, nightly

ENDING = "Custom::SageMakerWorkflowJobs"
every_form = pytest.mark.parametrize("make", [directly, nightly])


def rich(spec: TrainingJobSpec, stack: cdk.Stack) -> TrainingJobSpec:
    bucket = s3.Bucket(stack, "Data", enforce_ssl=True)
    return spec.replace(
        channels=[Channel.from_bucket("train", bucket, "train/")],
        instance_count=2,
        spot=SpotTraining(max_wait=cdk.Duration.minutes(30)),
        checkpoint=Checkpoint(),
    )


def template_of(stack: cdk.Stack) -> dict[str, Any]:
    return dict(Template.from_stack(stack).to_json())


def only(template: dict[str, Any], type: str) -> str:
    (name,) = (name for name, resource in template["Resources"].items() if resource["Type"] == type)
    return str(name)


@every_form
def test_everything_is_there_before_the_first_run(stack: cdk.Stack, spec: TrainingJobSpec, make: Any) -> None:
    make(stack, spec=rich(spec, stack))

    template = template_of(stack)
    earlier = before(template, only(template, SCHEDULE))

    resources = template["Resources"]
    needed = {name for name, resource in resources.items() if resource["Type"] in NEEDED}
    assert needed - earlier == set()
    assert only(template, ENDING) in earlier
    assert only(template, "AWS::Scheduler::ScheduleGroup") in earlier
    assert only(template, "AWS::SQS::Queue") in earlier


@every_form
def test_what_jobs_need_outlives_what_ends_them(stack: cdk.Stack, spec: TrainingJobSpec, make: Any) -> None:
    """Deletion goes the other way: the schedule, then the jobs, then what they need."""
    make(stack, spec=rich(spec, stack))

    template = template_of(stack)
    ending = before(template, only(template, ENDING))

    assert only(template, SCHEDULE) not in ending
    names = [name for name in template["Resources"] if name.startswith(("NightlyRole", "NightlyTrainRole"))]
    assert len(names) == 2  # role and policy
    kinds = {template["Resources"][name]["Type"] for name in ending}
    assert set(names) <= ending
    assert {"AWS::S3::BucketPolicy", "AWS::EC2::VPCEndpoint", "AWS::KMS::Key"} <= kinds
    assert {"AWS::EC2::SecurityGroupIngress", "AWS::EC2::SubnetRouteTableAssociation"} <= kinds


def test_rights_that_are_added_to_a_given_role_come_first(stack: cdk.Stack, spec: TrainingJobSpec) -> None:
    role = iam.Role(stack, "Mine", assumed_by=iam.ServicePrincipal("sagemaker.amazonaws.com"))
    directly(stack, spec=spec, role=role)

    template = template_of(stack)

    policies = {n for n, r in template["Resources"].items() if r["Type"] == "AWS::IAM::ManagedPolicy"}
    mine = {name for name in policies if name.startswith("NightlyPolicy")}
    assert mine
    assert mine <= before(template, only(template, ENDING))


def test_interfaces_are_waited_for_where_they_would_block_the_deletion(
    app: cdk.App, stack: cdk.Stack, spec: TrainingJobSpec
) -> None:
    shared = TrainingPlatform(cdk.Stack(app, "Shared"), "Platform")
    other = cdk.Stack(app, "Other")
    directly(stack, spec=spec)
    directly(other, spec=spec, platform=shared)

    def awaits(stack: cdk.Stack) -> bool:
        template = template_of(stack)
        return "AwaitInterfaces" in template["Resources"][only(template, ENDING)]["Properties"]

    assert awaits(stack)
    assert not awaits(other)


def test_two_schedules_share_what_ends_their_jobs(stack: cdk.Stack, spec: TrainingJobSpec) -> None:
    directly(stack, spec=spec)
    nightly(stack, "Weekly", spec=spec)

    assert only(template_of(stack), ENDING)
