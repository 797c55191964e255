"""The examples of the documents run, and every factory is among them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from constructs_lib import Algorithm, Channel

DOCS = Path(__file__).resolve().parents[3] / "docs"
DOCUMENT = DOCS / "training-job.md"
REQUEST = "From a request or a job that ran"
FACTORIES = {
    "Algorithms": (Algorithm, {"built_in"}),
    "Channels": (Channel, set[str]()),
}


def example(heading: str, document: Path = DOCUMENT) -> str:
    section = document.read_text().split(f"## {heading}\n")[1].split("\n## ")[0]
    (block,) = re.findall(r"```python\n(.*?)```", section, re.DOTALL)
    return str(block)


@pytest.mark.parametrize("heading", [*FACTORIES, REQUEST])
def test_the_example_runs(
    heading: str, stack: cdk.Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("code/train.py", "container/Dockerfile", "labels.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("1\n")
    monkeypatch.chdir(tmp_path)
    exec(compile(example(heading), str(DOCUMENT), "exec"), {"self": stack})


@pytest.mark.parametrize("heading", FACTORIES)
def test_the_example_shows_every_factory(heading: str) -> None:
    owner, others = FACTORIES[heading]
    factories = {name for name in vars(owner) if name.startswith("from_")} | others
    used = set(re.findall(rf"{owner.__name__}\.(\w+)\(", example(heading)))
    assert used == factories


def test_the_example_without_an_app_finds_what_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, Any] = {"request": {"TrainingJobName": "a_b"}}
    exec(compile(example("Without an app", DOCS / "validation.md"), "validation.md", "exec"), names)
    assert "error: TrainingJobName: must match" in capsys.readouterr().out
    assert "RoleArn" in [finding.path for finding in names["errors"]]


@pytest.mark.parametrize("document", ["workflows.md", "schedules.md"])
def test_the_examples_of_a_document_run_one_after_the_other(document: str, stack: cdk.Stack) -> None:
    blocks = re.findall(r"```python\n(.*?)```", (DOCS / document).read_text(), re.DOTALL)
    names: dict[str, Any] = {"self": stack}
    for block in blocks:
        exec(compile(block, document, "exec"), names)
    assert len(blocks) >= 2
