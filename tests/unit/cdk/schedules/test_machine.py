"""Through a state machine: what an execution is told, and how it is started, logged and encrypted."""

from __future__ import annotations

import json
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_kms as kms

from constructs_lib import QualityGate, TrainingJobSpec, TrainingPlatform
from tests.unit.cdk.iam import ACCOUNT, REGION, deployed
from tests.unit.cdk.workflows.machines import creation, definition, states_of

from .templates import Find, directly, nightly, payload_of, target_of

KEY = "<DefaultTrainingPlatformKeyD60D4862.Arn>"


def machine_of(resources: Find, stack: cdk.Stack) -> dict[str, Any]:
    machines = resources(stack, "AWS::StepFunctions::StateMachine").items()
    (found,) = (machine for name, machine in machines if name.startswith("Nightly"))
    properties: dict[str, Any] = deployed(found["Properties"])
    return properties


def test_the_schedule_starts_an_execution_once(
    stack: cdk.Stack, spec: TrainingJobSpec, resources: Find
) -> None:
    nightly(stack, spec=spec)

    target = target_of(resources, stack)

    assert json.loads(target.pop("Input")) == {
        "scheduledTime": "<aws.scheduler.scheduled-time>",
        "scheduleArn": "<aws.scheduler.schedule-arn>",
    }
    assert target == {
        "Arn": "<NightlyStateMachineF28BA435>",
        "DeadLetterConfig": {"Arn": "<NightlyDeadLetters8C4076B0.Arn>"},
        "RetryPolicy": {"MaximumEventAgeInSeconds": 86400, "MaximumRetryAttempts": 0},
        "RoleArn": "<NightlySchedulerRole72E59918.Arn>",
    }


def test_the_state_machine_is_logged_traced_and_encrypted(
    stack: cdk.Stack, spec: TrainingJobSpec, resources: Find
) -> None:
    nightly(stack, spec=spec)

    found = machine_of(resources, stack)

    (group,) = (name for name in resources(stack, "AWS::Logs::LogGroup") if name.startswith("Nightly"))
    assert found["LoggingConfiguration"] == {
        "Destinations": [{"CloudWatchLogsLogGroup": {"LogGroupArn": f"<{group}.Arn>"}}],
        "IncludeExecutionData": False,
        "Level": "ALL",
    }
    assert found["TracingConfiguration"] == {"Enabled": True}
    assert found["EncryptionConfiguration"] == {
        "KmsDataKeyReusePeriodSeconds": 300,
        "KmsKeyId": KEY,
        "Type": "CUSTOMER_MANAGED_KMS_KEY",
    }
    assert "StateMachineType" not in found  # STANDARD
    log = deployed(resources(stack, "AWS::Logs::LogGroup")[group]["Properties"])
    assert log == {"KmsKeyId": KEY, "RetentionInDays": 90}


def test_the_machines_role_may_use_the_key_for_executions_and_logs(
    stack: cdk.Stack, spec: TrainingJobSpec, resources: Find
) -> None:
    nightly(stack, spec=spec)

    (policy,) = resources(stack, "AWS::IAM::Policy").values()
    statements = deployed(policy["Properties"]["PolicyDocument"]["Statement"])

    machines = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:*"
    logged = {"StringEquals": {"kms:EncryptionContext:SourceArn": f"arn:aws:logs:{REGION}:{ACCOUNT}:*"}}
    assert [one for one in statements if "kms" in str(one["Action"])] == [
        {
            "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
            "Condition": {"StringLike": {"kms:EncryptionContext:aws:states:stateMachineArn": machines}},
            "Effect": "Allow",
            "Resource": KEY,
        },
        {"Action": "kms:GenerateDataKey", "Condition": logged, "Effect": "Allow", "Resource": KEY},
    ]
    (key,) = resources(stack, "AWS::KMS::Key").values()
    delivering = deployed(key["Properties"]["KeyPolicy"]["Statement"])[-1]
    assert delivering == {
        "Action": "kms:Decrypt",
        "Condition": logged,
        "Effect": "Allow",
        "Principal": {"Service": "delivery.logs.amazonaws.com"},
        "Resource": "*",
        "Sid": "DeliverStateMachineLogs",
    }


