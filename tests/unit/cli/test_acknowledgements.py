from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from constructs_lib.cli import main
from constructs_lib.cli.acknowledgements import Acknowledgement, StackMetadata, suppressed
from constructs_lib.cli.checking import check
from constructs_lib.cli.documents import load

from .cli_helpers import request, write

SHORT = {**request(), "RoleArn": "short"}
NESTED = {"Fn::Join": ["", ["https://s3.", {"Ref": "AWS::URLSuffix"}, "/assets/nested.json"]]}


def logical_id(name: str) -> dict[str, Any]:
    return {"type": "aws:cdk:logicalId", "data": name}


def acknowledged(rule: str, reason: str = "known") -> dict[str, Any]:
    return {"type": "aws:cdk:acknowledged-rules", "data": {rule: reason}}


def job(**members: Any) -> dict[str, Any]:
    return {"Type": "Custom::SageMakerTrainingJob", "Properties": {"Request": {**SHORT, **members}}}


def violation(construct: str, rule: str, path: str, reason: str = "known") -> dict[str, Any]:
    return {
        "ruleName": rule,
        "ruleMetadata": {"path": path},
        "violatingConstructs": [{"constructPath": construct}],
        "reason": reason,
    }


def report(*violations: Any, plugin: str = "ConstructsLib") -> dict[str, Any]:
    return {"pluginReports": [{"pluginName": plugin, "suppressedViolations": list(violations)}]}


def folder(tmp_path: Path, metadata: dict[str, Any], *, inline: bool = False) -> str:
    """A folder of cdk synth: stack Main with a job, and a nested stack with a job of the same logical id."""
    out = tmp_path / "cdk.out"
    main_stack: dict[str, Any] = {
        "type": "aws:cloudformation:stack",
        "properties": {"templateFile": "Main.template.json"},
    }
    main_stack.update({"metadata": metadata} if inline else {"additionalMetadataFile": "Main.metadata.json"})
    assets = {"type": "cdk:asset-manifest", "properties": {"file": "Main.assets.json"}}
    write(out / "manifest.json", {"artifacts": {"Main": main_stack, "Main.assets": assets}})
    if not inline:
        write(out / "Main.metadata.json", metadata)
    nested = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": NESTED}}
    write(out / "Main.template.json", {"Resources": {"Job": job(), "Nested": nested}})
    write(out / "nested.template.json", {"Resources": {"Job": job()}})
    asset = {
        "source": {"path": "nested.template.json"},
        "destinations": {"here": {"objectKey": "assets/nested.json"}},
    }
    write(out / "Main.assets.json", {"files": {"nested": asset}})
    return str(out)


def constructs(**more: Any) -> dict[str, Any]:
    return {
        "/Main/Model/Resource/Default": [logical_id("Job")],
        "/Main/Nest.NestedStack/Nest.NestedStackResource": [logical_id("Nested")],
        "/Main/Nest/Model/Resource/Default": [logical_id("Job")],
        **more,
    }


def short_roles(out: str) -> dict[str, tuple[int, list[str]]]:
    """Per job: how often its role's length is a finding, and the reasons where that was acknowledged."""
    return {
        one.job.where: (
            sum(finding.rule == "model:length" for finding in one.findings),
            [reason for finding, reason in one.acknowledged if finding.rule == "model:length"],
        )
        for one in check(load([out]), None).jobs
    }


@pytest.mark.parametrize("inline", [False, True])
@pytest.mark.parametrize("scope", ["/Main/Model", "/Main/Model/Resource/Default"])
def test_an_acknowledgement_holds_for_the_construct_and_not_for_its_namesake(
    tmp_path: Path, scope: str, inline: bool
) -> None:
    entries = [*constructs().get(scope, []), acknowledged("ConstructsLib::model:length", "a test")]
    out = folder(tmp_path, constructs(**{scope: entries}), inline=inline)
    assert short_roles(out) == {"Main/Job": (0, ["a test"]), "Main/Nested/Job": (1, [])}


