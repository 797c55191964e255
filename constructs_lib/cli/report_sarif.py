"""Findings for code scanning: SARIF 2.1.0 (OASIS), with the rules that were violated."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from constructs_lib import __version__
from constructs_lib.cli.checking import Checked, Report
from constructs_lib.cli.inputs import JobInput, Problem
from constructs_lib.cli.rulebook import acceptance, all_rules
from constructs_lib.rules.findings import Finding

__all__ = ["sarif_report"]

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def sarif_report(report: Report) -> str:
    """The report as one SARIF log with one run.

    Args:
        report: what was found.

    Returns:
        JSON. Names of files are relative to where the command runs, unless they are outside of it.
    """
    listed = [(checked, *one) for checked in report.jobs for one in _with_suppressions(checked)]
    found = dict.fromkeys(finding.rule for _, finding, _ in listed)
    numbers = {rule: number for number, rule in enumerate(found)}
    driver = {
        "name": "constructs-lib",
        "version": __version__,
        "semanticVersion": __version__,
        "rules": [_rule(rule) for rule in found],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(report)],
        "results": [
            {**_result(checked, finding, numbers[finding.rule]), "suppressions": suppressions}
            for checked, finding, suppressions in listed
        ],
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _with_suppressions(checked: Checked) -> Iterator[tuple[Finding, list[dict[str, str]]]]:
    """Every finding with its suppressions: the standard wants them of all results, or of none."""
    for finding in checked.findings:
        yield finding, []
    for finding, reason in checked.acknowledged:
        yield finding, [{"kind": "inSource", "status": "accepted", "justification": reason}]


def _rule(rule: str) -> dict[str, Any]:
    info = all_rules()[rule]
    return {
        "id": rule,
        "shortDescription": {"text": info.violated_when},
        "fullDescription": {
            "text": f"{info.violated_when} (members: {', '.join(filter(None, info.fields))})"
        },
        "help": {"text": f"{info.fix}\nSource: {info.source}"},
        "defaultConfiguration": {"level": info.severity},
        "properties": {"source": info.source, "refusalSeen": acceptance(info)},
    }


def _invocation(report: Report) -> dict[str, Any]:
    return {
        "executionSuccessful": not report.problems,
        "exitCode": report.exit_code,
        "toolExecutionNotifications": [_notification(problem) for problem in report.problems],
    }


def _notification(problem: Problem) -> dict[str, Any]:
    return {
        "level": "error",
        "message": {"text": f"{problem.file}: {problem.reason}"},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": _uri(problem.file)}}}],
    }


def _result(checked: Checked, finding: Finding, number: int) -> dict[str, Any]:
    path = finding.path or "the request"
    return {
        "ruleId": finding.rule,
        "ruleIndex": number,
        "level": finding.severity,
        "message": {"text": f"{path}: {finding.message}; {finding.fix}"},
        "locations": [_location(checked.job, finding)],
    }


def _location(job: JobInput, finding: Finding) -> dict[str, Any]:
    line, column = job.position(finding.path)
    qualified = ": ".join(part for part in (job.where, finding.path) if part)
    location: dict[str, Any] = {
        "physicalLocation": {
            "artifactLocation": {"uri": _uri(job.source.name)},
            "region": {"startLine": line, "startColumn": column},
        }
    }
    if qualified:
        name = finding.path or job.state or job.resource
        location["logicalLocations"] = [{"name": name, "fullyQualifiedName": qualified, "kind": "member"}]
    return location


def _uri(name: str) -> str:
    """A file's name as a URI reference: relative where it can be, so that it is the same on every machine."""
    if name == "-":
        return "stdin"
    path = Path(os.path.abspath(name))  # noqa: PTH100 (resolve() would leave a link for what it leads to)
    if path.is_relative_to(Path.cwd()):
        return quote(os.fsencode(path.relative_to(Path.cwd()).as_posix()))
    return "file://" + quote(os.fsencode(path.as_posix()))
