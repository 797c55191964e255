"""Every example passes cfn-lint and CDK's own validation: no error, and no warning but the explained."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.unit.cdk.examples import DOCUMENTS, FLAGS, ROOT

# cfn-lint: CDK writes a DependsOn for all resources of a construct that is waited for, also for those that a
# reference waits for already.
EXPLAINED = {"W3005"}
# What our own rules say of the documents' code, which is about something else.
OWN_WARNINGS: dict[str, set[str]] = {}
EXAMPLES = ("app", "readme", *DOCUMENTS)
LEAST_TEMPLATES = 9


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The examples' output, of one process; each with the report of its validation."""
    work, folder = tmp_path_factory.mktemp("work"), tmp_path_factory.mktemp("examples")
    _files_of_documents(work)
    shutil.copytree(ROOT / "examples", work / "examples", ignore=shutil.ignore_patterns("__pycache__"))
    environment = {
        **os.environ,
        "CDK_CONTEXT_JSON": json.dumps(FLAGS),
        "CDK_OUTDIR": str(work / "cdk.out"),
        "CDK_VALIDATION": "true",
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-m", "tests.unit.cdk.examples", str(folder)]
    done = subprocess.run(command, cwd=work, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-8000:]
    return folder


def _files_of_documents(folder: Path) -> None:
    """What docs/training-job.md finds in its reader's folder."""
    for name, text in {
        "code/train.py": "...\n",
        "container/Dockerfile": "FROM scratch\n",
        "labels.csv": "1\n",
    }.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)


@pytest.mark.parametrize("example", EXAMPLES)
def test_validation_finds_nothing(made: Path, example: str) -> None:
    report: dict[str, Any] = json.loads((made / example / "validation-report.json").read_text())
    found = {
        violation["ruleName"] for plugin in report["pluginReports"] for violation in plugin["violations"]
    }
    assert found == OWN_WARNINGS.get(example, set())


def test_cfn_lint_finds_nothing(made: Path) -> None:
    templates = sorted({path.name: path for path in made.rglob("*.template.json")}.values())
    assert len(templates) >= LEAST_TEMPLATES
    program = Path(sys.executable).with_name("cfn-lint")
    command = [str(program), "--format", "json", *map(str, templates)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    found = json.loads(done.stdout)
    others = [f"{one['Filename']}: {one['Message']}" for one in found if one["Rule"]["Id"] not in EXPLAINED]
    assert others == [], done.stderr
    # The explained ones are there: cfn-lint has read the templates.
    assert set(Counter(one["Rule"]["Id"] for one in found)) == EXPLAINED
