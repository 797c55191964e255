from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import constructs_lib
from constructs_lib.cli.checking import Report
from constructs_lib.cli.inputs import Problem
from constructs_lib.cli.report_json import json_report
from constructs_lib.cli.report_sarif import sarif_report
from constructs_lib.cli.report_text import text_report
from constructs_lib.rules.findings import Finding

from .cli_helpers import LENGTH, MISSING, WHOLE, report

SCHEMA = json.loads((Path(__file__).parents[2] / "data/sarif-schema-2.1.0.json").read_text())
IN_STACK: dict[str, Any] = {"stack": "Prod/Main", "resource": "Job", "state": "Train", "region": "eu-west-1"}
UNUSABLE = (Problem("b.json", "is empty"),)


def sarif(*arguments: Any, **members: Any) -> dict[str, Any]:
    """The log of a report, which holds to the schema of SARIF."""
    log: dict[str, Any] = json.loads(sarif_report(report(*arguments, **members)))
    jsonschema.Draft4Validator(SCHEMA, format_checker=jsonschema.FormatChecker()).validate(log)
    return log


def test_text_has_file_line_path_severity_message_rule_and_fix() -> None:
    assert text_report(report(LENGTH, MISSING, WHOLE), colour=False) == (
        "a.json:3: RoleArn: error: must be longer [model:length]\n"
        "    fix: write more\n"
        "a.json:1: CheckpointConfig: warning: is left out [spot-without-checkpoint]\n"
        "    fix: set it\n"
        "a.json:1: (the request): error: must be a map [model:type]\n"
        "    fix: write a map\n"
        "2 errors, 1 warning in 1 training job in 1 file\n"
    )


def test_text_names_stack_resource_and_state() -> None:
    first = text_report(report(LENGTH, **IN_STACK), colour=False).splitlines()[0]
    assert first == "a.json:3: Prod/Main/Job/Train: RoleArn: error: must be longer [model:length]"


def test_text_of_a_request_inside_a_text_has_the_line_of_that_text() -> None:
    first = text_report(report(LENGTH, pointer=("TrainingJobName",), opaque=True), colour=False)
    assert first.startswith("a.json:2: RoleArn: error")


def test_text_without_findings_is_a_summary() -> None:
    assert text_report(report(), colour=False) == "nothing found in 1 training job in 1 file\n"
    unusable = text_report(report(problems=UNUSABLE * 2), colour=False)
    assert unusable == "nothing found in 1 training job in 1 file; 2 inputs not usable\n"


def test_a_control_character_in_a_name_does_not_reach_the_terminal() -> None:
    shown = text_report(report(LENGTH, name="a\x1b[2J\nb.json", state="x\ty"), colour=False)
    assert shown.splitlines()[0].startswith(r"a\x1b[2J\nb.json:3: x\ty: RoleArn: error")


def test_colours_are_those_of_the_severity() -> None:
    lines = text_report(report(LENGTH, MISSING), colour=True).splitlines()
    assert (
        lines[0] == "\x1b[1ma.json:3: RoleArn\x1b[0m: \x1b[1;31merror\x1b[0m: must be longer [model:length]"
    )
    assert lines[2].startswith("\x1b[1ma.json:1: CheckpointConfig\x1b[0m: \x1b[33mwarning\x1b[0m: ")


def test_json_has_every_finding_with_its_place() -> None:
    assert json.loads(json_report(report(LENGTH, MISSING, problems=UNUSABLE, **IN_STACK))) == {
        "version": 1,
        "summary": {"files": 1, "jobs": 1, "errors": 1, "warnings": 1, "acknowledged": 0, "unusable": 1},
        "jobs": [
            {
                "file": "a.json",
                "stack": "Prod/Main",
                "resource": "Job",
                "state": "Train",
                "region": "eu-west-1",
                "findings": [
                    {
                        "rule": "model:length",
                        "severity": "error",
                        "path": "RoleArn",
                        "message": "must be longer",
                        "fix": "write more",
                        "source": "the model",
                        "line": 3,
                        "column": 3,
                    },
                    {
                        "rule": "spot-without-checkpoint",
                        "severity": "warning",
                        "path": "CheckpointConfig",
                        "message": "is left out",
                        "fix": "set it",
                        "source": "a guide",
                        "line": 1,
                        "column": 1,
                    },
                ],
                "acknowledged": [],
            }
        ],
        "unusable": [{"file": "b.json", "reason": "is empty"}],
    }


