"""The examples of docs/bring-your-own.md run, and say what it says they do."""

from __future__ import annotations

import re
from pathlib import Path

import aws_cdk as cdk

from tests.unit.cdk.given.made import HERE
from tests.unit.cdk.reports import report

DOCUMENT = Path(__file__).resolve().parents[4] / "docs" / "bring-your-own.md"


def test_the_examples_run(app: cdk.App) -> None:
    names: dict[str, object] = {"self": cdk.Stack(app, "Stack", env=HERE)}

    for block in re.findall(r"```python\n(.*?)```", DOCUMENT.read_text("utf-8"), re.DOTALL):
        exec(compile(block, str(DOCUMENT), "exec"), names)

    found = report(app)
    assert [rule for rule, _ in found.acknowledged] == ["role-cannot-be-extended"]
    (entry,) = found.entries
    assert (entry.rule, entry.construct) == ("bucket-of-another-account", "Stack/Shared data")
    first, read, listed = entry.text.replace("\n- ", "\n\n- ").split("\n\n")
    assert first.endswith(".Arn}: ")
    (warning,) = re.findall(r"```text\n(.*?)```", DOCUMENT.read_text("utf-8"), re.DOTALL)
    assert read in warning
    assert listed.split("[")[0] in warning
    assert listed.split(", if")[0] in warning