def test_an_acknowledgement_in_a_nested_stack_holds_there(tmp_path: Path) -> None:
    out = folder(tmp_path, constructs(**{"/Main/Nest/Model": [acknowledged("ConstructsLib::model:length")]}))
    assert short_roles(out) == {"Main/Job": (1, []), "Main/Nested/Job": (0, ["known"])}


def test_an_acknowledgement_on_a_stack_holds_for_all_below_and_the_nearest_reason_counts(
    tmp_path: Path,
) -> None:
    scopes = {
        "/Main": [acknowledged("ConstructsLib::model:length", "far")],
        "/Main/Model": [acknowledged("ConstructsLib::model:length", "near")],
    }
    out = folder(tmp_path, constructs(**scopes))
    assert short_roles(out) == {"Main/Job": (0, ["near"]), "Main/Nested/Job": (0, ["far"])}


@pytest.mark.parametrize(
    "entry",
    [
        acknowledged("ConstructsLib::model:range"),
        acknowledged("Other::model:length"),
        acknowledged("model:length"),
        {"type": "aws:cdk:acknowledged-rules", "data": ["ConstructsLib::model:length"]},
        {"type": "aws:cdk:acknowledged-rules"},
        {"type": "aws:cdk:warning", "data": {"ConstructsLib::model:length": "known"}},
        "text",
    ],
)
def test_other_entries_acknowledge_nothing(tmp_path: Path, entry: Any) -> None:
    out = folder(tmp_path, constructs(**{"/Main": [entry]}))
    assert short_roles(out) == {"Main/Job": (1, []), "Main/Nested/Job": (1, [])}


def test_the_report_adds_what_was_acknowledged_on_the_app(tmp_path: Path) -> None:
    # given
    out = folder(tmp_path, constructs())
    listed = [
        violation("Main/Model", "model:length", "RoleArn", "of the app"),
        violation("Main/Nest/Model", "model:length", "TrainingJobName"),
    ]
    write(Path(out) / "validation-report.json", report(*listed))
    # when, then
    assert short_roles(out) == {"Main/Job": (0, ["of the app"]), "Main/Nested/Job": (1, [])}


def test_the_report_of_the_app_holds_in_its_stages(tmp_path: Path) -> None:
    # given a folder that is a stage of another, where the report is
    folder(tmp_path, constructs())
    stage = {"type": "cdk:cloud-assembly", "properties": {"directoryName": "cdk.out"}}
    write(tmp_path / "manifest.json", {"artifacts": {"Stage": stage}})
    write(tmp_path / "validation-report.json", report(violation("Main/Model", "model:length", "RoleArn")))
    # when, then
    assert short_roles(str(tmp_path)) == {"Main/Job": (0, ["known"]), "Main/Nested/Job": (1, [])}


@pytest.mark.parametrize(
    "document",
    [
        report(violation("Main/Model", "model:length", "RoleArn"), plugin="Other"),
        report({"ruleName": 3}, "text"),
        {"pluginReports": {"x": 1}},
        {"pluginReports": ["text", {"pluginName": "ConstructsLib", "suppressedViolations": 1}]},
    ],
)
def test_what_is_no_report_of_ours_acknowledges_nothing(document: Any) -> None:
    assert suppressed(document) == {}


def test_a_report_has_rule_member_and_reason() -> None:
    assert suppressed(report(violation("Main/Model", "model:length", "RoleArn", "why"))) == {
        "Main/Model": (Acknowledgement("model:length", "RoleArn", "why"),)
    }


