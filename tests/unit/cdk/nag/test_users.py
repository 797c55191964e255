"""What is a user's stays to be found; and it does not matter when cdk-nag is registered, and where."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk.assertions import Template

from constructs_lib import Completion, TrainingJob, TrainingJobTask, TrainingPlatform
from constructs_lib.cdk.acknowledged.record import Granted, in_policies
from constructs_lib.cdk.permissions import Permission
from constructs_lib.cdk.sweeps.reducer import SweepReducer

from .every_runner import PACKS, Found, Users, add_packs, new_app, plain, synthesized

STRONG = {"@aws-cdk/core:defaultCrossStackReferences": "strong"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("users") / "cdk.out"


@pytest.fixture(scope="module")
def found(folder: Path) -> Iterator[list[Found]]:
    """Of a user's own, in stacks, in a stage and a nested stack that imports; packs are registered last."""
    app = new_app(str(folder), packs_first=False, **STRONG)
    add_own(cdk.Stack(app, "Own"))
    add_stage(stage := cdk.Stage(app, "Stage"))
    given = cdk.Stack(app, "Given", env=cdk.Environment(account="123456789012", region="eu-west-1"))
    role = iam.Role.from_role_arn(given, "Given", "arn:aws:iam::123456789012:role/given")
    TrainingJob(given, "Job", spec=plain(), role=role, completion=Completion.start())
    own = iam.Role.from_role_arn(given, "Own", "arn:aws:iam::123456789012:role/own")
    TrainingJob(given, "OwnJob", spec=plain(), role=own, completion=Completion.start())
    own.add_to_principal_policy(
        iam.PolicyStatement(actions=["s3:ListAllMyBuckets"], resources=["arn:aws:s3:::x"])
    )
    add_packs(stage, "Serverless")
    add_packs(app, *(name for name in PACKS if name != "Serverless"))
    yield synthesized(app)
    cdk.AssetStaging.clear_asset_hash_cache()


def add_own(own: cdk.Stack) -> None:
    Users(own)
    lambda_.Function(
        own,
        "Function",
        code=lambda_.Code.from_inline("def handler(event, context): return None"),
        handler="index.handler",
        runtime=lambda_.Runtime.PYTHON_3_13,
    )


def add_stage(stage: cdk.Stage) -> None:
    platform = TrainingPlatform(cdk.Stack(stage, "Platform"), "Platform")
    nested = cdk.NestedStack(cdk.Stack(stage, "Jobs"), "Nested")
    TrainingJob(nested, "Job", spec=plain(), platform=platform, completion=Completion.start())
    task = TrainingJobTask(nested, "Task", spec=plain(), platform=platform, allow_stopped=True)
    sfn.StateMachine(nested, "Machine", definition_body=sfn.DefinitionBody.from_chainable(task))
    # A policy whose resource is another stack's, so that the template imports it.
    TrainingJob(cdk.Stack(stage, "More"), "Job", spec=plain(), platform=platform)


def left(found: list[Found], below: str) -> set[tuple[str, str]]:
    """Rule and path of what is not acknowledged below a path; the rule without its pack."""
    return {
        (one.rule.removeprefix(f"{one.pack}-"), one.path.removeprefix(f"{below}/"))
        for one in found
        if one.reason is None and one.path.startswith(f"{below}/")
    }


def test_a_statement_on_our_role_is_reported(found: list[Found]) -> None:
    assert ("IAM5[Resource::arn:aws:s3:::own/*]", "Job/Role/DefaultPolicy/Resource") in left(found, "Own")


def test_a_wildcard_in_a_policy_of_ours_is_reported(found: list[Found]) -> None:
    rules = {rule for rule, path in left(found, "Own") if path == "Job/Role/Policy/Resource"}

    # The star is ours for other actions. Who allows more on it sees all of it.
    assert rules == {"IAM5[Resource::arn:aws:s3:::added/*]", "IAM5[Resource::*]"}


def test_the_rest_of_that_policy_is_acknowledged(found: list[Found]) -> None:
    ours = [one for one in found if one.path == "Own/Job/Role/Policy/Resource" and one.is_ours]

    assert any("training/output/" in one.rule for one in ours)
    assert any("log-stream:*" in one.rule for one in ours)


def test_a_users_machine_is_the_users(found: list[Found]) -> None:
    rules = left(found, "Own/Machine")

    assert ("SF1", "Resource") in rules
    assert ("SF2", "Resource") in rules
    assert ("IAMNoInlinePolicy", "Role/DefaultPolicy/Resource") in rules
    assert {rule for rule, _ in rules if rule.startswith("IAM5")} == {
        "IAM5[Action::dynamodb:*]",
        "IAM5[Resource::arn:aws:dynamodb:*:*:table/own]",
    }
    assert any(one.path.startswith("Own/Machine/Role") and one.is_ours for one in found)


def test_a_star_beside_what_cdk_logs_and_traces_with_is_the_users(found: list[Found]) -> None:
    assert ("IAM5[Resource::*]", "Role/DefaultPolicy/Resource") in left(found, "Own/Traced")


