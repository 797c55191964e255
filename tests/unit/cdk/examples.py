"""Synthesizes every example, in one process: ``python -m tests.unit.cdk.examples FOLDER``."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
FLAGS = json.loads((ROOT / "cdk.json").read_text())["context"]
# The documents whose code stands in a stack.
DOCUMENTS = ("deployments", "permissions", "schedules", "training-job", "workflows")


def blocks(document: Path) -> list[str]:
    """The Python of a document."""
    return re.findall(r"```python\n(.*?)```", document.read_text(), re.DOTALL)


def run(code: str, name: str, names: dict[str, object]) -> None:
    """Run a piece of an example."""
    exec(compile(code, name, "exec"), names)


def synthesize(folder: Path) -> None:
    """Synthesize all examples into one folder each; the working folder has the files that they name.

    The first two make their own `cdk.App`, whose folder and flags the environment gives to the process.
    """
    import aws_cdk as cdk

    own = Path(os.environ["CDK_OUTDIR"])
    for name, code in (("app", (ROOT / "app.py").read_text()), ("readme", blocks(ROOT / "README.md")[0])):
        run(code, name, {"__name__": "__main__"})
        shutil.copytree(own, folder / name)
    for name in DOCUMENTS:
        app = cdk.App(outdir=str(folder / name), context=FLAGS)
        stack = cdk.Stack(app, name)
        names: dict[str, object] = {"self": stack, "cdk": cdk, **_given(stack, name)}
        for block in blocks(ROOT / "docs" / f"{name}.md"):
            run(block, f"docs/{name}.md", names)
        app.synth()


def _given(stack: Any, document: str) -> dict[str, object]:
    """What a document's code takes from the text around it."""
    from aws_cdk import Duration

    from constructs_lib import Algorithm, TrainingJob, TrainingJobSpec

    if document in ("schedules", "workflows"):
        return {}
    spec = TrainingJobSpec(
        algorithm=Algorithm.from_image_uri("123456789012.dkr.ecr.eu-west-1.amazonaws.com/churn:1"),
        instance_type="ml.m5.large",
        max_runtime=Duration.minutes(20),
    )
    given: dict[str, object] = {"spec": spec}
    return {**given, "job": TrainingJob(stack, "Given", spec=spec)} if document == "deployments" else given


if __name__ == "__main__":
    synthesize(Path(sys.argv[1]).resolve())
