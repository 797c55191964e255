"""What the runtime's functions may do: all of it, to the letter; and what they may not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3

from constructs_lib import Completion, Output, TrainingJob, TrainingJobSpec, TrainingPlatform

from .iam import ACCOUNT, BLOCK, REGION, STACK_ID, allows, statements

Find = Callable[..., dict[str, dict[str, Any]]]
FRONT, WORKER = "TrainingJobRuntimeFrontPolicy", "TrainingJobRuntimeWorkerPolicy"
JOBS = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:training-job"
LOGS = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/sagemaker/TrainingJobs"
MINE = f"churn-{BLOCK}abc123-a0123456789a-1"
OTHERS = ["churn-99999999abc123-a0123456789a-1", "churn", f"churn-{BLOCK}", f"{BLOCK}abc123-a0123456789a-1"]


def actions_by_sid(found: list[dict[str, Any]]) -> dict[str, list[str]]:
    assert len({statement["Sid"] for statement in found}) == len(found)
    return {statement["Sid"]: sorted(statement["Action"]) for statement in found}


@pytest.fixture
def made(stack: cdk.Stack, spec: TrainingJobSpec, resources: Find) -> dict[str, dict[str, Any]]:
    platform = TrainingPlatform(stack, "Platform", use_vpc=False)
    TrainingJob(stack, "Job", spec=spec, platform=platform)
    return resources(stack)


WATCHING = [
    "sagemaker:DescribeTrainingJob",
    "sagemaker:ListTags",
    "sagemaker:StopTrainingJob",
    "sagemaker:UpdateTrainingJob",
]
READING = {"FindJobLogs": ["logs:DescribeLogStreams"], "ReadJobLogs": ["logs:GetLogEvents"]}
WRITING = {"WriteLogs": ["logs:CreateLogStream", "logs:PutLogEvents"]}
TRACING = {"Trace": ["xray:PutTelemetryRecords", "xray:PutTraceSegments"]}


def test_all_that_the_worker_may_do(made: dict[str, dict[str, Any]]) -> None:
    assert actions_by_sid(statements(made, WORKER)) == {
        "WatchJobs": WATCHING,
        "DeleteJobs": ["sagemaker:DeleteTrainingJob"],
        "WatchFormerJobs": ["sagemaker:DeleteTrainingJob", *WATCHING],
        "AskForStack": ["cloudformation:DescribeStacks"],
        **READING,
        "SealAnswers": ["kms:Decrypt"],
        **WRITING,
        **TRACING,
    }


def test_all_that_the_front_may_do(made: dict[str, dict[str, Any]]) -> None:
    assert actions_by_sid(statements(made, FRONT)) == {
        "WatchJobs": WATCHING,
        "StartJobs": ["sagemaker:AddTags", "sagemaker:CreateTrainingJob", "sagemaker:DeleteTags"],
        "WatchFormerJobs": WATCHING,
        "AskForStack": ["cloudformation:DescribeStacks"],
        **READING,
        "SealAnswers": ["kms:Decrypt", "kms:Encrypt"],
        "StartWatches": ["states:StartExecution"],
        "Invoke": ["lambda:InvokeFunction"],
        **WRITING,
        **TRACING,
        "PassRoles": ["iam:PassRole"],
        "FindArtifacts": ["s3:ListBucket"],
    }


@pytest.mark.parametrize("policy", [FRONT, WORKER])
def test_only_jobs_that_bear_the_stacks_block(made: dict[str, dict[str, Any]], policy: str) -> None:
    found = statements(made, policy)
    for statement in found:
        for action in statement["Action"]:
            if action.startswith("sagemaker:"):
                assert allows(found, action, f"{JOBS}/{MINE}")
                for other in OTHERS:
                    assert not allows(found, action, f"{JOBS}/{other}"), (action, other)


@pytest.mark.parametrize("policy", [FRONT, WORKER])
def test_only_logs_of_the_stacks_own_jobs(made: dict[str, dict[str, Any]], policy: str) -> None:
    found = statements(made, policy)

    assert allows(found, "logs:GetLogEvents", f"{LOGS}:log-stream:{MINE}/algo-1-1700000000")
    assert allows(found, "logs:DescribeLogStreams", f"{LOGS}:*")
    assert allows(found, "logs:DescribeLogStreams", LOGS)
    for other in OTHERS:
        assert not allows(found, "logs:GetLogEvents", f"{LOGS}:log-stream:{other}/algo-1-1700000000")
    elsewhere = LOGS.replace("TrainingJobs", "ProcessingJobs")
    assert not allows(found, "logs:GetLogEvents", f"{elsewhere}:log-stream:{MINE}/algo-1-1700000000")
    assert not allows(found, "logs:DescribeLogStreams", f"{elsewhere}:*")


@pytest.mark.parametrize("policy", [FRONT, WORKER])
def test_each_asks_for_its_own_stack_alone(made: dict[str, dict[str, Any]], policy: str) -> None:
    found = statements(made, policy)

    assert allows(found, "cloudformation:DescribeStacks", STACK_ID)
    other = STACK_ID.replace(BLOCK, "99999999")
    assert not allows(found, "cloudformation:DescribeStacks", other)


def test_the_front_passes_the_jobs_roles_to_sagemaker_alone(made: dict[str, dict[str, Any]]) -> None:
    found = statements(made, FRONT)
    role = next(name for name in made if name.startswith("JobRole"))
    to_sagemaker = {"iam:PassedToService": "sagemaker.amazonaws.com"}

    assert allows(found, "iam:PassRole", f"<{role}.Arn>", to_sagemaker)
    assert not allows(found, "iam:PassRole", f"<{role}.Arn>", {"iam:PassedToService": "ec2.amazonaws.com"})
    assert not allows(found, "iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/Admin", to_sagemaker)
    assert not allows(statements(made, WORKER), "iam:PassRole", f"<{role}.Arn>", to_sagemaker)


def test_the_front_sees_results_in_the_jobs_output_folders_only(
    stack: cdk.Stack, spec: TrainingJobSpec, resources: Find
) -> None:
    own = s3.Bucket(stack, "Own")
    uri = cdk.CfnParameter(stack, "Uri").value_as_string
    outputs = {
        "One": Output(bucket=own, prefix="models/"),
        "Two": Output(bucket=own, prefix="models"),
        "Three": Output(bucket=own, prefix="more"),
        "Four": Output(s3_uri="s3://theirs/a/b"),
        "Five": Output(s3_uri="s3://root"),
        "Six": Output(s3_uri=uri),
    }
    platform = TrainingPlatform(stack, "Platform", use_vpc=False)
    for name, output in outputs.items():
        TrainingJob(stack, name, spec=spec.replace(output=output), platform=platform)
    made = resources(stack)
    found = statements(made, FRONT)
    bucket = next(
        name for name, r in made.items() if name.startswith("Own") and r["Type"] == "AWS::S3::Bucket"
    )

    def sees(bucket: str, prefix: str | None) -> bool:
        context = {} if prefix is None else {"s3:prefix": prefix}
        return allows(found, "s3:ListBucket", f"arn:aws:s3:::{bucket}", context)

    assert sees(f"<{bucket}>", "models/churn-1/output/model.tar.gz")
    assert sees(f"<{bucket}>", "more/churn-1/output/model.tar.gz")
    assert sees("theirs", "a/b/churn-1/output/model.tar.gz")
    assert sees("root", "churn-1/output/model.tar.gz")
    for prefix in (None, "", "models", "models2/x", "a/b/churn-1"):
        assert not sees(f"<{bucket}>", prefix), prefix
    assert not sees("theirs", "models/churn-1/output/model.tar.gz")
    assert not sees("someone-elses", "a/b/churn-1")
    finding = [statement for statement in found if "s3:ListBucket" in statement["Action"]]
    prefixes = [statement["Condition"]["StringLike"]["s3:prefix"] for statement in finding]
    # One statement for a bucket, one prefix for a folder; none for an address that nobody can read yet.
    assert prefixes == [["models/*", "more/*"], ["a/b/*"], ["*"]]


def test_the_worker_starts_attempts_only_where_a_job_has_other_types(
    stack: cdk.Stack, spec: TrainingJobSpec, resources: Find
) -> None:
    platform = TrainingPlatform(stack, "Platform", use_vpc=False)
    shared = iam.Role(stack, "Shared", assumed_by=iam.ServicePrincipal("sagemaker.amazonaws.com"))
    short = spec.replace(max_runtime=cdk.Duration.minutes(5))
    TrainingJob(stack, "Plain", spec=spec, platform=platform)
    for name, role in {"First": None, "Second": shared, "Third": shared}.items():
        types = ["ml.m5.2xlarge"]
        TrainingJob(stack, name, spec=short, platform=platform, role=role, capacity_fallback=types)
    made = resources(stack)
    found = statements(made, WORKER)

    own = {"StartJobs", "PassRoles", "AskForStack"}
    assert {sid: names for sid, names in actions_by_sid(found).items() if sid in own} == {
        "StartJobs": ["sagemaker:AddTags", "sagemaker:CreateTrainingJob"],
        "PassRoles": ["iam:PassRole"],
        "AskForStack": ["cloudformation:DescribeStacks"],
    }
    to_sagemaker = {"iam:PassedToService": "sagemaker.amazonaws.com"}

    def passes(start: str) -> bool:
        role = next(
            name for name in made if name.startswith(start) and made[name]["Type"] == "AWS::IAM::Role"
        )
        return allows(found, "iam:PassRole", f"<{role}.Arn>", to_sagemaker)

    assert [passes(start) for start in ("FirstRole", "Shared", "PlainRole")] == [True, True, False]
    (passing,) = (statement for statement in found if statement["Sid"] == "PassRoles")
    assert len(passing["Resource"]) == 2
    assert allows(found, "sagemaker:CreateTrainingJob", f"{JOBS}/{MINE}")
    assert not any(allows(found, "sagemaker:CreateTrainingJob", f"{JOBS}/{other}") for other in OTHERS)
    assert allows(found, "cloudformation:DescribeStacks", STACK_ID)
    assert not allows(found, "cloudformation:DescribeStacks", STACK_ID.replace(BLOCK, "99999999"))


@pytest.mark.parametrize("completion", [Completion.start(), Completion.wait(), Completion.wait_condition()])
def test_the_worker_looks_at_interfaces_where_the_stack_made_the_network(
    app: cdk.App, spec: TrainingJobSpec, resources: Find, completion: Completion
) -> None:
    looking = "ec2:DescribeNetworkInterfaces"
    own, other = cdk.Stack(app, "Own"), cdk.Stack(app, "Other")
    job = TrainingJob(own, "Job", spec=spec, completion=completion)
    TrainingJob(other, "Job", spec=spec, platform=job.platform, completion=completion)

    assert allows(statements(resources(own), WORKER), looking, "*")
    assert not allows(statements(resources(other), WORKER), looking, "*")
    assert not allows(statements(resources(own), FRONT), looking, "*")


def test_the_worker_asks_for_its_stack_when_a_signal_may_be_lost(
    stack: cdk.Stack, spec: TrainingJobSpec, resources: Find
) -> None:
    for name in ("One", "Two"):
        TrainingJob(stack, name, spec=spec, completion=Completion.wait_condition())
    short = spec.replace(max_runtime=cdk.Duration.minutes(5))
    TrainingJob(stack, "Three", spec=short, capacity_fallback=["ml.m5.2xlarge"])
    found = statements(resources(stack), WORKER)

    assert actions_by_sid(found)["AskForStack"] == ["cloudformation:DescribeStacks"]
    assert allows(found, "cloudformation:DescribeStacks", STACK_ID)
    assert not allows(found, "cloudformation:DescribeStacks", STACK_ID.replace(BLOCK, "99999999"))


def test_records_of_named_jobs_may_be_deleted_too(
    stack: cdk.Stack, spec: TrainingJobSpec, resources: Find
) -> None:
    TrainingJob(stack, "Job", spec=spec.replace(training_job_name="Churn-1"), keep_name=True)
    found = statements(resources(stack), WORKER)
    deleting = "sagemaker:DeleteTrainingJob"

    assert allows(found, deleting, f"{JOBS}/Churn-1")
    assert not allows(found, deleting, f"{JOBS}/Churn-2")
    # A name that the template has no more: by the tag that says whose it is.
    tag = "aws:ResourceTag/constructs-lib:stack-id"
    assert allows(found, deleting, f"{JOBS}/Churn-2", {tag: STACK_ID})
    assert not allows(found, deleting, f"{JOBS}/Churn-2", {tag: STACK_ID.replace(BLOCK, "99999999")})
    assert allows(found, "logs:GetLogEvents", f"{LOGS}:log-stream:Churn-1/algo-1-1")
    assert not allows(found, "logs:GetLogEvents", f"{LOGS}:log-stream:Churn-12/algo-1-1")