def test_a_statement_in_cdks_policy_of_a_distributed_map_is_the_users(found: list[Found]) -> None:
    rules = {rule for rule, path in left(found, "Own/Traced") if path == "DistributedMapPolicy/Resource"}

    assert {"IAM5[Resource::*]", "IAM5[Action::states:*]", "IAMNoInlinePolicy"} <= rules


def test_a_state_with_a_tasks_name_is_the_users(found: list[Found]) -> None:
    rules = {rule for rule, _ in left(found, "Own/Named") if rule.startswith("IAM5")}

    assert len(rules) == 1
    assert "training-job/task-*" in rules.pop()


def test_a_rule_of_a_users_group_is_the_users(found: list[Found]) -> None:
    paths = {path for rule, path in left(found, "Own/Group") if rule == "EC2RestrictedCommonPorts"}
    ours = {one.path for one in found if one.path.startswith("Own/Group/") and one.is_ours}

    assert [path.endswith(":mine") for path in paths] == [True]
    assert {path.rpartition(":")[2] for path in ours} == {"ALL TRAFFIC"}


def test_a_users_function_bucket_and_key_are_the_users(found: list[Found]) -> None:
    rules = left(found, "Own")

    assert {("LambdaDLQ", "Function/Resource"), ("LambdaInsideVPC", "Function/Resource")} <= rules
    assert {("S1", "Bucket/Resource"), ("S3BucketLoggingEnabled", "Bucket/Resource")} <= rules
    assert ("S10", "Bucket/Resource") in rules


def test_nothing_of_ours_is_left_in_a_stage_a_nested_stack_and_across_stacks(found: list[Found]) -> None:
    rules = left(found, "Stage")

    machine = "Jobs/Nested/Machine"
    assert all(path.startswith(machine) for _, path in rules), rules
    assert {rule for rule, _ in rules} == {
        "SF1",
        "SF2",
        "IAMNoInlinePolicy",
        "StepFunctionStateMachineXray",
    }
    ours = [one for one in found if one.path.startswith("Stage/") and one.is_ours]
    assert any(one.path.startswith(f"Stage/{machine}") for one in ours)
    assert any("Stage-Platform:ExportsOutput" in one.rule for one in ours)


def test_what_is_allowed_to_an_imported_role_is_acknowledged(found: list[Found]) -> None:
    ours = [one for one in found if one.path.startswith("Given/Job/") and one.is_ours]

    assert any("log-stream:*" in one.rule for one in ours)
    assert {path.partition("/")[0] for _, path in left(found, "Given")} == {"Own"}


def test_what_a_user_allows_an_imported_role_is_the_users(found: list[Found]) -> None:
    assert "IAMNoInlinePolicy" in {rule for rule, _ in left(found, "Given/Own")}


def test_a_manifest_says_nothing_of_it(folder: Path, found: list[Found]) -> None:
    assert any(one.is_ours for one in found)
    texts = [file.read_text() for file in folder.rglob("*.json") if file.name != "validation-report.json"]

    assert any("aws:cdk:acknowledged-rules" in text for text in texts)  # CDK's own
    assert [text for text in texts if "AwsSolutions" in text or "HIPAA" in text] == []


def test_what_is_allowed_for_two_reasons_is_acknowledged_together() -> None:
    """As of two machines that have one role."""
    rights = [
        Permission(f"for {action}", (action,), ("*",)) for action in ("ec2:DescribeVpcs", "xray:PutTraces")
    ]
    statements = [right.to_statement() for right in rights]
    policy = iam.ManagedPolicy(cdk.Stack(cdk.App(), "Stack"), "Policy", statements=statements)

    ((_, rules),) = in_policies([Granted(policy, [right]) for right in rights])

    assert "ec2:DescribeVpcs" in rules["IAM5[Resource::*]"]
    assert "xray:PutTraces" in rules["IAM5[Resource::*]"]


def test_a_test_of_one_stack_finds_nothing_either(tmp_path: Path) -> None:
    app = new_app(str(tmp_path / "cdk.out"), packs_first=False)
    stack = cdk.Stack(app, "Stack")
    platform = TrainingPlatform(stack, "Platform", use_vpc=False)
    # One statement of its policy comes to nothing.
    SweepReducer.of(stack, platform)
    add_packs(app)
    Template.from_stack(stack)
    known = _acknowledged(app)

    Template.from_stack(stack)

    # The metadata is there once, however often templates are made.
    assert len(known) == 3
    assert _acknowledged(app) == known


def test_whoever_has_no_cdk_nag_pays_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "cdk_nag")
    app = new_app(str(tmp_path / "cdk.out"), packs_first=False)
    TrainingPlatform(cdk.Stack(app, "Stack"), "Platform", use_vpc=False)

    app.synth()

    assert _acknowledged(app) == []


def _acknowledged(app: cdk.App) -> list[str]:
    every = [entry for node in app.node.find_all() for entry in node.node.metadata]
    return [entry.type for entry in every if entry.type == "aws:cdk:acknowledged-rules"]
