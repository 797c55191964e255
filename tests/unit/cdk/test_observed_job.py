"""What is seen and granted of a job, made here or imported: events, metrics, readers, who may stop it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sqs as sqs

from constructs_lib import (
    TrainingJob,
    TrainingJobSpec,
)

JOB = "Custom::SageMakerTrainingJob"
Find = Callable[..., dict[str, dict[str, Any]]]


def test_events_name_the_job_without_waiting_for_it(
    stack: cdk.Stack, spec: TrainingJobSpec, resources: Find
) -> None:
    job = TrainingJob(stack, "Job", spec=spec)
    job.on_failed("Alert", target=targets.SqsQueue(sqs.Queue(stack, "Queue")))

    rules = resources(stack, "AWS::Events::Rule")
    (rule,) = (rule for name, rule in rules.items() if name.startswith("JobAlert"))
    pattern = rule["Properties"]["EventPattern"]
    assert pattern["detail"]["TrainingJobStatus"] == ["Failed"]
    assert pattern["detail"]["TrainingJobName"][0]["prefix"]["Fn::Join"][1][0] == "job-"


def test_metrics_name_the_jobs_dimensions(stack: cdk.Stack, spec: TrainingJobSpec) -> None:
    job = TrainingJob(stack, "Job", spec=spec)

    own, cpu, failed = job.metric("validation:auc"), job.metric_cpu_utilization(host=2), job.metric_failed()

    name = stack.resolve(job.training_job_name)
    assert own.namespace == cpu.namespace == "/aws/sagemaker/TrainingJobs"
    assert stack.resolve(own.dimensions) == {"TrainingJobName": name}
    assert stack.resolve(cpu.dimensions) == {"Host": {"Fn::Join": ["", [name, "/algo-2"]]}}
    assert (failed.namespace, failed.metric_name) == ("AWS/Events", "TriggeredRules")


def test_an_imported_job_can_be_watched_and_stopped(stack: cdk.Stack, resources: Find) -> None:
    job = TrainingJob.from_training_job_name(stack, "Old", "old-job-1")
    role = iam.Role(stack, "Operator", assumed_by=iam.AccountRootPrincipal())
    job.grant_stop(role)
    job.on_completed("Done")

    (policy,) = resources(stack, "AWS::IAM::Policy").values()
    (statement,) = policy["Properties"]["PolicyDocument"]["Statement"]
    assert statement["Action"] == ["sagemaker:DescribeTrainingJob", "sagemaker:StopTrainingJob"]
    assert statement["Resource"]["Fn::Join"][1][-1] == ":training-job/old-job-1"
    (rule,) = resources(stack, "AWS::Events::Rule").values()
    assert rule["Properties"]["EventPattern"]["detail"]["TrainingJobName"] == ["old-job-1"]


def test_readers_of_results_may_read_this_jobs_only(
    stack: cdk.Stack, spec: TrainingJobSpec, resources: Find
) -> None:
    job = TrainingJob(stack, "Job", spec=spec)
    job.grant_read_artifacts(iam.Role(stack, "Reader", assumed_by=iam.AccountRootPrincipal()))

    (policy,) = (p for n, p in resources(stack, "AWS::IAM::Policy").items() if n.startswith("Reader"))
    decrypt, read = policy["Properties"]["PolicyDocument"]["Statement"]
    assert decrypt["Action"] == "kms:Decrypt"
    assert list(decrypt["Condition"]["StringEquals"]) == ["kms:ViaService"]
    assert read["Action"] == "s3:GetObject"
    assert (
        read["Resource"]["Fn::Join"][1][-2:]
        == [
            {"Fn::GetAtt": ["Job7895A4DA", "TrainingJobName"]},
            "/*",
        ]
        or read["Resource"]["Fn::Join"][1][-1] == "/*"
    )