@pytest.mark.parametrize("name", ["Main.metadata.json", "validation-report.json"])
@pytest.mark.parametrize("text", [None, "", "[]", "{", '{"/Main": 3, "pluginReports": 3}'])
def test_metadata_that_cannot_be_read_acknowledges_nothing_and_is_no_problem(
    tmp_path: Path, name: str, text: str | None
) -> None:
    out = folder(tmp_path, constructs(**{"/Main": [acknowledged("Other::x")]}))
    file = Path(out) / name
    if text is None:
        file.unlink(missing_ok=True)
    else:
        file.write_text(text)
    assert load([out]).problems == []
    assert short_roles(out) == {"Main/Job": (1, []), "Main/Nested/Job": (1, [])}


def test_an_unknown_resource_has_no_acknowledgements() -> None:
    metadata = StackMetadata(
        {"/": [acknowledged("ConstructsLib::x")]}, {"": (Acknowledgement("x", None, ""),)}
    )
    assert metadata.acknowledgements("", "Nothing") == ()
    assert metadata.nested("", "Nothing") == ""


def test_equal_nested_stacks_are_told_apart(tmp_path: Path) -> None:
    # given two nested stacks with one template, of which one has an acknowledgement
    more = {
        "/Main/Twin.NestedStack/Twin.NestedStackResource": [logical_id("Twin")],
        "/Main/Twin/Model/Resource/Default": [logical_id("Job")],
        "/Main/Nest": [acknowledged("ConstructsLib::model:length")],
    }
    out = folder(tmp_path, constructs(**more))
    nested = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": NESTED}}
    write(Path(out) / "Main.template.json", {"Resources": {"Nested": nested, "Twin": nested}})
    # when, then
    assert short_roles(out) == {"Main/Nested/Job": (0, ["known"]), "Main/Twin/Job": (1, [])}


def test_what_is_acknowledged_is_no_error_and_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rules = ["model:length", "no-vpc-config", "output-not-encrypted-with-cmk"]
    entries = [acknowledged(f"ConstructsLib::{rule}") for rule in rules]
    out = folder(tmp_path, constructs(**{"/Main": entries}))

    assert main(["validate", out]) == 0
    assert capsys.readouterr().out == "nothing found in 2 training jobs in 2 files; 6 acknowledged\n"

    assert main(["validate", out, "--format", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["summary"]["errors"], document["summary"]["acknowledged"]) == (0, 6)
    assert document["jobs"][0]["findings"] == []
    (short,) = [one for one in document["jobs"][0]["acknowledged"] if one["rule"] == "model:length"]
    assert (short["path"], short["line"], short["reason"]) == ("RoleArn", 8, "known")

    assert main(["validate", out, "--format", "sarif"]) == 0
    (run,) = json.loads(capsys.readouterr().out)["runs"]
    assert {one["ruleId"] for one in run["results"]} == set(rules)
    accepted = [{"kind": "inSource", "status": "accepted", "justification": "known"}]
    assert all(one["suppressions"] == accepted for one in run["results"])
    assert [run["tool"]["driver"]["rules"][one["ruleIndex"]]["id"] for one in run["results"]] == [
        one["ruleId"] for one in run["results"]
    ]


@pytest.mark.parametrize(
    ("left_out", "found"),
    [(None, []), ("sagemaker_region", ["sagemaker_program", "sagemaker_submit_directory"])],
)
def test_what_the_library_sets_for_a_script_is_no_finding(
    tmp_path: Path, left_out: str | None, found: list[str]
) -> None:
    names = ["sagemaker_program", "sagemaker_submit_directory", "sagemaker_region"]
    values = {name: "x" for name in [*names, "sagemaker_container_log_level"] if name != left_out}
    template = {"Resources": {"Job": job(HyperParameters={**values, "sagemaker_mine": "1"})}}
    (checked,) = check(load([write(tmp_path / "t.json", template)]), None).jobs
    reserved = [one.path for one in checked.findings if one.rule == "hyperparameter-reserved-keys"]
    log_level = ["sagemaker_container_log_level"] if left_out else []
    assert reserved == [f"HyperParameters.{name}" for name in [*found, *log_level, "sagemaker_mine"]]
