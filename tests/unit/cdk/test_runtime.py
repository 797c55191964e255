"""The runtime of a stack: what its functions may do, how they watch each other, what its asset holds."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_kms as kms

from constructs_lib import TrainingJob, TrainingJobSpec, TrainingPlatform
from tests.unit.cdk.conftest import FLAGS

Find = Callable[..., dict[str, dict[str, Any]]]


@pytest.fixture
def made(stack: cdk.Stack, spec: TrainingJobSpec, resources: Find) -> dict[str, dict[str, Any]]:
    TrainingJob(stack, "Job", spec=spec)
    return resources(stack)


def named(made: dict[str, dict[str, Any]], start: str, type: str) -> dict[str, Any]:
    (found,) = (
        resource
        for name, resource in made.items()
        if name.startswith(f"TrainingJobRuntime{start}") and resource["Type"] == type
    )
    properties: dict[str, Any] = found["Properties"]
    return properties


def test_what_the_functions_may_do_on_all_has_no_resource(made: dict[str, dict[str, Any]]) -> None:
    on_all = [
        statement["Action"]
        for function in ("WorkerPolicy", "FrontPolicy")
        for statement in named(made, function, "AWS::IAM::ManagedPolicy")["PolicyDocument"]["Statement"]
        if statement["Resource"] == "*"
    ]
    tracing = ["xray:PutTelemetryRecords", "xray:PutTraceSegments"]
    assert on_all == [tracing, "ec2:DescribeNetworkInterfaces", tracing]


def test_the_front_passes_exactly_the_jobs_roles_to_sagemaker_only(made: dict[str, dict[str, Any]]) -> None:
    policy = named(made, "FrontPolicy", "AWS::IAM::ManagedPolicy")
    (passing,) = (s for s in policy["PolicyDocument"]["Statement"] if s["Action"] == "iam:PassRole")
    (role,) = (
        name for name, r in made.items() if name.startswith("JobRole") and r["Type"] == "AWS::IAM::Role"
    )
    assert passing["Resource"] == {"Fn::GetAtt": [role, "Arn"]}
    assert passing["Condition"] == {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}


def test_the_ids_of_statements_are_unique_however_many_jobs_there_are(
    stack: cdk.Stack, spec: TrainingJobSpec, resources: Find
) -> None:
    for name in ("First", "Second", "Third"):
        TrainingJob(stack, name, spec=spec)

    policies = resources(stack, "AWS::IAM::ManagedPolicy").values()
    for policy in policies:
        ids = [s["Sid"] for s in policy["Properties"]["PolicyDocument"]["Statement"] if "Sid" in s]
        assert len(ids) == len(set(ids))
    front = named(resources(stack), "FrontPolicy", "AWS::IAM::ManagedPolicy")
    (passing,) = (s for s in front["PolicyDocument"]["Statement"] if s["Action"] == "iam:PassRole")
    assert len(passing["Resource"]) == 3


def test_the_jobs_it_may_touch_bear_the_stacks_block(made: dict[str, dict[str, Any]]) -> None:
    policy = named(made, "FrontPolicy", "AWS::IAM::ManagedPolicy")
    for statement in policy["PolicyDocument"]["Statement"]:
        ours = any(action.startswith("sagemaker:") for action in statement["Action"])
        if ours and statement["Sid"] != "WatchFormerJobs":  # that goes by the stack's tag
            parts = statement["Resource"]["Fn::Join"][1]
            assert parts[-3] == ":training-job/*-"
            assert "Fn::Select" in parts[-2]
            assert parts[-1] == "??????-*"


def test_each_is_the_others_watchdog(made: dict[str, dict[str, Any]]) -> None:
    (worker,) = (n for n, r in made.items() if r["Type"] == "AWS::Lambda::Function" and "Worker" in n)
    (front,) = (n for n, r in made.items() if r["Type"] == "AWS::Lambda::Function" and "Front" in n)
    config = named(made, "FrontEventInvokeConfig", "AWS::Lambda::EventInvokeConfig")
    assert config["DestinationConfig"] == {"OnFailure": {"Destination": {"Fn::GetAtt": [worker, "Arn"]}}}
    rule = named(made, "WatchBroke", "AWS::Events::Rule")
    assert rule["EventPattern"]["detail"]["status"] == ["ABORTED", "FAILED", "TIMED_OUT"]
    assert [target["Arn"] for target in rule["Targets"]] == [{"Fn::GetAtt": [front, "Arn"]}]


def test_the_destination_is_configured_after_the_right_to_call_it(made: dict[str, dict[str, Any]]) -> None:
    (config,) = (r for r in made.values() if r["Type"] == "AWS::Lambda::EventInvokeConfig")
    assert any(name.startswith("TrainingJobRuntimeFrontPolicy") for name in config["DependsOn"])


def test_execution_data_is_not_logged(made: dict[str, dict[str, Any]]) -> None:
    machine = named(made, "StateMachine", "AWS::StepFunctions::StateMachine")
    assert machine["LoggingConfiguration"]["IncludeExecutionData"] is False


def test_the_state_machine_retries_the_worker_and_ends_when_it_says(made: dict[str, dict[str, Any]]) -> None:
    machine = named(made, "StateMachine", "AWS::StepFunctions::StateMachine")
    text = "".join(
        part if isinstance(part, str) else "X" for part in machine["DefinitionString"]["Fn::Join"][1]
    )
    definition = json.loads(text)
    assert definition["StartAt"] == "Poll"
    # Twelve hours, the longest wait that there is, and an hour for the rest.
    assert definition["TimeoutSeconds"] == 46_800
    lambdas_own, any_error = definition["States"]["Poll"]["Retry"]
    assert "Lambda.TooManyRequestsException" in lambdas_own["ErrorEquals"]
    assert (lambdas_own["MaxAttempts"], lambdas_own["MaxDelaySeconds"]) == (100, 60)
    assert (any_error["ErrorEquals"], any_error["MaxAttempts"]) == (["States.ALL"], 5)
    assert definition["States"]["Wait"] == {"Type": "Wait", "SecondsPath": "$.wait", "Next": "Poll"}


def test_the_functions_know_their_stack(made: dict[str, dict[str, Any]]) -> None:
    functions = [r["Properties"] for r in made.values() if r["Type"] == "AWS::Lambda::Function"]
    assert len(functions) == 2
    for function in functions:
        assert function["Environment"]["Variables"]["STACK_NAME"] == {"Ref": "AWS::StackName"}
        assert function["MemorySize"] == 256


def test_logs_are_encrypted_and_end(made: dict[str, dict[str, Any]]) -> None:
    groups = [r["Properties"] for r in made.values() if r["Type"] == "AWS::Logs::LogGroup"]
    assert len(groups) == 3
    assert all("KmsKeyId" in group and group["RetentionInDays"] == 90 for group in groups)


def test_a_key_of_the_users_is_not_asked_to_encrypt_logs(
    stack: cdk.Stack, spec: TrainingJobSpec, resources: Find
) -> None:
    key = kms.Key.from_key_arn(stack, "Key", "arn:aws:kms:eu-west-1:123456789012:key/1")
    TrainingJob(stack, "Job", spec=spec, platform=TrainingPlatform(stack, "Platform", encryption_key=key))

    groups = resources(stack, "AWS::Logs::LogGroup").values()
    assert all("KmsKeyId" not in group["Properties"] for group in groups)
    assert resources(stack, "AWS::KMS::Key") == {}


def test_the_asset_holds_the_runtime_alone_and_is_small(spec: TrainingJobSpec, tmp_path: Path) -> None:
    copies = {"aws:cdk:disable-asset-staging": False}
    app = cdk.App(outdir=str(tmp_path / "cdk.out"), context=FLAGS, post_cli_context=copies)
    TrainingJob(cdk.Stack(app, "Stack"), "Job", spec=spec)
    assembly = app.synth()

    (asset,) = (path for path in Path(assembly.directory).iterdir() if (path / "runtime").is_dir())
    with zipfile.ZipFile(tmp_path / "asset.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(asset.rglob("*")):
            archive.write(file, file.relative_to(asset))

    assert {path.name for path in asset.iterdir()} == {"runtime"}
    assert not [path for path in asset.rglob("*") if path.suffix == ".pyc" or path.name == "__pycache__"]
    assert (asset / "runtime/model/sagemaker/2017-07-24/service-2.json").is_file()
    assert (tmp_path / "asset.zip").stat().st_size < 150_000


def test_it_explains_what_its_functions_may_do(stack: cdk.Stack, spec: TrainingJobSpec) -> None:
    job = TrainingJob(stack, "Job", spec=spec)

    explained = {action: one for one in job.runtime.explain_permissions() for action in one.actions}

    assert {"iam:PassRole", "sagemaker:CreateTrainingJob", "sagemaker:DeleteTrainingJob"} <= set(explained)
    assert stack.resolve(list(explained["iam:PassRole"].resources)) == stack.resolve([job.role.role_arn])
    assert all(one.reason for one in explained.values())
