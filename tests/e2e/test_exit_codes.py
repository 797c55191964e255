"""What findings do to a run: of the genuine command line, and of an app that is run by itself."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from constructs_lib.local.node import find_node

pytestmark = pytest.mark.e2e
ROOT = Path(__file__).resolve().parents[2]
FOLDER = Path(__file__).parent / "mistakes"
CDK = ROOT / "node_modules" / "aws-cdk" / "bin" / "cdk"
FLAGS = json.loads((ROOT / "cdk.json").read_text())["context"]
LINES = (FOLDER / "app.py").read_text().splitlines()
# The shells of continuous integration, without credentials or terminals.
QUIET = {"CI": "true", "NO_COLOR": "1", "AWS_EC2_METADATA_DISABLED": "true", "CDK_VALIDATION": "false"}
ERRORS = ["secret-in-plain-parameter", "wait-too-short", "max-wait-ge-max-runtime"]


def line(start: str) -> int:
    """The number of the app's first line that begins so, or of the statement that it ends."""
    return 1 + next(number for number, text in enumerate(LINES) if text.startswith(start))


def run(command: list[str], **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "PYTEST_"))}
    return subprocess.run(
        command,
        cwd=FOLDER,
        env={**kept, **QUIET, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def cdk_synth(outdir: Path, *context: str) -> subprocess.CompletedProcess[str]:
    options = [f"--context={entry}" for entry in context]
    app = f"--app={sys.executable} app.py"
    command = [str(find_node()), str(CDK), "synth", "--quiet", "--no-notices", app, f"--output={outdir}"]
    return run([*command, *options])


def python_app(outdir: Path, **context: str) -> subprocess.CompletedProcess[str]:
    environment = {"CDK_OUTDIR": str(outdir), "CDK_CONTEXT_JSON": json.dumps({**FLAGS, **context})}
    return run([sys.executable, "app.py"], **environment)


def reported(text: str) -> list[str]:
    return re.findall(r"Acknowledge with 'ConstructsLib::([a-z:-]+)'", text)


def test_errors_fail_the_command_line(tmp_path: Path) -> None:
    done = cdk_synth(tmp_path, "mistakes=errors")

    assert done.returncode == 1
    text = done.stdout + done.stderr
    assert sorted(reported(text)) == sorted(ERRORS)
    assert f"app.py:{line('TrainingJob(stack')}\n" in text
    assert "Churn/Nightly" in text
    assert "Suggested fix: use Completion.wait_condition(), which waits up to 12 hours" in text


def test_warnings_alone_are_printed_by_the_command_line_and_do_not_fail(tmp_path: Path) -> None:
    done = cdk_synth(tmp_path, "mistakes=warnings")

    assert done.returncode == 0, done.stderr
    assert reported(done.stdout + done.stderr) == ["max-runtime-defaulted"]


@pytest.mark.parametrize(
    ("context", "code", "rules"),
    [
        ({"mistakes": "errors"}, 1, ERRORS),
        ({"mistakes": "errors", "acknowledge": "yes"}, 1, [ERRORS[0], ERRORS[2]]),
        ({"mistakes": "warnings"}, 0, ["max-runtime-defaulted"]),
        ({}, 0, []),
    ],
    ids=["errors", "one acknowledged", "warnings", "clean"],
)
def test_an_app_by_itself(tmp_path: Path, context: dict[str, str], code: int, rules: list[str]) -> None:
    done = python_app(tmp_path, **context)

    assert done.returncode == code, done.stderr
    assert sorted(reported(done.stderr)) == sorted(rules)
    assert done.stdout == ""
