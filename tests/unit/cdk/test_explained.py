"""The record beside the templates: one entry a stack, each permission and each token in it once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct, Node

from constructs_lib.cdk.explained import (
    METADATA_KEY,
    ResourcePermission,
    explain_machine,
    explain_resource,
    explain_role,
)
from constructs_lib.cdk.lazy import late_list
from constructs_lib.cdk.permissions import Permission
from constructs_lib.cli.explain import records

Json = dict[str, Any]
JOBS = 20


def note(stack: cdk.Stack) -> None:
    """What twenty jobs of one role and one bucket note."""
    role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("sagemaker.amazonaws.com"))
    arn = s3.Bucket(stack, "Bucket").bucket_arn
    for number in range(JOBS):
        job = Construct(stack, f"Job{number}")
        reading = Permission("read", ("s3:GetObject",), (f"{arn}/train/*",))
        region = Permission("ask", ("ec2:DescribeVpcs",), (f"arn:{cdk.Aws.PARTITION}:ec2:{cdk.Aws.REGION}",))
        explain_role(job, role, [reading, region], "execution role")
        explain_role(job, role, [reading], "execution role")
    grown: list[str] = []
    explain_machine(stack, [Permission("pass", ("iam:PassRole",), (*late_list(grown),))], "Train")
    grown += ["arn:one", role.role_arn]  # as they are when the template is written
    explain_resource(stack, [ResourcePermission("because", ("kms:*",), (), effect="Deny", sid="Sid")])


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Json]]:
    folder = tmp_path_factory.mktemp("synth") / "cdk.out"
    app = cdk.App(outdir=str(folder))
    stack = cdk.Stack(app, "Stack")
    note(stack)
    note(cdk.NestedStack(stack, "Nested"))
    return entries(app, folder)


def entries(app: cdk.App, folder: Path) -> dict[str, list[Json]]:
    """The records in what the app writes, by the path of their stack."""
    app.synth()
    manifest = json.loads((folder / "manifest.json").read_text())["artifacts"]["Stack"]
    more = manifest.get("additionalMetadataFile")
    metadata = {**manifest.get("metadata", {}), **(json.loads((folder / more).read_text()) if more else {})}
    return {
        path: [entry["data"] for entry in listed if entry["type"] == METADATA_KEY]
        for path, listed in metadata.items()
        if any(entry["type"] == METADATA_KEY for entry in listed)
    }


@pytest.fixture
def record(written: dict[str, list[Json]]) -> Json:
    assert [*written] == ["/Stack", "/Stack/Nested"]
    (found,) = written["/Stack"]
    return found


def test_a_stack_has_one_entry_in_which_equal_permissions_are_one(record: Json) -> None:
    assert [found["reason"] for found in record["permissions"]] == ["read", "ask", "pass", "because"]
    asked = record["asked"]
    assert [one["by"] for one in asked[:JOBS]] == [f"Stack/Job{number}" for number in range(JOBS)]
    assert [one["permissions"] for one in asked] == [*[[0, 1]] * JOBS, [2], [3]]


def test_tokens_are_resolved_once_and_pseudo_parameters_not_at_all(record: Json) -> None:
    assert len(record["tokens"]) == 3  # the role, the bucket, the list
    assert record["permissions"][1]["resources"] == "arn:${AWS::Partition}:ec2:${AWS::Region}"
    kinds = [next(iter(found)) for found in record["tokens"] if isinstance(found, dict)]
    assert kinds == ["Fn::GetAtt", "Fn::GetAtt"]


def test_a_list_that_grows_is_as_long_as_when_the_template_is_written(record: Json) -> None:
    (grown,) = [found for found in record["tokens"] if isinstance(found, list)]
    assert grown[0] == "arn:one"
    assert len(grown) == 2


def test_a_nested_stack_sees_its_own_resources(written: dict[str, list[Json]], record: Json) -> None:
    (nested,) = written["/Stack/Nested"]
    for found in (nested, record):
        bucket, role = sorted(one["Fn::GetAtt"][0] for one in found["tokens"] if isinstance(one, dict))
        assert bucket.startswith("Bucket")
        assert role.startswith("Role")


def test_what_a_state_and_a_resource_note(record: Json) -> None:
    machine, resource = record["asked"][-2:]
    assert (machine["state"], machine["purpose"]) == ("Train", "state machine")
    assert resource["below"] == "Stack"
    written = {"effect": "Deny", "principals": "*", "sid": "Sid", "actions": "kms:*", "reason": "because"}
    assert record["permissions"][3] == written


def test_a_hundred_permissions_are_one_call_into_cdk(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[object] = []
    original = Node.add_metadata

    def counted(node: Node, key: str, *given: Any, **more: Any) -> None:
        calls.append(key)
        original(node, key, *given, **more)

    monkeypatch.setattr(Node, "add_metadata", counted)
    stack = cdk.Stack(cdk.App(), "Stack")
    note(stack)
    assert calls == [METADATA_KEY]


def test_the_command_knows_the_key_and_the_form() -> None:
    from constructs_lib.cdk import explained

    assert (records.METADATA_KEY, records.VERSION) == (explained.METADATA_KEY, explained.VERSION)
