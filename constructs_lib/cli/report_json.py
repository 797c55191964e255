"""Findings for programs, in a form of our own that later versions only add to."""

from __future__ import annotations

import json
from typing import Any

from constructs_lib.cli.checking import Checked, Report
from constructs_lib.cli.inputs import JobInput
from constructs_lib.rules.findings import Finding

__all__ = ["json_report"]

_VERSION = 1


def json_report(report: Report) -> str:
    """The report as one JSON document; docs/command-line.md lists its members.

    Args:
        report: what was found.
    """
    document = {
        "version": _VERSION,
        "summary": {
            "files": report.files,
            "jobs": len(report.jobs),
            "errors": report.count("error"),
            "warnings": report.count("warning"),
            "acknowledged": report.acknowledged,
            "unusable": len(report.problems),
        },
        "jobs": [_job(checked) for checked in report.jobs],
        "unusable": [{"file": problem.file, "reason": problem.reason} for problem in report.problems],
    }
    return json.dumps(document, indent=2) + "\n"


def _job(checked: Checked) -> dict[str, Any]:
    job = checked.job
    return {
        "file": job.source.name,
        "stack": job.stack or None,
        "resource": job.resource or None,
        "state": job.state or None,
        "region": checked.region,
        "findings": [_finding(job, finding) for finding in checked.findings],
        "acknowledged": [
            {**_finding(job, finding), "reason": reason} for finding, reason in checked.acknowledged
        ],
    }


def _finding(job: JobInput, finding: Finding) -> dict[str, Any]:
    line, column = job.position(finding.path)
    return {**finding._asdict(), "line": line, "column": column}