def test_json_has_null_for_what_a_request_file_has_not() -> None:
    [job] = json.loads(json_report(report()))["jobs"]
    assert job == {
        "file": "a.json",
        "stack": None,
        "resource": None,
        "state": None,
        "region": None,
        "findings": [],
        "acknowledged": [],
    }


def test_sarif_has_rules_results_and_places() -> None:
    [run] = sarif(LENGTH, MISSING, LENGTH, **IN_STACK)["runs"]
    driver = run["tool"]["driver"]
    assert (driver["name"], driver["version"]) == ("constructs-lib", constructs_lib.__version__)
    assert [(rule["id"], rule["defaultConfiguration"]) for rule in driver["rules"]] == [
        ("model:length", {"level": "error"}),
        ("spot-without-checkpoint", {"level": "warning"}),
    ]
    assert [(one["ruleId"], one["ruleIndex"], one["level"]) for one in run["results"]] == [
        ("model:length", 0, "error"),
        ("spot-without-checkpoint", 1, "warning"),
        ("model:length", 0, "error"),
    ]
    assert run["results"][0]["message"] == {"text": "RoleArn: must be longer; write more"}
    # The standard wants it of every result when one has it: none is acknowledged here.
    assert [one["suppressions"] for one in run["results"]] == [[], [], []]
    assert run["results"][0]["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": "a.json"},
                "region": {"startLine": 3, "startColumn": 3},
            },
            "logicalLocations": [
                {"name": "RoleArn", "fullyQualifiedName": "Prod/Main/Job/Train: RoleArn", "kind": "member"}
            ],
        }
    ]


def test_sarif_tells_what_could_not_be_used() -> None:
    [run] = sarif(LENGTH, problems=UNUSABLE)["runs"]
    [invocation] = run["invocations"]
    assert (invocation["executionSuccessful"], invocation["exitCode"]) == (False, 2)
    [notification] = invocation["toolExecutionNotifications"]
    assert notification["message"] == {"text": "b.json: is empty"}


def test_sarif_of_nothing_is_a_log_too() -> None:
    [run] = sarif()["runs"]
    assert (run["results"], run["tool"]["driver"]["rules"]) == ([], [])
    assert run["invocations"][0]["exitCode"] == 0


@pytest.mark.parametrize(
    ("name", "uri"),
    [
        ("a.json", "a.json"),
        ("./x/../a b#é.json", "a%20b%23%C3%A9.json"),
        ("-", "stdin"),
        (str(Path.cwd() / "x" / "a.json"), "x/a.json"),
        ("/elsewhere/a.json", "file:///elsewhere/a.json"),
    ],
)
def test_sarif_names_files_relative_to_the_working_folder(name: str, uri: str) -> None:
    [run] = sarif(WHOLE, name=name)["runs"]
    assert run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"] == {"uri": uri}
    assert "logicalLocations" not in run["results"][0]["locations"][0]


def test_the_schema_refuses_what_is_no_sarif() -> None:
    log = sarif(LENGTH)
    log["runs"][0]["results"][0]["level"] = "fatal"
    with pytest.raises(jsonschema.ValidationError, match="'fatal' is not one of"):
        jsonschema.Draft4Validator(SCHEMA).validate(log)


@pytest.mark.parametrize(
    ("findings", "problems", "expected"),
    [
        ((), (), 0),
        ((MISSING,), (), 0),
        ((MISSING, LENGTH), (), 1),
        ((LENGTH,), UNUSABLE, 2),
        ((), UNUSABLE, 2),
    ],
)
def test_the_exit_code_is_that_of_the_worst(
    findings: tuple[Finding, ...], problems: tuple[Problem, ...], expected: int
) -> None:
    assert report(*findings, problems=problems).exit_code == expected


def test_a_report_of_no_job_at_all_can_be_written() -> None:
    nothing = Report((), UNUSABLE, 0, ())
    assert (
        text_report(nothing, colour=False)
        == "nothing found in 0 training jobs in 0 files; 1 input not usable\n"
    )
    assert json.loads(json_report(nothing))["jobs"] == []
    jsonschema.Draft4Validator(SCHEMA).validate(json.loads(sarif_report(nothing)))
