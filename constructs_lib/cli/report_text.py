"""Findings for people: one paragraph each, and a summary."""

from __future__ import annotations

from collections.abc import Iterator

from constructs_lib.cli.checking import Checked, Report
from constructs_lib.cli.output import plain
from constructs_lib.rules.findings import Finding

__all__ = ["text_report"]

_RESET = "\x1b[0m"
_COLOURS = {
    "error": "\x1b[1;31m",
    "warning": "\x1b[33m",
    "place": "\x1b[1m",
    "fix": "\x1b[36m",
    "ok": "\x1b[32m",
}


def text_report(report: Report, *, colour: bool) -> str:
    """The report as lines of ``file:line: job: path: severity: message [rule]``, each with its fix below.

    Args:
        report: what was found.
        colour: whether to colour it for a terminal.
    """
    paint = _coloured if colour else _uncoloured
    lines = [
        line for job in report.jobs for finding in job.findings for line in _finding(job, finding, paint)
    ]
    return "".join(f"{line}\n" for line in [*lines, _summary(report, paint)])


def _finding(checked: Checked, finding: Finding, paint: _Paint) -> Iterator[str]:
    job = checked.job
    line, _ = job.position(finding.path)
    place = [f"{plain(job.source.name)}:{line}", plain(job.where), finding.path or "(the request)"]
    severity = paint(finding.severity, finding.severity)
    yield (
        f"{paint('place', ': '.join(part for part in place if part))}: {severity}: {plain(finding.message)} "
        f"[{finding.rule}]"
    )
    yield f"    {paint('fix', 'fix:')} {plain(finding.fix)}"


def _summary(report: Report, paint: _Paint) -> str:
    errors, warnings = report.count("error"), report.count("warning")
    of = f"{_number(len(report.jobs), 'training job')} in {_number(report.files, 'file')}"
    unusable = f"; {_number(len(report.problems), 'input')} not usable" if report.problems else ""
    rest = (f"; {report.acknowledged} acknowledged" if report.acknowledged else "") + unusable
    if not errors and not warnings:
        return f"{'nothing found' if unusable else paint('ok', 'nothing found')} in {of}{rest}"
    found = [
        paint(severity, _number(number, severity))
        for severity, number in (("error", errors), ("warning", warnings))
        if number
    ]
    return f"{', '.join(found)} in {of}{rest}"


def _number(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


class _Paint:
    def __init__(self, colours: dict[str, str]) -> None:
        self._colours = colours

    def __call__(self, kind: str, text: str) -> str:
        return f"{self._colours[kind]}{text}{_RESET}" if kind in self._colours else text


_coloured = _Paint(_COLOURS)
_uncoloured = _Paint({})
