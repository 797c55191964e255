"""Roles that users give to a runner: added to where they can be changed, listed where they cannot."""

from __future__ import annotations

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam

from constructs_lib import TrainingJob, TrainingPlatform, TrainingRole
from tests.unit.cdk.access.account import Account
from tests.unit.cdk.access.simulator import Simulator
from tests.unit.cdk.given.made import HERE, RUNNERS, SAGEMAKER, SPEC, isolated
from tests.unit.cdk.reports import Entry, report

RULE = "role-cannot-be-extended"
THEIRS = "arn:aws:iam::210987654321:role/theirs"
OURS = "arn:aws:iam::123456789012:role/ours"


@pytest.fixture(scope="module")
def unchangeable() -> tuple[dict[str, list[Entry]], dict[str, TrainingJob]]:
    """Every runner with every kind of role that cannot be changed: what is reported, by construct."""
    app = cdk.App()
    stack = cdk.Stack(app, "Stack", env=HERE)
    platform = TrainingPlatform(stack, "Platform")
    own = iam.Role(stack, "Own", assumed_by=SAGEMAKER)
    roles = {
        "Imported": iam.Role.from_role_arn(stack, "Imported", OURS, mutable=False),
        "Wrapped": own.without_policy_updates(),
        "Foreign": iam.Role.from_role_arn(stack, "Foreign", THEIRS),
    }
    made = {
        f"{kind}{name}": run(stack, f"{kind}{name}", spec=SPEC, platform=platform, role=role)
        for kind, run in RUNNERS.items()
        for name, role in roles.items()
    }
    entries: dict[str, list[Entry]] = {}
    for entry in report(app).entries:
        entries.setdefault(entry.construct.split("/")[1], []).append(entry)
    return entries, {key: made[key] for key in made if key.startswith("Job")}


@pytest.mark.parametrize("name", ["Imported", "Wrapped", "Foreign"])
@pytest.mark.parametrize("kind", RUNNERS)
def test_every_runner_lists_what_is_missing(
    unchangeable: tuple[dict[str, list[Entry]], object], kind: str, name: str
) -> None:
    entries, _ = unchangeable
    (entry,) = (one for one in entries[f"{kind}{name}"] if one.rule == RULE)

    assert entry.severity == "warning"
    lines = entry.text.split("\n- ")
    assert lines[0].strip().endswith("it must allow by itself:")
    assert "Token[" not in entry.text
    # Of the resources too, with what is known of them.
    assert any(
        line.startswith("s3:AbortMultipartUpload, s3:GetObject, s3:PutObject (OutputDataConfig.S3OutputPath")
        and "on arn:aws:s3:::${PlatformBucket" in line
        for line in lines
    )
    assert any(line.startswith("kms:CreateGrant") and '"kms:GrantIsForAWSResource"' in line for line in lines)


def test_the_list_is_complete(
    unchangeable: tuple[dict[str, list[Entry]], dict[str, TrainingJob]],
) -> None:
    entries, jobs = unchangeable
    for name, job in jobs.items():
        (entry,) = (one for one in entries[name] if one.rule == RULE)
        lines = entry.text.split("\n- ")[1:]
        permissions = job.explain_permissions()
        assert len(lines) == len(permissions)
        for line, permission in zip(lines, permissions, strict=True):
            assert line.startswith(f"{', '.join(permission.actions)} ({permission.reason}) on ")
            assert line.count("arn:") + line.count("${") + line.count("on *") >= len(permission.resources)


@pytest.fixture(scope="module")
def account(simulator: Simulator) -> Account:
    """A stack whose runners have roles of the app's, one of them in another stack."""
    app = cdk.App()
    roles, stack = cdk.Stack(app, "Roles"), cdk.Stack(app, "Stack")
    platform = isolated(stack)
    for name, role in {
        "Near": iam.Role(stack, "NearRole", assumed_by=SAGEMAKER),
        "Far": iam.Role(roles, "FarRole", assumed_by=SAGEMAKER),
        "Fitting": TrainingRole(stack, "FittingRole", spec=SPEC, platform=platform),
        "Other": TrainingRole(
            stack, "OtherRole", spec=SPEC.replace(instance_type="ml.g5.xlarge"), platform=platform
        ),
    }.items():
        TrainingJob(stack, name, spec=SPEC, platform=platform, role=role)
    ours = iam.Role.from_role_arn(stack, "Ours", OURS)
    TrainingJob(stack, "Imported", spec=SPEC, platform=platform, role=ours)
    entries = report(app).entries
    assert RULE not in {entry.rule for entry in entries}
    return Account.of(app, simulator)


def job_name(account: Account, name: str) -> str:
    """A name that the runtime makes for a job."""
    (names,) = (
        stack.of(one["Properties"]["JobName"])
        for stack, _, one in account.resources("Custom::SageMakerTrainingJob")
        if one["Properties"]["JobName"]["Prefix"] == name.lower()
    )
    return f"{names['Prefix']}-{names['Owner']}-0123456789abcdef"


@pytest.mark.parametrize("name", ["Near", "Far", "Fitting", "Other"])
def test_a_role_of_the_apps_is_added_to(account: Account, name: str) -> None:
    role, bucket = account.role(f"{name}Role"), account.arn("AWS::S3::Bucket")
    key, job = account.arn("AWS::KMS::Key"), job_name(account, name)

    assert account.allows(role, "s3:PutObject", f"{bucket}/training/output/{job}/output/model.tar.gz")
    assert account.allows(role, "kms:CreateGrant", key, {"kms:GrantIsForAWSResource": "true"})
    assert not account.allows(role, "s3:PutObject", f"{bucket}/other/model.tar.gz")
    assert not account.allows(role, "s3:DeleteObject", f"{bucket}/training/output/{job}/output/model.tar.gz")


def test_what_a_training_role_is_allowed_is_not_written_again(account: Account) -> None:
    policies = {name: one for _, name, one in account.resources("AWS::IAM::ManagedPolicy")}

    assert [name for name in policies if name.startswith("FittingPolicy")] == []
    # Its own spec's instances have no volume, so this is what the job needs beside it.
    (further,) = (one for name, one in policies.items() if name.startswith("OtherPolicy"))
    assert {
        action
        for statement in further["Properties"]["PolicyDocument"]["Statement"]
        for action in ([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])
    } == {"kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKeyWithoutPlaintext"}


def test_an_imported_role_of_this_account_gets_a_managed_policy(account: Account) -> None:
    (policy,) = (
        one["Properties"]
        for _, name, one in account.resources("AWS::IAM::ManagedPolicy")
        if "ours" in one["Properties"].get("Roles", ())
    )
    assert "s3:PutObject" in str(policy["PolicyDocument"])
    assert not [
        one for one in account.resources("AWS::IAM::Policy") if "ours" in one[2]["Properties"]["Roles"]
    ]
