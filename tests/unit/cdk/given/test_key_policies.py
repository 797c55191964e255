"""Keys of the app's: jobs may use them whatever their policies said before, and nobody else for that."""

from __future__ import annotations

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Template

from constructs_lib import Channel, Checkpoint, Output, TrainingJob, TrainingJobTask, TrainingPlatform
from tests.unit.cdk.access.account import Account
from tests.unit.cdk.access.physical import ACCOUNT
from tests.unit.cdk.access.simulator import Simulator
from tests.unit.cdk.given.made import SPEC

LOGS = "EncryptLogGroups"
EXTENDED = {"UseByRolesThatIamAllows", "EncryptVolumesByRolesThatIamAllows"}
USES = ("Platform", "Results", "Volume", "Input", "Kept")


def closed(stack: cdk.Stack, id: str) -> kms.Key:
    """A key that one administrator alone may do anything with."""
    role = iam.ArnPrincipal(f"arn:aws:iam::{ACCOUNT}:role/admin")
    admin = iam.PolicyStatement(principals=[role], actions=["kms:*"], resources=["*"])
    return kms.Key(stack, id, policy=iam.PolicyDocument(statements=[admin]))


@pytest.fixture(scope="module")
def made() -> tuple[cdk.App, cdk.Stack]:
    """Jobs that use a closed key for each thing that keys are for; beside it one key that nothing uses."""
    app = cdk.App()
    keys, stack = cdk.Stack(app, "Keys"), cdk.Stack(app, "Stack")
    key = {use: closed(keys, use) for use in (*USES, "Unused")}
    bucket = {use: s3.Bucket(stack, f"{use}Bucket", encryption_key=key[use]) for use in ("Input", "Kept")}
    platform = TrainingPlatform(stack, "Platform", use_vpc=False, encryption_key=key["Platform"])
    spec = SPEC.replace(
        channels=[Channel.from_bucket("train", bucket["Input"], "data/")],
        checkpoint=Checkpoint(bucket=bucket["Kept"]),
        output=Output(encryption_key=key["Results"]),
        volume_encryption_key=key["Volume"],
    )
    TrainingJob(stack, "Job", spec=spec, platform=platform)
    TrainingJob(stack, "Plain", spec=SPEC, platform=platform)
    TrainingJobTask(stack, "Task", spec=spec, platform=platform)
    open_ = kms.Key(stack, "Open")
    TrainingPlatform(stack, "OpenPlatform", use_vpc=False, encryption_key=open_)
    TrainingPlatform(stack, "Again", use_vpc=False, encryption_key=open_)
    return app, stack


@pytest.fixture(scope="module")
def account(made: tuple[cdk.App, cdk.Stack], simulator: Simulator) -> Account:
    return Account.of(made[0], simulator)


def sids(account: Account, key: str) -> list[str]:
    keys = account.resources("AWS::KMS::Key")
    (policy,) = (one["Properties"]["KeyPolicy"] for _, name, one in keys if name.startswith(key))
    return [statement["Sid"] for statement in policy["Statement"] if "Sid" in statement]


@pytest.mark.parametrize(
    ("key", "action", "context"),
    [
        ("Results", "kms:GenerateDataKey", {}),
        ("Results", "kms:Encrypt", {}),
        ("Input", "kms:Decrypt", {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}),
        ("Kept", "kms:GenerateDataKey", {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}),
        ("Volume", "kms:CreateGrant", {"kms:GrantIsForAWSResource": "true"}),
        ("Volume", "kms:GenerateDataKeyWithoutPlaintext", {}),
    ],
)
@pytest.mark.parametrize("runner", ["JobRole", "TaskRole"])
def test_a_closed_key_admits_the_jobs(
    account: Account, runner: str, key: str, action: str, context: dict[str, str]
) -> None:
    role = account.role(runner)
    allowed = {"aws:PrincipalArn": role, **context}

    assert account.allows(role, action, account.arn("AWS::KMS::Key", key), allowed)
    assert not account.allows(role, action, account.arn("AWS::KMS::Key", "Unused"), allowed)
    # A user, or the account's root, is still not admitted.
    user = {**allowed, "aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:user/somebody"}
    assert not account.allows(role, action, account.arn("AWS::KMS::Key", key), user)


