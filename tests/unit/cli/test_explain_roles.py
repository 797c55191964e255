"""Whose a statement is: roles by ARN or name, in several accounts and stages, and where policies are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from constructs_lib.cli import main

from .cli_helpers import write
from .explain_folders import BUCKET, KEY, ROLE, allow, assembly, printed, record, role

Capture = pytest.CaptureFixture[str]
Json = dict[str, Any]
REASON = "InputDataConfig[0] (train): read"
READ = {"reason": REASON, "actions": "s3:GetObject", "resources": "*"}
STATEMENT = allow("s3:GetObject", "*")


def attached(role_name: object) -> Json:
    """A template that only gives a role of elsewhere a policy."""
    policy = {"Roles": [role_name], "PolicyDocument": {"Statement": [STATEMENT]}}
    return {"Resources": {"Policy": {"Type": "AWS::IAM::Policy", "Properties": policy}}}


def stacks(folder: Path, *given: tuple[str, str, str, Json, object]) -> str:
    """An assembly of stacks: display name, environment, name when deployed, template and record."""
    artifacts = {}
    for shown, environment, name, template, noted in given:
        file = f"{shown.replace('/', '')}.template.json"
        artifacts[shown.replace("/", "")] = {
            "type": "aws:cloudformation:stack",
            "displayName": shown,
            "environment": environment,
            "properties": {"templateFile": file, "stackName": name},
            "metadata": {f"/{shown}": [{"type": KEY, "data": noted}]} if noted else {},
        }
        write(folder / file, template)
    write(folder / "manifest.json", {"version": "1", "artifacts": artifacts})
    return str(folder)


def explained(capsys: Capture, folder: str) -> list[tuple[str | None, str, list[set[str]]]]:
    """Stack, path and the reasons of each row, of every holder."""
    assert main(["explain", folder, "--all", "--format", "json"]) == 0
    return [
        (one["stack"], one["path"], [{asked["reason"] for asked in row["reasons"]} for row in rows])
        for one in printed(capsys.readouterr().out)["holders"]
        for rows in [one["permissions"]]
    ]


def of_account(account: str) -> tuple[str, str, str, Json, object]:
    noted = record({**READ, "reason": account}, role=f"arn:aws:iam::{account}:role/training")
    return f"In{account}", f"aws://{account}/eu-west-1", account, attached("training"), noted


@pytest.mark.parametrize("known", [True, False])
def test_roles_of_two_accounts_with_one_name_are_two(tmp_path: Path, capsys: Capture, known: bool) -> None:
    given = [of_account("111111111111"), of_account("222222222222")]
    if not known:
        nowhere = "aws://unknown-account/unknown-region"
        given = [(shown, nowhere, name, body, noted) for shown, _, name, body, noted in given]
    assert explained(capsys, stacks(tmp_path, *given)) == [
        (None, f"training of account {account}", [{account}]) for account in ("111111111111", "222222222222")
    ]


@pytest.mark.parametrize("arn", [{"Ref": "RoleArn"}, {"Fn::ImportValue": "the-role"}])
def test_a_role_whose_arn_is_a_token_is_known_by_cdks_name_for_it(
    tmp_path: Path, capsys: Capture, arn: Json
) -> None:
    resource = {"Fn::Select": [5, {"Fn::Split": [":", arn]}]}
    template = attached({"Fn::Select": [1, {"Fn::Split": ["/", resource]}]})
    ((stack, _, reasons),) = explained(capsys, assembly(tmp_path, template, record(READ, role=arn)))
    assert (stack, reasons) == (None, [{REASON}])


def test_a_role_that_is_imported_by_the_name_it_is_made_with_is_one(tmp_path: Path, capsys: Capture) -> None:
    made = role(allow("sns:Publish", "*"), RoleName="training")
    arn = "arn:aws:iam::111111111111:role/training"
    found = explained(
        capsys,
        stacks(
            tmp_path,
            ("Makes", "aws://111111111111/eu-west-1", "makes", made, None),
            ("Other", "aws://222222222222/eu-west-1", "other", made, None),
            ("Uses", "aws://111111111111/eu-west-1", "uses", attached("training"), record(READ, role=arn)),
        ),
    )
    assert found == [("Makes", "Role", [set(), {REASON}]), ("Other", "Role", [set()])]


@pytest.mark.parametrize("reference", ["Fn::ImportValue", "Fn::GetStackOutput"])
def test_stages_whose_stacks_have_one_name_are_kept_apart(
    tmp_path: Path, capsys: Capture, reference: str
) -> None:
    argument = {"StackName": "platform", "OutputName": "Out"}
    value = {reference: "platform:Out" if reference == "Fn::ImportValue" else argument}
    made = role(allow("sns:Publish", "*"))
    made["Outputs"] = {"Out": {"Value": {"Ref": "Role"}, "Export": {"Name": "platform:Out"}}}
    given = []
    for stage, account in (("Prod", "111111111111"), ("Dev", "222222222222")):
        environment = f"aws://{account}/eu-west-1"
        noted = record({**READ, "reason": stage}, role=value)
        given += [
            (f"{stage}/Platform", environment, "platform", made, None),
            (f"{stage}/Jobs", environment, "jobs", attached(value), noted),
        ]
    assert explained(capsys, stacks(tmp_path, *given)) == [
        ("Prod/Platform", "Role", [set(), {"Prod"}]),
        ("Dev/Platform", "Role", [set(), {"Dev"}]),
    ]


def test_stages_of_one_environment_are_told_apart_by_their_folders(tmp_path: Path, capsys: Capture) -> None:
    artifacts = {}
    value = {"Fn::ImportValue": "platform:Out"}
    made = role(allow("sns:Publish", "*"))
    made["Outputs"] = {"Out": {"Value": {"Ref": "Role"}, "Export": {"Name": "platform:Out"}}}
    for stage in ("Prod", "Dev"):
        (tmp_path / stage).mkdir()
        noted = record({**READ, "reason": stage}, role=value)
        environment = "aws://unknown-account/unknown-region"
        stacks(
            tmp_path / stage,
            (f"{stage}/Platform", environment, "platform", made, None),
            (f"{stage}/Jobs", environment, "jobs", attached(value), noted),
        )
        artifacts[stage] = {"type": "cdk:cloud-assembly", "properties": {"directoryName": stage}}
    write(tmp_path / "manifest.json", {"version": "1", "artifacts": artifacts})
    found = explained(capsys, str(tmp_path))
    assert [(stack, reasons) for stack, _, reasons in found] == [
        ("Prod/Platform", [set(), {"Prod"}]),
        ("Dev/Platform", [set(), {"Dev"}]),
    ]


def test_no_statement_of_a_role_is_lost_wherever_it_is(tmp_path: Path, capsys: Capture) -> None:
    def inline(action: str) -> Json:
        return {"PolicyName": "p", "PolicyDocument": {"Statement": [allow(action, "*")]}}

    policies = [{"Fn::If": ["C", inline("sts:AssumeRole"), {"Ref": "AWS::NoValue"}]}]
    template = role(STATEMENT, Policies=policies)
    one = {"RoleName": {"Ref": "Role"}, **inline("iam:*")}
    template["Resources"]["One"] = {"Type": "AWS::IAM::RolePolicy", "Properties": one}
    folder = assembly(tmp_path, template, record(READ))
    assert main(["explain", folder, "--format", "json"]) == 0
    (found,) = printed(capsys.readouterr().out)["holders"]
    assert [row["actions"] for row in found["permissions"]] == [
        ["sts:AssumeRole"],
        ["s3:GetObject"],
        ["iam:*"],
    ]


def test_policies_that_are_resources_of_their_own_are_listed(tmp_path: Path, capsys: Capture) -> None:
    document = {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "x:*", "Resource": "*"}]}
    text = '{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "x:*", "Resource": "*"}}'
    kinds = {
        "AWS::SQS::QueueInlinePolicy": document,
        "AWS::SNS::TopicInlinePolicy": document,
        "AWS::Logs::ResourcePolicy": text,
    }
    template = role(STATEMENT)
    for number, (kind, given) in enumerate(kinds.items()):
        template["Resources"][f"P{number}"] = {"Type": kind, "Properties": {"PolicyDocument": given}}
    assert main(["explain", assembly(tmp_path, template), "--all", "--format", "json"]) == 0
    _, *found = printed(capsys.readouterr().out)["holders"]
    assert [one["kind"] for one in found] == [*kinds]
    assert {row["principals"][0] for one in found for row in one["permissions"]} == {"anybody"}


def test_boundary_and_what_else_is_trusted_are_shown(tmp_path: Path, capsys: Capture) -> None:
    boundary = "arn:aws:iam::aws:policy/PowerUserAccess"
    template = role(allow("s3:GetObject", BUCKET), PermissionsBoundary=boundary)
    trust = template["Resources"]["Role"]["Properties"]["AssumeRolePolicyDocument"]["Statement"][0]
    trust["Action"] = ["sts:AssumeRole", "sts:TagSession"]
    folder = assembly(tmp_path, template, record(READ))
    assert main(["explain", folder, "--all", "--format", "json"]) == 0
    (found,) = printed(capsys.readouterr().out)["holders"]
    assert found["permissions_boundary"] == boundary
    assert main(["explain", folder, "--all"]) == 0
    out = capsys.readouterr().out
    assert f"  allowed no more than: {boundary}\n" in out
    assert "  trusted: sagemaker.amazonaws.com for sts:AssumeRole, sts:TagSession\n" in out


def test_lines_above_tables_are_wrapped_and_others_are_counted_in_words(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    template = role(STATEMENT)
    other = template["Resources"]["Role"]
    template["Resources"] |= {"Second": other, "Third": other}
    noted = record(READ, role=ROLE, by="Main/" + "/".join(["Construct"] * 20))
    assert main(["explain", assembly(tmp_path, template, noted)]) == 0
    out = capsys.readouterr().out
    assert max(map(len, out.splitlines())) <= 100
    assert "2 other roles or policies with nothing of constructs-lib not shown" in out


ROOT = "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"
DECIDE = {"reason": "decide", "actions": "kms:*", "resources": "*", "effect": "Allow", "principals": ROOT}
ENCRYPT = {"reason": "encrypt", "sid": "S", "actions": "kms:Encrypt", "effect": "Allow", "principals": "logs"}


def key_rows(folder: Path, capsys: Capture, *given: Json) -> list[tuple[list[str], list[str]]]:
    """Principals and reasons of each row of a key of account 111111111111 with these statements."""
    key = {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": {"Statement": [*given]}}}
    noted = record(DECIDE, ENCRYPT, below="Main")
    del noted["asked"][0]["role"]
    folder_name = assembly(
        folder, {"Resources": {"Main": key}}, noted, environment="aws://111111111111/eu-west-1"
    )
    assert main(["explain", folder_name, "--all", "--format", "json"]) == 0
    (holder,) = printed(capsys.readouterr().out)["holders"]
    return [(row["principals"], [one["reason"] for one in row["reasons"]]) for row in holder["permissions"]]


def to(principals: object, actions: str = "kms:*", **more: Any) -> Json:
    return {**allow(actions, "*", **more), "Principal": {"AWS": principals}}


def test_our_account_is_known_by_its_number_and_beside_others(tmp_path: Path, capsys: Capture) -> None:
    ours, foreign = (f"arn:${{AWS::Partition}}:iam::{first}11111111111:root" for first in "19")
    merged = to([{"Fn::Sub": ours}, {"Fn::Sub": foreign}, "*"])
    assert key_rows(tmp_path, capsys, merged) == [
        ([ours], ["decide"]),
        ([foreign, "anybody"], []),
    ]


@pytest.mark.parametrize(
    ("given", "reasons"),
    [
        (to("logs", "kms:Encrypt", Sid="S"), ["encrypt"]),
        (to("*", "kms:Encrypt", Sid="S"), []),
        (to("logs", "kms:*", Sid="S"), []),
        ({**to("logs", "kms:Encrypt", Sid="S"), "Effect": "Deny"}, []),
        (to({"Fn::Sub": ROOT}), ["decide"]),
        ({**to({"Fn::Sub": ROOT}), "Effect": "Deny"}, []),
        (to({"Fn::Sub": ROOT}, Condition={"Bool": {"aws:SecureTransport": "true"}}), []),
    ],
)
def test_a_resources_statement_is_ours_as_far_as_it_says_what_we_note(
    tmp_path: Path, capsys: Capture, given: Json, reasons: list[str]
) -> None:
    ((_, found),) = key_rows(tmp_path, capsys, given)
    assert found == reasons


def test_a_call_by_anybody_of_an_organization_is_shown_as_that(tmp_path: Path, capsys: Capture) -> None:
    properties = {"Principal": "*", "Action": "lambda:InvokeFunction", "FunctionName": "f"}
    limits = {"PrincipalOrgID": "o-1", "SourceAccount": "111111111111"}
    call = {"Type": "AWS::Lambda::Permission", "Properties": {**properties, **limits}}
    assert main(["explain", assembly(tmp_path, {"Resources": {"Call": call}}), "--all"]) == 0
    out = capsys.readouterr().out
    for text in ("by anybody", "aws:PrincipalOrgID is o-1", "aws:SourceAccount is 111111111111"):
        assert text in out