def test_two_schedules_change_the_key_once(stack: cdk.Stack, spec: TrainingJobSpec, resources: Find) -> None:
    nightly(stack, spec=spec)
    nightly(stack, "Weekly", spec=spec)

    (key,) = resources(stack, "AWS::KMS::Key").values()

    ids = [one.get("Sid") for one in key["Properties"]["KeyPolicy"]["Statement"]]
    assert ids.count("DeliverStateMachineLogs") == 1


def test_a_key_whose_policy_is_somebody_elses_is_not_used_for_the_machine(
    stack: cdk.Stack, spec: TrainingJobSpec, resources: Find
) -> None:
    key = kms.Key.from_key_arn(stack, "Key", "arn:aws:kms:eu-west-1:123456789012:key/1")
    nightly(stack, spec=spec, platform=TrainingPlatform(stack, "Platform", encryption_key=key))

    found = machine_of(resources, stack)

    assert "EncryptionConfiguration" not in found
    assert resources(stack, "AWS::KMS::Key") == {}


def test_a_key_of_the_apps_is_used_for_the_machine(
    stack: cdk.Stack, spec: TrainingJobSpec, resources: Find
) -> None:
    key = kms.Key(stack, "Key")
    nightly(stack, spec=spec, platform=TrainingPlatform(stack, "Platform", encryption_key=key))

    found = machine_of(resources, stack)

    assert found["EncryptionConfiguration"]["Type"] == "CUSTOMER_MANAGED_KMS_KEY"
    (made,) = resources(stack, "AWS::KMS::Key").values()
    assert "delivery" in json.dumps(made["Properties"]["KeyPolicy"])


def test_names_gates_and_retries_are_the_tasks(stack: cdk.Stack, spec: TrainingJobSpec) -> None:
    schedule = nightly(
        stack, spec=spec, quality_gates=[QualityGate("auc", at_least=0.8)], retry_failures=True
    )

    assert schedule.state_machine is not None
    found = definition(schedule.state_machine)

    assert "nightly-{}" in creation(found)["Parameters"]["TrainingJobName.$"]
    assert "Train: gate" in states_of(found)
    retried = [error for retry in states_of(found)["Train"]["Retry"] for error in retry["ErrorEquals"]]
    assert "TrainingJob.Capacity" in retried


def test_a_long_prefix_and_a_kept_name(stack: cdk.Stack, spec: TrainingJobSpec) -> None:
    long = nightly(stack, "Long", spec=spec, job_name_prefix="x" * 30).state_machine
    kept = nightly(stack, "Kept", spec=spec.replace(training_job_name="churn"), keep_name=True).state_machine

    assert long is not None
    assert kept is not None
    assert f"{'x' * 30}-{{}}" in creation(definition(long))["Parameters"]["TrainingJobName.$"]
    # It is a variable of the branch.
    assert '"churn"' in json.dumps(states_of(definition(kept)))


def test_both_forms_ask_for_the_same_training(app: cdk.App, spec: TrainingJobSpec, resources: Find) -> None:
    """One rendering: but for the name, what makes it another and the owner's tag, the requests are one."""
    straight, through = cdk.Stack(app, "Direct"), cdk.Stack(app, "Machine")
    directly(straight, spec=spec)
    machine = nightly(through, spec=spec).state_machine
    assert machine is not None

    direct = payload_of(resources, straight)
    task = creation(definition(machine))["Parameters"]

    for found in (direct, task):
        found.pop("TrainingJobName", None)
        found.pop("TrainingJobName.$", None)
        assert found.pop("RoleArn").endswith(".Arn>")
        found["Tags"] = sorted(
            (tag for tag in found["Tags"] if tag["Key"] != "constructs-lib:execution"),
            key=lambda tag: tag["Key"],
        )
    assert direct == task


def test_a_direct_schedule_has_no_state_machine(
    stack: cdk.Stack, spec: TrainingJobSpec, resources: Find
) -> None:
    schedule = directly(stack, spec=spec)

    assert schedule.state_machine is None
    machines = resources(stack, "AWS::StepFunctions::StateMachine")
    assert [name for name in machines if name.startswith("Nightly")] == []


@pytest.mark.parametrize("make", [directly, nightly])
def test_a_nested_stack_shares_its_parents_platform(
    stack: cdk.Stack, spec: TrainingJobSpec, resources: Find, make: Any
) -> None:
    nested = cdk.NestedStack(stack, "Nested")

    make(nested, spec=spec)

    assert len(resources(stack, "AWS::KMS::Key")) == 1
    assert len(resources(nested, "AWS::Scheduler::Schedule")) == 1
