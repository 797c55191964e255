"""The examples of docs/schedules.md run, and find nothing wrong."""

from __future__ import annotations

import re
from pathlib import Path

import aws_cdk as cdk

from tests.unit.cdk.reports import report

from .templates import SCHEDULE, Find

DOCUMENT = Path(__file__).resolve().parents[4] / "docs" / "schedules.md"


def test_the_examples_run(app: cdk.App, stack: cdk.Stack, resources: Find) -> None:
    names: dict[str, object] = {"self": stack}

    for block in re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(), re.DOTALL):
        exec(compile(block, str(DOCUMENT), "exec"), names)

    assert report(app).texts == []
    assert len(resources(stack, SCHEDULE)) == 3
    assert len(resources(stack, "AWS::CloudWatch::Alarm")) == 2
