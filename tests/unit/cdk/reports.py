"""CDK's validation report of an app, as tests read it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import aws_cdk as cdk


class Entry(NamedTuple):
    """One line of a report.

    Attributes:
        rule: the id.
        severity: ``error`` or ``warning``.
        construct: the path of the construct it is about.
        text: path in the request, and message.
        fix: what to do.
        where: the user's lines, innermost first.
    """

    rule: str
    severity: str
    construct: str
    text: str
    fix: str
    where: list[str]


@dataclass(frozen=True)
class Report:
    """What an app's synthesis came to.

    Attributes:
        failed: whether it raised.
        printed: the text of the error; empty when there was none.
        entries: this library's findings.
        acknowledged: rule and reason of those that were acknowledged.
    """

    failed: bool
    printed: str
    entries: list[Entry]
    acknowledged: list[tuple[str, str]]

    @property
    def rules(self) -> list[tuple[str, str]]:
        """Rule and construct of every finding."""
        return [(entry.rule, entry.construct) for entry in self.entries]

    @property
    def texts(self) -> list[str]:
        """Rule and text of every finding."""
        return [f"{entry.rule} {entry.text}" for entry in self.entries]


def report(app: cdk.App) -> Report:
    """Synthesize an app and read what this library's plugin reported."""
    printed = ""
    try:
        app.synth()
    except RuntimeError as error:
        printed = str(error)
        assert "Validation failed" in printed or "Acknowledge with" in printed, printed
    file = Path(app.outdir) / "validation-report.json"
    found = json.loads(file.read_text())["pluginReports"] if file.exists() else []
    ours = [one for one in found if one["pluginName"] == "ConstructsLib"]
    assert all("error" not in (one.get("metadata") or {}) for one in ours), ours
    return Report(
        bool(printed),
        printed,
        [_entry(violation) for one in ours for violation in one["violations"]],
        [(one["ruleName"], one["reason"]) for r in ours for one in r.get("suppressedViolations") or ()],
    )


def _entry(violation: dict[str, Any]) -> Entry:
    (construct,) = violation["violatingConstructs"]
    return Entry(
        violation["ruleName"],
        violation["severity"],
        construct["constructPath"],
        violation["description"],
        violation["suggestedFix"],
        "\n".join(construct.get("stackTraces") or ()).splitlines(),
    )
