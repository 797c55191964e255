"""Straight to SageMaker: the payload to the letter, and how often it is sent."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_kms as kms
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_sqs as sqs

from constructs_lib import Checkpoint, Output, SpotTraining, TrainingJobSpec, TrainingPlatform
from tests.unit.cdk.iam import BLOCK, deployed
from tests.unit.rules.generated import fullest

from .conftest import IMAGE
from .templates import Find, directly, payload_of, schedule_of, target_of


def test_the_payload_is_the_request(stack: cdk.Stack, spec: TrainingJobSpec, resources: Find) -> None:
    directly(stack, spec=spec, platform=TrainingPlatform(stack, "Platform", use_vpc=False))

    found = payload_of(resources, stack)

    assert found == {
        "TrainingJobName": "nightly-<aws.scheduler.execution-id>",
        "HyperParameters": {"max_depth": "6"},
        "AlgorithmSpecification": {
            "TrainingImage": IMAGE,
            "TrainingInputMode": "File",
            "MetricDefinitions": [{"Name": "auc", "Regex": "auc=(.*)"}],
        },
        "RoleArn": "<NightlyRole954B33E9.Arn>",
        "OutputDataConfig": {
            "KmsKeyId": "<PlatformKeyE2280810.Arn>",
            "S3OutputPath": "s3://<PlatformBucketF77E3768>/training/output",
        },
        "ResourceConfig": {
            "InstanceType": "ml.m5.xlarge",
            "InstanceCount": 1,
            "VolumeSizeInGB": 30,
            "VolumeKmsKeyId": "<PlatformKeyE2280810.Arn>",
        },
        "StoppingCondition": {"MaxRuntimeInSeconds": 1200},
        "Tags": [
            {"Key": "constructs-lib:workflow", "Value": "<TrainingWorkflowJobsDE5002E9>"},
            {"Key": "team", "Value": "risk"},
        ],
    }


def test_all_members_and_their_nested_ones_are_there_as_they_are(stack: cdk.Stack) -> None:
    request = exact(fullest())
    assert len(request) == 28
    platform = TrainingPlatform(stack, "Platform", use_vpc=False)
    schedule = directly(stack, spec=TrainingJobSpec.from_request(request), keep_name=True, platform=platform)

    # Not from a template: no job can have all members at once, which synthesis reports.
    target = schedule.schedule.node.default_child.target  # type: ignore[union-attr]
    found = json.loads(deployed(stack.resolve(target.input)))

    own = {"Key": "constructs-lib:workflow", "Value": "<TrainingWorkflowJobsDE5002E9>"}
    assert own in found["Tags"]
    found["Tags"].remove(own)
    assert by_key(found.pop("Tags")) == by_key(request.pop("Tags"))
    assert found == request


def exact(value: Any) -> Any:
    """The value with numbers that a template can hold; larger ones are a finding."""
    if isinstance(value, dict):
        return {key: exact(item) for key, item in value.items()}
    if isinstance(value, list):
        return [exact(item) for item in value]
    return value if isinstance(value, bool) or not isinstance(value, int) else value % 2**53


def by_key(tags: list[dict[str, str]]) -> list[dict[str, str]]:
    return sorted(tags, key=lambda tag: tag["Key"])


def test_it_is_sent_once_and_what_fails_is_told_of(
    stack: cdk.Stack, spec: TrainingJobSpec, resources: Find
) -> None:
    schedule = directly(stack, spec=spec)

    target = target_of(resources, stack)

    del target["Input"]
    queue = stack.get_logical_id(schedule.dead_letter_queue.node.default_child)  # type: ignore[arg-type]
    assert target == {
        "Arn": "arn:aws:scheduler:::aws-sdk:sagemaker:createTrainingJob",
        "DeadLetterConfig": {"Arn": f"<{queue}.Arn>"},
        "RetryPolicy": {"MaximumEventAgeInSeconds": 86400, "MaximumRetryAttempts": 0},
        "RoleArn": "<NightlySchedulerRole72E59918.Arn>",
    }
    assert resources(stack, "AWS::SQS::Queue") == {
        queue: {
            "Type": "AWS::SQS::Queue",
            "Properties": {
                "KmsMasterKeyId": {"Fn::GetAtt": ["DefaultTrainingPlatformKeyD60D4862", "Arn"]},
                "MessageRetentionPeriod": 14 * 24 * 3600,
            },
            "UpdateReplacePolicy": "Delete",
            "DeletionPolicy": "Delete",
        }
    }
    (policy,) = resources(stack, "AWS::SQS::QueuePolicy").values()
    (denial,) = policy["Properties"]["PolicyDocument"]["Statement"]
    assert (denial["Effect"], denial["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})


def test_when_it_runs(stack: cdk.Stack, spec: TrainingJobSpec, resources: Find) -> None:
    directly(stack, spec=spec)

    found = schedule_of(resources, stack)

    del found["Target"]
    assert found == {
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "GroupName": "Stack-Nightly-Group-7C4B0E01",
        "KmsKeyArn": {"Fn::GetAtt": ["DefaultTrainingPlatformKeyD60D4862", "Arn"]},
        "ScheduleExpression": "cron(0 2 * * ? *)",
        "ScheduleExpressionTimezone": "Etc/UTC",
        "State": "ENABLED",
    }
    (group,) = resources(stack, "AWS::Scheduler::ScheduleGroup").values()
    # A group that is kept would stand in the way of the next stack of the same name.
    assert group["DeletionPolicy"] == "Delete"


def test_everything_about_the_schedule_can_be_said(
    stack: cdk.Stack, spec: TrainingJobSpec, resources: Find
) -> None:
    key, queue = kms.Key(stack, "Key"), sqs.Queue(stack, "Mine")
    group = scheduler.ScheduleGroup(stack, "Trainings", schedule_group_name="trainings")
    schedule = directly(
        stack,
        spec=spec,
        schedule=scheduler.ScheduleExpression.cron(
            minute="30", hour="4", week_day="MON", time_zone=cdk.TimeZone.EUROPE_BERLIN
        ),
        time_window=scheduler.TimeWindow.flexible(cdk.Duration.minutes(15)),
        start=datetime(2026, 12, 1, tzinfo=timezone.utc),
        end=datetime(2027, 1, 1, tzinfo=timezone.utc),
        enabled=False,
        description="Every Monday",
        schedule_group=group,
        schedule_name="monday",
        encryption_key=key,
        dead_letter_queue=queue,
        job_name_prefix="monday",
    )

    found = schedule_of(resources, stack)

    assert deployed({name: found[name] for name in found if name != "Target"}) == {
        "Description": "Every Monday",
        "EndDate": "2027-01-01T00:00:00.000Z",
        "FlexibleTimeWindow": {"MaximumWindowInMinutes": 15, "Mode": "FLEXIBLE"},
        "GroupName": "trainings",
        "KmsKeyArn": f"<{stack.get_logical_id(key.node.default_child)}.Arn>",  # type: ignore[arg-type]
        "Name": "monday",
        "ScheduleExpression": "cron(30 4 ? * MON *)",
        "ScheduleExpressionTimezone": "Europe/Berlin",
        "StartDate": "2026-12-01T00:00:00.000Z",
        "State": "DISABLED",
    }
    assert payload_of(resources, stack)["TrainingJobName"] == "monday-<aws.scheduler.execution-id>"
    assert schedule.dead_letter_queue is queue
    assert len(resources(stack, "AWS::SQS::Queue")) == 1
    assert len(resources(stack, "AWS::Scheduler::ScheduleGroup")) == 1


def test_each_run_keeps_its_own_checkpoints(stack: cdk.Stack, spec: TrainingJobSpec, resources: Find) -> None:
    directly(stack, spec=spec.replace(spot=SpotTraining(), checkpoint=Checkpoint()))

    place = payload_of(resources, stack)["CheckpointConfig"]["S3Uri"]

    bucket, folder, owner, run = place.removeprefix("s3://").rsplit("/", 3)
    assert (bucket, folder) == ("<DefaultTrainingPlatformBucketAF079066>/training", "checkpoints")
    assert owner.startswith(BLOCK)
    assert len(owner) == len(BLOCK) + 6
    assert run == "<aws.scheduler.execution-id>"


def test_attributes_of_the_scheduler_go_where_the_user_puts_them(
    stack: cdk.Stack, spec: TrainingJobSpec, resources: Find
) -> None:
    dated = spec.replace(output=Output(prefix="models/<aws.scheduler.scheduled-time>"))
    directly(stack, spec=dated.with_tag("run", scheduler.ContextAttribute.execution_id))

    found = payload_of(resources, stack)

    path = "s3://<DefaultTrainingPlatformBucketAF079066>/models/<aws.scheduler.scheduled-time>"
    assert found["OutputDataConfig"]["S3OutputPath"] == path
    assert {"Key": "run", "Value": "<aws.scheduler.execution-id>"} in found["Tags"]


def test_tags_of_the_scopes_around_reach_the_jobs(
    app: cdk.App, stack: cdk.Stack, spec: TrainingJobSpec, resources: Find
) -> None:
    directly(stack, spec=spec)
    cdk.Tags.of(app).add("cost", "7")
    cdk.Tags.of(stack).add("team", "overruled by the spec")
    cdk.Tags.of(stack).add("other", "x", exclude_resource_types=["Custom::SageMakerTrainingJob"])

    tags = {tag["Key"]: tag["Value"] for tag in payload_of(resources, stack)["Tags"]}

    assert tags == {
        "constructs-lib:workflow": "<TrainingWorkflowJobsDE5002E9>",
        "cost": "7",
        "team": "risk",
    }


def test_the_owners_tag_is_the_librarys_whoever_sets_it(stack: cdk.Stack, spec: TrainingJobSpec) -> None:
    schedule = directly(stack, spec=spec.with_tag("constructs-lib:workflow", "mine"))

    tags = stack.resolve(schedule.cdk_tag_manager.rendered_tags)

    assert tags[0]["Key"] == "constructs-lib:workflow"
    assert list(tags[0]["Value"]) == ["Ref"]


def test_a_platform_in_another_stack(app: cdk.App, spec: TrainingJobSpec, resources: Find) -> None:
    shared = TrainingPlatform(cdk.Stack(app, "Shared"), "Platform")
    stack = cdk.Stack(app, "Jobs")
    directly(stack, spec=spec.replace(instance_count=2), platform=shared)

    found: Any = resources(stack, "AWS::Scheduler::Schedule")

    assert "Fn::GetStackOutput" in str(found)
