"""Metrics, events and grants of a schedule."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns

from constructs_lib import Output, SpecError, TrainingJobSpec
from tests.unit.cdk.iam import ACCOUNT, REGION, deployed

from .templates import Find, directly, nightly

GROUP = {"Name": "ScheduleGroup", "Value": "Stack-Nightly-Group-7C4B0E01"}


def alarmed(metric: cloudwatch.Metric, stack: cdk.Stack, resources: Find) -> dict[str, Any]:
    metric.create_alarm(stack, "Alarm", threshold=1, evaluation_periods=1)
    (alarm,) = resources(stack, "AWS::CloudWatch::Alarm").values()
    keys = ("Namespace", "MetricName", "Dimensions", "Statistic", "Period")
    return {key: deployed(alarm["Properties"][key]) for key in keys}


@pytest.mark.parametrize(
    ("method", "name"),
    [
        ("metric_invocations", "InvocationAttemptCount"),
        ("metric_failed_invocations", "InvocationDroppedCount"),
    ],
)
def test_metrics_of_the_schedules_own_group(
    stack: cdk.Stack, spec: TrainingJobSpec, resources: Find, method: str, name: str
) -> None:
    metric = getattr(directly(stack, spec=spec), method)(period=cdk.Duration.minutes(1))

    assert alarmed(metric, stack, resources) == {
        "Namespace": "AWS/Scheduler",
        "MetricName": name,
        "Dimensions": [GROUP],
        "Statistic": "Sum",
        "Period": 60,
    }


def test_dead_letters(stack: cdk.Stack, spec: TrainingJobSpec, resources: Find) -> None:
    found = alarmed(nightly(stack, spec=spec).metric_dead_letters(), stack, resources)

    assert found["MetricName"] == "ApproximateNumberOfMessagesVisible"
    assert found["Dimensions"] == [{"Name": "QueueName", "Value": "<NightlyDeadLetters8C4076B0.QueueName>"}]
    assert (found["Statistic"], found["Period"]) == ("Maximum", 300)


def test_failed_executions(stack: cdk.Stack, spec: TrainingJobSpec, resources: Find) -> None:
    found = alarmed(nightly(stack, spec=spec).metric_failed(), stack, resources)

    assert (found["Namespace"], found["MetricName"]) == ("AWS/States", "ExecutionsFailed")
    assert found["Dimensions"] == [{"Name": "StateMachineArn", "Value": "<NightlyStateMachineF28BA435>"}]


def test_failed_jobs_of_a_direct_schedule(stack: cdk.Stack, spec: TrainingJobSpec, resources: Find) -> None:
    schedule = directly(stack, spec=spec)
    schedule.metric_failed()  # a second one counts by the same rule

    found = alarmed(schedule.metric_failed(), stack, resources)

    (rule,) = (name for name in resources(stack, "AWS::Events::Rule") if name.startswith("Nightly"))
    assert (found["Namespace"], found["MetricName"]) == ("AWS/Events", "TriggeredRules")
    assert found["Dimensions"] == [{"Name": "RuleName", "Value": f"<{rule}>"}]


@pytest.mark.parametrize(
    ("method", "statuses"),
    [
        ("on_completed", ["Completed"]),
        ("on_failed", ["Failed"]),
        ("on_stopped", ["Stopped"]),
        ("on_event", None),
    ],
)
@pytest.mark.parametrize("make", [directly, nightly])
def test_events_of_the_schedules_jobs(
    stack: cdk.Stack,
    spec: TrainingJobSpec,
    resources: Find,
    make: Any,
    method: str,
    statuses: list[str] | None,
) -> None:
    topic = sns.Topic(stack, "Topic")
    getattr(make(stack, spec=spec), method)("Tell", target=targets.SnsTopic(topic))

    (rule,) = (r for n, r in resources(stack, "AWS::Events::Rule").items() if n.startswith("NightlyTell"))

    detail: dict[str, Any] = {"TrainingJobName": [{"prefix": "nightly-"}]}
    assert rule["Properties"]["EventPattern"] == {
        "source": ["aws.sagemaker"],
        "detail-type": ["SageMaker Training Job State Change"],
        "detail": {**detail, **({"TrainingJobStatus": statuses} if statuses else {})},
    }
    assert len(rule["Properties"]["Targets"]) == 1


def test_events_of_a_kept_name(stack: cdk.Stack, spec: TrainingJobSpec, resources: Find) -> None:
    named = spec.replace(training_job_name="churn")
    nightly(stack, spec=named, keep_name=True).on_completed("Tell")

    (rule,) = (r for n, r in resources(stack, "AWS::Events::Rule").items() if n.startswith("NightlyTell"))
    assert rule["Properties"]["EventPattern"]["detail"]["TrainingJobName"] == ["churn"]


def test_a_kept_name_that_only_the_execution_knows(stack: cdk.Stack, spec: TrainingJobSpec) -> None:
    named = spec.replace(training_job_name="{% $states.input.name %}")
    schedule = nightly(stack, spec=named, keep_name=True)

    with pytest.raises(SpecError, match="only the execution knows it"):
        schedule.on_completed("Tell")
    with pytest.raises(SpecError, match="only the execution knows it"):
        schedule.grant_stop(iam.User(stack, "User"))
    assert schedule.metric_failed().metric_name == "ExecutionsFailed"


@pytest.mark.parametrize("make", [directly, nightly])
def test_grants(stack: cdk.Stack, spec: TrainingJobSpec, resources: Find, make: Any) -> None:
    schedule = make(stack, spec=spec)
    user = iam.User(stack, "User")
    schedule.grant_stop(user)
    schedule.grant_read_artifacts(user)

    (policy,) = (p for n, p in resources(stack, "AWS::IAM::Policy").items() if n.startswith("User"))

    jobs = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:training-job/nightly-*"
    results = "arn:aws:s3:::<DefaultTrainingPlatformBucketAF079066>/training/output/nightly-*/*"
    assert deployed(policy["Properties"]["PolicyDocument"]["Statement"]) == [
        {
            "Action": ["sagemaker:DescribeTrainingJob", "sagemaker:StopTrainingJob"],
            "Effect": "Allow",
            "Resource": jobs,
        },
        {
            "Action": "kms:Decrypt",
            "Condition": {"StringEquals": {"kms:ViaService": f"s3.{REGION}.amazonaws.com"}},
            "Effect": "Allow",
            "Resource": "<DefaultTrainingPlatformKeyD60D4862.Arn>",
        },
        {"Action": "s3:GetObject", "Effect": "Allow", "Resource": results},
    ]


def test_an_attribute_in_the_results_place_may_be_any_text(
    stack: cdk.Stack, spec: TrainingJobSpec, resources: Find
) -> None:
    given = spec.replace(output=Output(s3_uri="s3://mine/<aws.scheduler.scheduled-time>"))
    directly(stack, spec=given).grant_read_artifacts(iam.User(stack, "User"))

    (policy,) = (p for n, p in resources(stack, "AWS::IAM::Policy").items() if n.startswith("User"))

    (read,) = (s for s in policy["Properties"]["PolicyDocument"]["Statement"] if "s3" in s["Action"])
    assert deployed(read["Resource"]) == "arn:aws:s3:::mine/*/nightly-*/*"


def test_a_kept_name_is_granted_as_iam_may_write_it(
    stack: cdk.Stack, spec: TrainingJobSpec, resources: Find
) -> None:
    named = spec.replace(training_job_name="Churn")
    nightly(stack, spec=named, keep_name=True).grant_stop(iam.User(stack, "User"))

    (policy,) = (p for n, p in resources(stack, "AWS::IAM::Policy").items() if n.startswith("User"))

    jobs = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:training-job"
    (stop,) = policy["Properties"]["PolicyDocument"]["Statement"]
    assert deployed(stop["Resource"]) == [f"{jobs}/Churn", f"{jobs}/churn"]


@pytest.mark.parametrize("make", [directly, nightly])
def test_it_is_granted_to_and_connected_to_as_a_job_is(
    stack: cdk.Stack, spec: TrainingJobSpec, make: Any
) -> None:
    schedule = make(stack, spec=spec)

    assert schedule.grant_principal.node.path == schedule.role.node.path
    assert schedule.connections.security_groups == schedule.platform.connections.security_groups
