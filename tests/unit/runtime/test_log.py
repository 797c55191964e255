"""Log lines are JSON, one a line; metrics are in CloudWatch's embedded metric format."""

from __future__ import annotations

import json
import time
from typing import Any

import jsonschema
import pytest

from constructs_lib.runtime.log import ANSWERS_LOST, JOBS_STARTED, count, log

from .conftest import Logs

TEXT = {"type": "string", "minLength": 1, "maxLength": 1024}
# What the specification's JSON schema asks of a document (CloudWatch_Embedded_Metric_Format_Specification).
EMBEDDED_METRIC_FORMAT = {
    "type": "object",
    "required": ["_aws"],
    "properties": {
        "_aws": {
            "type": "object",
            "required": ["Timestamp", "CloudWatchMetrics"],
            "additionalProperties": False,
            "properties": {
                "Timestamp": {"type": "integer"},
                "CloudWatchMetrics": {
                    "type": "array",
                    "minItems": 1,
                    "items": {
                        "type": "object",
                        "required": ["Namespace", "Dimensions", "Metrics"],
                        "additionalProperties": False,
                        "properties": {
                            "Namespace": TEXT,
                            "Dimensions": {
                                "type": "array",
                                "minItems": 1,
                                "items": {
                                    "type": "array",
                                    "maxItems": 30,
                                    "items": {"type": "string", "minLength": 1, "maxLength": 250},
                                },
                            },
                            "Metrics": {
                                "type": "array",
                                "minItems": 1,
                                "maxItems": 100,
                                "items": {
                                    "type": "object",
                                    "required": ["Name"],
                                    "additionalProperties": False,
                                    "properties": {"Name": TEXT, "Unit": {"enum": ["Count"]}},
                                },
                            },
                        },
                    },
                },
            },
        }
    },
}


def check(line: dict[str, Any]) -> None:
    """Hold a line to the format: its schema, and that its targets are members of the root."""
    jsonschema.validate(line, EMBEDDED_METRIC_FORMAT)
    for directive in line["_aws"]["CloudWatchMetrics"]:
        assert all(type(line[metric["Name"]]) in (int, float) for metric in directive["Metrics"])
        assert all(
            isinstance(line[key], str) and line[key] for keys in directive["Dimensions"] for key in keys
        )


def test_a_line_is_json(logs: Logs) -> None:
    log("a\nb", job="j", error=ValueError("é"))
    log("bad", level="ERROR")
    assert logs() == [
        {"level": "INFO", "message": "a\nb", "job": "j", "error": "é"},
        {"level": "ERROR", "message": "bad"},
    ]


def test_a_count_is_a_metric_of_the_stack(logs: Logs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STACK_NAME", "models")
    count(JOBS_STARTED, now=1_750_000_000.1239, job="j")
    (line,) = logs()
    check(line)
    metrics = [{"Name": "JobsStarted", "Unit": "Count"}]
    directive = {"Namespace": "ConstructsLib/TrainingJobs", "Dimensions": [["Stack"]], "Metrics": metrics}
    assert line == {
        "level": "INFO",
        "message": "counted",
        "job": "j",
        "Stack": "models",
        "JobsStarted": 1,
        "_aws": {"Timestamp": 1_750_000_000_123, "CloudWatchMetrics": [directive]},
    }


@pytest.mark.parametrize("stack", [None, ""])
def test_without_a_stack_the_metric_has_no_dimension(
    logs: Logs, monkeypatch: pytest.MonkeyPatch, stack: str | None
) -> None:
    monkeypatch.delenv("STACK_NAME", raising=False)
    if stack is not None:
        monkeypatch.setenv("STACK_NAME", stack)
    before = int(time.time() * 1000)
    count(ANSWERS_LOST)
    (line,) = logs()
    check(line)
    assert line["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [[]]
    assert "Stack" not in line
    assert line["AnswersLost"] == 1
    assert before <= line["_aws"]["Timestamp"] <= int(time.time() * 1000)


def test_no_field_takes_the_place_of_the_format(logs: Logs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STACK_NAME", "models")
    fields: dict[str, Any] = {"_aws": 0, "Stack": 0, "JobsStarted": "j", "level": "WARNING"}
    count(JOBS_STARTED, **fields)
    (line,) = logs()
    check(line)
    assert (line["Stack"], line["JobsStarted"], line["level"]) == ("models", 1, "WARNING")


def test_a_line_is_written_at_once_and_alone(capsys: pytest.CaptureFixture[str]) -> None:
    count(JOBS_STARTED)
    log("x")
    out = capsys.readouterr().out
    assert out.endswith("\n")
    assert [json.loads(line)["message"] for line in out.splitlines()] == ["counted", "x"]
