"""What EventBridge Scheduler may do for a schedule, to the letter; and what it may not."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_sqs as sqs

from constructs_lib import Output, TrainingJobSpec
from tests.unit.cdk.iam import ACCOUNT, REGION, allows, deployed, statements

from .templates import Find, directly, nightly

JOBS = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:training-job"
MINE = f"{JOBS}/nightly-0123456789abcdef"
KEY = "<DefaultTrainingPlatformKeyD60D4862.Arn>"
QUEUE = "<NightlyDeadLetters8C4076B0.Arn>"
GROUP = "Stack-Nightly-Group-7C4B0E01"
TO_SAGEMAKER = {"iam:PassedToService": "sagemaker.amazonaws.com"}
CONTEXT = "kms:EncryptionContext:aws:scheduler:schedule:arn"
SCHEDULES = f"arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule"
ROLE = "NightlySchedulerRole"


def granted(resources: Find, stack: cdk.Stack) -> list[dict[str, Any]]:
    return statements(resources(stack), f"{ROLE}Policy")


def trust(resources: Find, stack: cdk.Stack) -> list[dict[str, Any]]:
    (role,) = (found for name, found in resources(stack, "AWS::IAM::Role").items() if name.startswith(ROLE))
    found: list[dict[str, Any]] = deployed(role["Properties"]["AssumeRolePolicyDocument"]["Statement"])
    return found


def test_all_that_a_direct_schedule_is_granted(
    stack: cdk.Stack, spec: TrainingJobSpec, resources: Find
) -> None:
    directly(stack, spec=spec)

    assert granted(resources, stack) == [
        {
            "Effect": "Allow",
            "Action": ["sagemaker:AddTags", "sagemaker:CreateTrainingJob"],
            "Resource": [f"{JOBS}/nightly-*"],
        },
        {
            "Effect": "Allow",
            "Action": ["iam:PassRole"],
            "Resource": ["<NightlyRole954B33E9.Arn>"],
            "Condition": {"StringEquals": TO_SAGEMAKER},
        },
        {
            "Effect": "Allow",
            "Action": ["kms:Decrypt"],
            "Resource": [KEY],
            "Condition": {"StringLike": {CONTEXT: f"{SCHEDULES}/{GROUP}/*"}},
        },
        {"Effect": "Allow", "Action": ["sqs:SendMessage"], "Resource": [QUEUE]},
        {
            "Effect": "Allow",
            "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
            "Resource": [KEY],
            "Condition": {"StringEquals": {"kms:ViaService": f"sqs.{REGION}.amazonaws.com"}},
        },
    ]


def test_what_a_direct_schedule_may_and_may_not(
    stack: cdk.Stack, spec: TrainingJobSpec, resources: Find
) -> None:
    directly(stack, spec=spec)

    found = granted(resources, stack)

    assert allows(found, "sagemaker:CreateTrainingJob", MINE)
    assert allows(found, "sagemaker:AddTags", MINE)
    for other in (f"{JOBS}/weekly-1", f"{JOBS}/nightly", f"{JOBS}/*", "*"):
        assert not allows(found, "sagemaker:CreateTrainingJob", other)
    for action in ("StopTrainingJob", "DescribeTrainingJob", "DeleteTrainingJob", "CreateProcessingJob"):
        assert not allows(found, f"sagemaker:{action}", MINE)
    role = "<NightlyRole954B33E9.Arn>"
    assert allows(found, "iam:PassRole", role, TO_SAGEMAKER)
    assert not allows(found, "iam:PassRole", role, {"iam:PassedToService": "ec2.amazonaws.com"})
    assert not allows(found, "iam:PassRole", "<NightlySchedulerRole72E59918.Arn>", TO_SAGEMAKER)
    assert allows(found, "sqs:SendMessage", QUEUE)
    assert not allows(found, "sqs:ReceiveMessage", QUEUE)
    assert not allows(found, "sqs:SendMessage", "<Other.Arn>")
    assert not allows(found, "states:StartExecution", "*")


def test_the_key_opens_the_schedules_payload_and_its_queue_alone(
    stack: cdk.Stack, spec: TrainingJobSpec, resources: Find
) -> None:
    directly(stack, spec=spec)

    found = granted(resources, stack)

    assert allows(found, "kms:Decrypt", KEY, {CONTEXT: f"{SCHEDULES}/{GROUP}/Nightly-1"})
    assert not allows(found, "kms:Decrypt", KEY, {CONTEXT: f"{SCHEDULES}/default/Nightly-1"})
    assert not allows(found, "kms:Decrypt", KEY)
    assert not allows(found, "kms:GenerateDataKey", KEY, {CONTEXT: f"{SCHEDULES}/{GROUP}/Nightly-1"})
    assert allows(found, "kms:GenerateDataKey", KEY, {"kms:ViaService": f"sqs.{REGION}.amazonaws.com"})
    assert not allows(found, "kms:Decrypt", KEY, {"kms:ViaService": f"s3.{REGION}.amazonaws.com"})
    assert not allows(found, "kms:Encrypt", KEY)


@pytest.mark.parametrize("make", [directly, nightly])
def test_only_the_service_and_only_for_the_schedules_group(
    stack: cdk.Stack, spec: TrainingJobSpec, resources: Find, make: Any
) -> None:
    make(stack, spec=spec)

    (group,) = resources(stack, "AWS::Scheduler::ScheduleGroup")
    assert trust(resources, stack) == [
        {
            "Action": "sts:AssumeRole",
            "Effect": "Allow",
            "Principal": {"Service": "scheduler.amazonaws.com"},
            "Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT, "aws:SourceArn": f"<{group}.Arn>"}},
        }
    ]


def test_through_a_state_machine_it_may_start_executions_of_it_alone(
    stack: cdk.Stack, spec: TrainingJobSpec, resources: Find
) -> None:
    nightly(stack, spec=spec)

    found = granted(resources, stack)

    (machine,) = (n for n in resources(stack, "AWS::StepFunctions::StateMachine") if n.startswith("Nightly"))
    assert found[0] == {"Effect": "Allow", "Action": ["states:StartExecution"], "Resource": [f"<{machine}>"]}
    assert not any(a.startswith(("sagemaker:", "iam:")) for one in found for a in one["Action"])
    assert not allows(found, "states:StartExecution", "*")
    assert not allows(found, "states:StopExecution", f"<{machine}>")


def test_a_group_a_queue_and_a_key_that_are_given(
    stack: cdk.Stack, spec: TrainingJobSpec, resources: Find
) -> None:
    group = scheduler.ScheduleGroup.from_schedule_group_name(stack, "Group", "trainings")
    queue = sqs.Queue.from_queue_arn(stack, "Queue", f"arn:aws:sqs:{REGION}:{ACCOUNT}:mine")
    key = kms.Alias.from_alias_name(stack, "Key", "alias/mine")
    directly(stack, spec=spec, schedule_group=group, dead_letter_queue=queue, encryption_key=key)

    found = granted(resources, stack)

    assert allows(found, "sqs:SendMessage", f"arn:aws:sqs:{REGION}:{ACCOUNT}:mine")
    any_key = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1"
    (decrypting,) = (one for one in found if "kms:Decrypt" in one["Action"])
    # A policy cannot name an alias: a condition does.
    assert decrypting["Resource"] == [any_key.replace("/1", "/*")]
    assert decrypting["Condition"] == {
        "StringLike": {CONTEXT: f"{SCHEDULES}/trainings/*"},
        "ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/mine"},
    }
    (statement,) = trust(resources, stack)
    source = f"arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule-group/trainings"
    assert statement["Condition"]["StringEquals"]["aws:SourceArn"] == source


def test_a_name_that_is_kept_is_the_only_one(
    stack: cdk.Stack, spec: TrainingJobSpec, resources: Find
) -> None:
    named = spec.replace(training_job_name="Churn-2026")
    once = scheduler.ScheduleExpression.expression("at(2027-01-31T02:00:00)")
    directly(stack, spec=named, keep_name=True, schedule=once)

    found = granted(resources, stack)

    # IAM has compared the names in training-job ARNs in lower case.
    assert found[0]["Resource"] == [f"{JOBS}/Churn-2026", f"{JOBS}/churn-2026"]


def test_attributes_in_the_request_are_any_text_in_a_policy(
    stack: cdk.Stack, spec: TrainingJobSpec, resources: Find
) -> None:
    directly(stack, spec=spec.replace(output=Output(s3_uri="s3://models/<aws.scheduler.scheduled-time>")))

    found = statements(resources(stack), "NightlyRolePolicy")

    place = "arn:aws:s3:::models/2026-11-21T02:00:00Z/nightly-1/output/model.tar.gz"
    assert allows(found, "s3:PutObject", place)
    assert not allows(found, "s3:PutObject", place.replace("nightly", "weekly"))
    assert not allows(found, "s3:PutObject", place.replace("models", "others"))


def test_a_training_plan_is_the_callers_to_use(
    stack: cdk.Stack, spec: TrainingJobSpec, resources: Find
) -> None:
    plan = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:training-plan/h100"
    directly(stack, spec=spec.replace(training_plan_arn=plan))

    found = granted(resources, stack)

    assert allows(found, "sagemaker:CreateTrainingJob", plan)
    assert not allows(found, "sagemaker:CreateTrainingJob", plan.replace("h100", "other"))


def test_a_role_that_is_given_is_extended_and_passed(
    stack: cdk.Stack, spec: TrainingJobSpec, resources: Find
) -> None:
    role = iam.Role(stack, "Mine", assumed_by=iam.ServicePrincipal("sagemaker.amazonaws.com"))
    schedule = directly(stack, spec=spec, role=role)

    found = granted(resources, stack)

    mine = next(name for name in resources(stack, "AWS::IAM::Role") if name.startswith("Mine"))
    assert allows(found, "iam:PassRole", f"<{mine}.Arn>", TO_SAGEMAKER)
    assert schedule.role is role
    assert ("s3:GetBucketLocation",) in [one.actions for one in schedule.explain_permissions()]
    policies = resources(stack, "AWS::IAM::ManagedPolicy")
    (policy,) = (found for name, found in policies.items() if name.startswith("NightlyPolicy"))
    assert policy["Properties"]["Roles"] == [{"Ref": mine}]
