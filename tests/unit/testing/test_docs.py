"""The examples of docs/testing.md are a test file that passes, and fails as the document says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "testing.md"


def blocks(kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)


def test_the_examples_pass(tmp_path: Path) -> None:
    (tmp_path / "test_churn.py").write_text("\n\n".join(blocks("python")))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "syrupy", "--snapshot-update"]
    done = subprocess.run(
        command,
        cwd=tmp_path,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "3 passed" in done.stdout
    (file,) = tmp_path.rglob("__snapshots__/*/*.json")
    assert file.relative_to(tmp_path) == Path("__snapshots__/test_churn/test_the_stack_stays_as_it_is.json")


def test_a_failure_looks_as_it_is_shown() -> None:
    names: dict[str, Any] = {}
    exec(compile("\n".join(blocks("python")), str(DOCUMENT), "exec"), names)
    with pytest.raises(AssertionError) as raised:
        names["assert_training_job"](names["churn"](), {"ResourceConfig": {"InstanceType": "ml.m5.xlarge"}})
    assert [f"{raised.value}\n"] == blocks("text")