def test_a_grant_is_for_a_volume_only(account: Account) -> None:
    role, key = account.role("JobRole"), account.arn("AWS::KMS::Key", "Volume")

    assert not account.allows(
        role, "kms:CreateGrant", key, {"aws:PrincipalArn": role, "kms:GrantIsForAWSResource": "false"}
    )


def test_the_key_itself_grants_volumes_only(account: Account) -> None:
    keys = account.resources("AWS::KMS::Key")
    (policy,) = (one["Properties"]["KeyPolicy"] for _, name, one in keys if name.startswith("Volume"))
    (grants,) = (one for one in policy["Statement"] if one["Action"] == "kms:CreateGrant")

    # Whatever else the account's roles may be allowed by policies of their own.
    assert grants["Condition"]["Bool"] == {"kms:GrantIsForAWSResource": "true"}
    assert "aws:PrincipalArn" in grants["Condition"]["ArnLike"]


def test_a_key_policy_is_extended_once_and_where_it_is_needed(account: Account) -> None:
    for use in USES:
        assert sorted(set(sids(account, use)) & EXTENDED) == sorted(EXTENDED)
        assert len(sids(account, use)) == len(set(sids(account, use)))
    assert sids(account, "Unused") == []
    # CDK's default policy leaves the key to the account's IAM, and no log group has it.
    assert sids(account, "Open") == []


def test_no_key_policy_names_a_role_of_the_jobs(account: Account) -> None:
    for _, name, key in account.resources("AWS::KMS::Key"):
        text = str(key["Properties"]["KeyPolicy"])
        assert "Fn::GetAtt" not in text, name
        assert "Fn::ImportValue" not in text, name


def test_log_groups_have_the_given_key(account: Account) -> None:
    groups = [one["Properties"] for _, _, one in account.resources("AWS::Logs::LogGroup")]

    assert groups
    assert all("KmsKeyId" in group for group in groups)
    assert LOGS in sids(account, "Platform")


def test_an_imported_key_is_left_alone() -> None:
    stack = cdk.Stack()
    arn = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    key = kms.Key.from_key_arn(stack, "Key", arn)
    platform = TrainingPlatform(stack, "Platform", use_vpc=False, encryption_key=key)
    TrainingJob(stack, "Job", spec=SPEC, platform=platform)
    template = Template.from_stack(stack)

    template.resource_count_is("AWS::KMS::Key", 0)
    template.resource_count_is("AWS::KMS::Alias", 0)
    # Whether its policy admits CloudWatch Logs cannot be seen.
    groups = template.find_resources("AWS::Logs::LogGroup").values()
    assert groups
    assert not any("KmsKeyId" in group["Properties"] for group in groups)


@pytest.mark.parametrize(
    ("principal", "condition", "added"),
    [
        ("arn:aws:iam::123456789012:root", None, False),
        ("123456789012", None, False),
        ("arn:aws:iam::210987654321:root", None, True),
        ("arn:aws:iam::123456789012:root", {"Bool": {"aws:MultiFactorAuthPresent": "true"}}, True),
        ("arn:aws:iam::123456789012:role/admin", None, True),
    ],
)
def test_what_leaves_a_key_to_iam(principal: str, condition: dict[str, object] | None, added: bool) -> None:
    stack = cdk.Stack(env=cdk.Environment(account=ACCOUNT, region="eu-west-1"))
    statement = iam.PolicyStatement(
        principals=[iam.ArnPrincipal(principal)], actions=["kms:*"], resources=["*"], conditions=condition
    )
    key = kms.Key(stack, "Key", policy=iam.PolicyDocument(statements=[statement]))
    TrainingPlatform(stack, "Platform", use_vpc=False, encryption_key=key)
    policy = stack.resolve(key.node.default_child.key_policy)  # type: ignore[union-attr]

    found = {one.get("Sid") for one in policy["Statement"]}
    assert (found >= EXTENDED) is added
