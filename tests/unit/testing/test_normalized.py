"""What changes for no reason of the author's is gone; what the author changes is there."""

from __future__ import annotations

import contextlib
import copy
import json
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_lambda as lambda_
from aws_cdk.assertions import Template

from constructs_lib import SpecError
from constructs_lib.cdk import runtime
from constructs_lib.testing import TemplateSnapshot, assert_training_job, normalize_template

from .stacks import DATA, DIGEST, METADATA, Json, rendered

HASH = re.compile(r"\b[0-9a-f]{32,}\b")


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Json:
    return rendered(tmp_path_factory.mktemp("first"))


@pytest.fixture(scope="module")
def normalized(template: Json) -> Json:
    return normalize_template(template)


def test_another_runtime_changes_nothing(
    template: Json, normalized: Json, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edited = tmp_path / "package"
    shutil.copytree(runtime.PACKAGE / "runtime", edited / "runtime")
    with (edited / "runtime" / "front.py").open("a") as file:
        file.write("# another release\n")
    monkeypatch.setattr(runtime, "PACKAGE", edited)

    other = rendered(tmp_path)

    assert other != template
    assert normalize_template(other) == normalized


def test_another_script_changes_nothing(template: Json, normalized: Json, tmp_path: Path) -> None:
    other = rendered(tmp_path, "print(2)\n")

    # Keys of assets, wait conditions, the function's version, the image's tag.
    assert other["Resources"].keys() != template["Resources"].keys()
    assert normalize_template(other) == normalized


def test_the_metadata_of_the_command_line_changes_nothing(normalized: Json, tmp_path: Path) -> None:
    other = rendered(tmp_path, context=METADATA)
    assert "aws:asset:path" in json.dumps(other)
    assert normalize_template(other) == normalized


def test_what_the_author_changes_is_seen(normalized: Json, tmp_path: Path) -> None:
    assert normalize_template(rendered(tmp_path, max_depth=7)) != normalized


def test_a_known_environment_is_seen(normalized: Json, tmp_path: Path) -> None:
    env = cdk.Environment(account="123456789012", region="eu-west-1")
    found = json.dumps(normalize_template(rendered(tmp_path, env=env)))
    assert "cdk-hnb659fds-assets-123456789012-eu-west-1" in found
    assert {match[0] for match in HASH.finditer(found)} == {DIGEST[7:], DATA}


def test_only_the_authors_hashes_are_left(template: Json, normalized: Json) -> None:
    assert len({match[0] for match in HASH.finditer(json.dumps(template))}) > 4
    assert {match[0] for match in HASH.finditer(json.dumps(normalized))} == {DIGEST[7:], DATA}


def test_every_resource_but_the_usage_report_is_there(template: Json, normalized: Json) -> None:
    kinds = [one["Type"] for one in template["Resources"].values()]
    kinds.remove("AWS::CDK::Metadata")
    assert [one["Type"] for one in normalized["Resources"].values()] == kinds
    assert normalized["Parameters"] == template["Parameters"]
    assert normalized["Rules"] == template["Rules"]
    assert "CDKMetadataAvailable" not in normalized.get("Conditions", {})


def test_who_refers_to_a_renamed_resource_follows(normalized: Json) -> None:
    resources = normalized["Resources"]
    renamed = sorted(id for id in resources if id.endswith("<content>"))
    assert len(renamed) == 3  # handle, condition, version
    (version,) = (id for id in renamed if "CurrentVersion" in id)
    (alias,) = (one for one in resources.values() if one["Type"] == "AWS::Lambda::Alias")
    assert alias["Properties"]["FunctionVersion"] == {"Fn::GetAtt": [version, "Version"]}
    (condition,) = (one for one in resources.values() if one["Type"] == "AWS::CloudFormation::WaitCondition")
    assert condition["Properties"]["Handle"]["Ref"] in renamed
    (result,) = (one for one in resources.values() if one["Type"] == "Custom::SageMakerTrainingJobResult")
    assert result["Properties"]["Waited"]["Fn::GetAtt"][0] in renamed


def two_stacks(source: str) -> tuple[Json, Json]:
    """One stack with a function, and one that has the version of it in its outputs."""
    app = cdk.App()
    one, other = cdk.Stack(app, "One"), cdk.Stack(app, "Other")
    code = lambda_.Code.from_inline(source)
    function = lambda_.Function(one, "F", code=code, handler="x.y", runtime=lambda_.Runtime.PYTHON_3_13)
    cdk.CfnOutput(other, "Arn", value=function.current_version.function_arn)
    cdk.CfnOutput(other, "Number", value=function.current_version.version)
    return dict(Template.from_stack(one).to_json()), dict(Template.from_stack(other).to_json())


def test_who_refers_to_a_version_of_another_stack_follows() -> None:
    given, edited = two_stacks("a = 1"), two_stacks("a = 2")
    assert given[1] != edited[1]
    one, other = map(normalize_template, given)
    exported = {output["Export"]["Name"] for output in one["Outputs"].values()}
    assert {output["Value"]["Fn::ImportValue"] for output in other["Outputs"].values()} == exported
    assert len(exported) == 2
    assert all(re.search(r"CurrentVersion[0-9A-F]{8}<content>(Version)?$", name) for name in exported)
    assert normalize_template(edited[0])["Outputs"] == one["Outputs"]
    assert normalize_template(edited[1]) == other


def test_the_given_template_is_left_as_it_is(template: Json) -> None:
    before = copy.deepcopy(template)
    found = normalize_template(template)
    assert template == before
    next(iter(found["Resources"].values()))["Type"] = "changed"
    assert template == before


USES: list[Callable[[Any], object]] = [
    normalize_template,
    TemplateSnapshot().serialize,
    lambda template: assert_training_job(template, {}, 0),
]


def nested(depth: int) -> str:
    return '{"a":' * depth + "1" + "}" * depth


def too_deep(form: str, depth: int, folder: Path) -> Any:
    if form == "file":
        file = folder / "deep.json"
        file.write_text(nested(depth))
        return file
    if form == "machine":
        properties = {"DefinitionString": nested(depth)}
        return {"Resources": {"M": {"Type": "AWS::StepFunctions::StateMachine", "Properties": properties}}}
    found: Json = {}
    for _ in range(depth):
        found = {"a": found}
    return found


@pytest.fixture
def usual_depth() -> Iterator[None]:
    """What Python begins with: other tests of this process may have raised it."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(1000)
    yield
    sys.setrecursionlimit(before)


@pytest.mark.usefixtures("usual_depth")
@pytest.mark.parametrize("form", ["file", "dict"])
@pytest.mark.parametrize("depth", [3000, 5000, 100_000])
def test_a_template_that_is_nested_too_deeply_is_refused(form: str, depth: int, tmp_path: Path) -> None:
    template = too_deep(form, depth, tmp_path)
    for use in USES:
        with pytest.raises(SpecError, match="template: it is nested too deeply"):
            use(template)


@pytest.mark.parametrize("form", ["file", "dict", "machine"])
@pytest.mark.parametrize("depth", [100, 200, 300, 400, 500, 900, 3000])
def test_no_depth_fails_from_inside(form: str, depth: int, tmp_path: Path) -> None:
    template = too_deep(form, depth, tmp_path)
    for use in USES:
        with contextlib.suppress(SpecError):
            use(template)


def test_again_changes_nothing(normalized: Json) -> None:
    assert normalize_template(normalized) == normalized


def test_requests_permissions_and_order_stay(template: Json, normalized: Json) -> None:
    for id, one in template["Resources"].items():
        if one["Type"] == "AWS::IAM::Policy":
            kept = normalized["Resources"][id]["Properties"]["PolicyDocument"]["Statement"]
            given = one["Properties"]["PolicyDocument"]["Statement"]
            assert [(s["Action"], s.get("Condition")) for s in kept] == [
                (s["Action"], s.get("Condition")) for s in given
            ]
        if one["Type"] == "Custom::SageMakerTrainingJob":
            kept = normalized["Resources"][id]
            assert kept["DependsOn"] == one["DependsOn"]
            assert kept["Properties"]["Request"].keys() == one["Properties"]["Request"].keys()


def test_a_definition_is_a_document(normalized: Json) -> None:
    (machine,) = (one for id, one in normalized["Resources"].items() if id.startswith("Machine6"))
    definition = machine["Properties"]["DefinitionString"]
    create = definition["States"]["Train"]["Branches"][0]["States"]["Train: create"]
    assert create["Resource"] == "arn:${AWS::Partition}:states:::sagemaker:createTrainingJob.sync"
    assert create["Parameters"]["ResourceConfig"]["InstanceCount"] == 1
    assert re.fullmatch(r"\$\{TrainRole\w+\.Arn\}", create["Parameters"]["RoleArn"])


def test_the_input_of_a_schedule_is_a_document(normalized: Json) -> None:
    schedules = [one for one in normalized["Resources"].values() if one["Type"] == "AWS::Scheduler::Schedule"]
    (request,) = (
        one["Properties"]["Target"]["Input"]
        for one in schedules
        if "StoppingCondition" in one["Properties"]["Target"]["Input"]
    )
    assert request["StoppingCondition"] == {"MaxRuntimeInSeconds": 1200}
    assert request["HyperParameters"]["sagemaker_submit_directory"] == (
        '"s3://cdk-hnb659fds-assets-${AWS::AccountId}-${AWS::Region}/<asset>.tar.gz"'
    )
