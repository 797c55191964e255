"""The command finds the jobs of workflows in what ``cdk synth`` writes, and finds nothing wrong with ours."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from constructs_lib.cli import main
from tests.unit.cdk.workflows.around import KINDS
from tests.unit.cdk.workflows.definitions import SPEC

CHOSEN = (
    "branch",
    "loop",
    "stopped, whole name",
    "request-response in one state",
    "request-response",
    "everything",
    "own role",
    "own checkpoints",
    "name of the execution",
    "picked values",
    "in a Map",
    "in a Parallel",
)
KINDS_HERE = [f"{name}, {language}" for name in CHOSEN for language in ("JSONPath", "JSONata")]
JOBS = len(KINDS_HERE) + 2  # a Parallel has two


@pytest.fixture(scope="module")
def cloud_assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("synth") / "cdk.out"
    app = cdk.App(outdir=str(folder))
    stack = cdk.Stack(app, "Stack")
    for number, name in enumerate(KINDS_HERE):
        scope, kind = Construct(stack, f"Kind{number}"), KINDS[name]
        body = sfn.DefinitionBody.from_chainable(kind.make(scope))
        sfn.StateMachine(scope, "Machine", definition_body=body, query_language=kind.language)
    app.synth()
    return folder


def validated(folder: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, Any]]:
    code = main(["validate", "--format", "json", str(folder)])
    return code, json.loads(capsys.readouterr().out)


def test_every_job_of_a_workflow_is_found_and_none_has_a_finding(
    cloud_assembly: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, report = validated(cloud_assembly, capsys)
    assert code == 0
    assert report["unusable"] == []
    assert len(report["jobs"]) == JOBS
    assert all(job["state"] for job in report["jobs"])
    assert [finding for job in report["jobs"] for finding in job["findings"]] == []


def test_a_mistake_in_a_workflow_is_found(cloud_assembly: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # given a template in which somebody has changed the role of all jobs
    file = cloud_assembly / "Stack.template.json"
    broken = cloud_assembly.parent / "broken.json"
    broken.write_text(file.read_text().replace(str(SPEC.role_arn), "no-role"))
    # when
    code, report = validated(broken, capsys)
    # then
    assert code == 1
    wrong = [job for job in report["jobs"] if any(one["path"] == "RoleArn" for one in job["findings"])]
    assert len(wrong) == JOBS - len([name for name in KINDS_HERE if name.startswith("own role")])
