"""What an app of every runner allows, and why: nothing is lost, nothing is without a reason of ours."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from constructs_lib.cli import main

from .explain_app import synthesize

GOLDEN = Path(__file__).parent / "golden"
Json = dict[str, Any]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return synthesize(tmp_path_factory.mktemp("explain") / "cdk.out")


@pytest.fixture
def explained(folder: Path, capsys: pytest.CaptureFixture[str]) -> Json:
    capsys.readouterr()  # what synthesis has said
    assert main(["explain", str(folder), "--all", "--format", "json"]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    found: Json = json.loads(captured.out)
    return found


def holder(explained: Json, path: str, stack: str | None = None) -> Json:
    found = [one for one in explained["holders"] if one["path"] == path]
    (one,) = [one for one in found if stack in (None, one["stack"])]
    return dict(one)


def reasons(one: Json) -> set[tuple[str, str]]:
    return {
        (asked["construct"], asked["reason"])
        for permission in one["permissions"]
        for asked in permission["reasons"]
    }


def own(one: Json) -> list[tuple[list[str], list[str]]]:
    """What nothing was noted for."""
    return [(row["actions"], row["resources"]) for row in one["permissions"] if not row["reasons"]]


def test_every_permission_has_a_reason_but_the_apps_own(explained: Json) -> None:
    left = {one["path"]: own(one) for one in explained["holders"] if own(one)}
    left = {path: rows for path, rows in left.items() if not path.startswith("Prod/")}
    assert left == {
        "Jobs/Train/Role": [(["s3:GetObject"], ["arn:aws:s3:::mine/*"])],
        "Jobs/Other": [(["s3:ListAllMyBuckets"], ["*"])],
        "Workflows/Waits/Role": [(["sns:Publish"], ["*"])],
    }


def test_what_the_app_opens_is_the_apps_however_much_like_ours_it_reads(explained: Json) -> None:
    found = [one for one in explained["holders"] if one["path"].startswith("Prod/") and own(one)]
    opened = {
        one["path"]: sorted(
            {who for row in one["permissions"] if not row["reasons"] for who in row["principals"]}
        )
        for one in found
    }
    foreign = "arn:${AWS::Partition}:iam::999999999999:root"
    root = "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"
    assert opened == {
        "Prod/Jobs/Platform/Key": ["anybody", foreign],
        "Prod/Jobs/Platform/Bucket/Policy": ["anybody"],
        "Prod/Jobs/TrainingJobRuntime/Front/Anybody": ["anybody"],
        "Prod/Jobs/TrainingJobRuntime/Front/AnyRule": ["events.amazonaws.com"],
        "Prod/Jobs/Own": ["anybody", root],
    }
    key = holder(explained, "Prod/Jobs/Platform/Key")["permissions"]
    assert [row["principals"] for row in key if row["reasons"]] == [
        [root],
        ["logs.${AWS::Region}.${AWS::URLSuffix}"],
    ]
    bucket = holder(explained, "Prod/Jobs/Platform/Bucket/Policy")["permissions"]
    assert {row["effect"]: bool(row["reasons"]) for row in bucket} == {"Deny": True, "Allow": False}


def policies(folder: Path) -> list[tuple[str, Json]]:
    """The statements of all policies and their templates, read from the files alone."""
    found = []
    for file in sorted(folder.rglob("*.template.json")):
        for resource in json.loads(file.read_text())["Resources"].values():
            properties = resource.get("Properties", {})
            documents = [properties.get(name) for name in ("PolicyDocument", "KeyPolicy")]
            found += [(file.name, one) for document in documents if document for one in document["Statement"]]
    return found


def test_no_action_of_any_policy_is_lost(folder: Path, explained: Json) -> None:
    shown = {
        action for one in explained["holders"] for row in one["permissions"] for action in row["actions"]
    }
    written = [
        action
        for _, statement in policies(folder)
        for action in (
            statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        )
    ]
    assert len(written) > 200
    assert set(written) <= shown


def test_a_statement_that_jobs_share_has_the_reasons_of_each(explained: Json) -> None:
    shared = reasons(holder(explained, "Jobs/Shared"))
    assert ("Jobs/First", "InputDataConfig[0] (train): read") in shared
    assert ("Jobs/Second", "InputDataConfig[0] (train): read") in shared
    assert ("Jobs/Second", "InputDataConfig[1] (test): read") in shared
    assert ("Jobs/First", "InputDataConfig[1] (test): read") not in shared
    # the role's own spec asks too, and it is nobody else's
    assert ("Jobs/Shared", "InputDataConfig[0] (train): read") in shared


def test_an_imported_role_is_known_by_its_name(explained: Json) -> None:
    found = holder(explained, "Outside")
    assert (found["stack"], found["purposes"]) == (None, ["execution role"])
    assert {by for by, _ in reasons(found)} == {"Jobs/Third"}
    assert own(found) == []


def test_a_machines_role_is_allowed_what_its_own_tasks_need(explained: Json) -> None:
    for path, task in (("Workflows/Waits/Role", "Workflows/Wait"), ("Workflows/Asks/Role", "Workflows/Ask")):
        found = holder(explained, path)
        assert {by for by, _ in reasons(found)} == {task}
        assert found["purposes"] == ["state machine"]
    assert {by for by, _ in reasons(holder(explained, "Workflows/Sweeps/Role"))} == {
        "Workflows/Sweep",
        "Workflows/Sweep/Map",
        "Workflows/Sweep/Point",
    }


def test_trust_and_purpose_of_each_kind_of_role(explained: Json) -> None:
    expected = {
        "Jobs/Train/Role": ("execution role", "sagemaker.amazonaws.com"),
        "Jobs/TrainingJobRuntime/FrontRole": ("function at deployment", "lambda.amazonaws.com"),
        "Jobs/TrainingJobRuntime/StateMachineRole": (
            "state machine at deployment",
            "states.amazonaws.com",
        ),
        "Workflows/Nightly/SchedulerRole": ("scheduler", "scheduler.amazonaws.com"),
        "Workflows/Nightly/StateMachine/Role": ("state machine", "states.amazonaws.com"),
        "Workflows/TrainingSweepReducer/Role": ("function of sweeps", "lambda.amazonaws.com"),
    }
    for path, (purpose, service) in expected.items():
        found = holder(explained, path)
        assert found["purposes"] == [purpose]
        assert [one["principals"] for one in found["trust"]] == [[service]]
    trust = holder(explained, "Jobs/Train/Role")["trust"][0]["conditions"]
    assert trust["StringEquals"] == {"aws:SourceAccount": ["${AWS::AccountId}"]}


def test_references_to_other_stacks_are_names_of_what_they_refer_to(explained: Json) -> None:
    for path in ("Jobs/Train/Role", "Jobs/Nested/Inner/Role"):
        rows = holder(explained, path)["permissions"]
        keys = {
            text for row in rows for text in row["resources"] if row["actions"][0].startswith("kms:Decrypt")
        }
        (key,) = keys
        assert key.startswith("${Shared/PlatformKey")
        assert key.endswith(".Arn}")


def test_resource_policies_are_listed_with_who_may(explained: Json) -> None:
    key = holder(explained, "Shared/Platform/Key")
    assert key["permissions"][0]["principals"] == ["arn:${AWS::Partition}:iam::${AWS::AccountId}:root"]
    kinds = {one["kind"] for one in explained["holders"] if one["path"].startswith("Shared/Platform/")}
    assert kinds == {"AWS::KMS::Key", "AWS::S3::BucketPolicy", "AWS::EC2::VPCEndpoint"}
    bucket = holder(explained, "Shared/Platform/Bucket/Policy")
    assert {row["effect"] for row in bucket["permissions"]} == {"Deny"}
    assert own(bucket) == []


def test_stages_and_nested_stacks_are_read_too(explained: Json) -> None:
    inner = holder(explained, "Jobs/Nested/Inner/Role")
    assert inner["stack"].startswith("Jobs/Nested")
    assert {by for by, _ in reasons(inner)} == {"Jobs/Nested/Inner"}
    staged = holder(explained, "Prod/Jobs/Train/Role")
    assert {by for by, _ in reasons(staged)} == {"Prod/Jobs/Train"}


def test_the_record_is_in_no_template(folder: Path) -> None:
    for file in folder.rglob("*.template.json"):
        assert "InputDataConfig[0] (train): read" not in file.read_text()


def test_the_table_of_a_job(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    assert main(["explain", str(folder), "--role", "Outside"]) == 0
    assert capsys.readouterr().out == (GOLDEN / "explain.txt").read_text()


def test_only_what_a_construct_asked_for(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", str(folder), "--construct", "Jobs/Second", "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)["holders"]
    assert {one["path"] for one in found} == {"Jobs/Shared"}
    for row in found[0]["permissions"]:
        assert "Jobs/Second" in {asked["construct"] for asked in row["reasons"]}


def test_what_has_nothing_of_the_library_is_told_of_only(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["explain", str(folder)]) == 0
    out = capsys.readouterr().out
    assert "Jobs/Other" not in out
    assert "4 other roles or policies with nothing of constructs-lib not shown: see --all" in out


def test_a_filter_that_fits_nothing_is_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()  # what synthesis has said
    assert main(["explain", str(folder), "--role", "Nobody"]) == 2
    assert capsys.readouterr().err == (
        f"constructs-lib: {folder}: nothing in it is as asked for (--role Nobody); "
        "leave the option out to see all\n"
    )
