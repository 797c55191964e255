"""The example's templates do not depend on the folder, the Python, or the recommended flags' being set."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import aws_cdk
import pytest

from tests.interpreters import other_pythons

ROOT = Path(__file__).resolve().parents[3]
FLAGS = json.loads((ROOT / "cdk.json").read_text())["context"]
# The packages are pure Python: this environment's serve the other interpreters too.
PACKAGES = Path(aws_cdk.__file__).parents[1]
TEMPLATES = 3

Templates = dict[str, bytes]


def synthesized(
    folder: Path, outdir: Path, context: Mapping[str, object] | None = None, python: str = sys.executable
) -> Templates:
    """The templates of the app in a folder, as written."""
    environment = {
        **os.environ,
        "CDK_CONTEXT_JSON": json.dumps(FLAGS if context is None else context),
        "CDK_OUTDIR": str(outdir),
        "CDK_VALIDATION": "false",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": os.pathsep.join([str(folder), str(PACKAGES)]),
    }
    run = subprocess.run(
        [python, "app.py"], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, f"{python}: {run.stderr[-4000:]}"
    found = {path.name: path.read_bytes() for path in sorted(outdir.glob("*.template.json"))}
    assert len(found) == TEMPLATES
    return found


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Templates:
    return synthesized(ROOT, tmp_path_factory.mktemp("here") / "cdk.out")


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project in a folder of another name, with other times and modes, and with leavings of Python's."""
    folder = tmp_path_factory.mktemp("elsewhere") / "a copy"
    ignored = shutil.ignore_patterns("__pycache__")
    for name in ("constructs_lib", "examples"):
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    shutil.copy(ROOT / "app.py", folder)
    for path in folder.rglob("*.py"):
        os.utime(path, (1_000_000_000, 1_000_000_000))
        path.chmod(0o600)
    leavings = folder / "constructs_lib" / "runtime" / "__pycache__"
    leavings.mkdir()
    (leavings / "world.cpython-399.pyc").write_bytes(b"left")
    return folder


def test_another_folder_gives_the_same_bytes(here: Templates, copied: Path, tmp_path: Path) -> None:
    assert synthesized(copied, tmp_path / "out") == here


def runs_cdk(python: str) -> bool:
    """Whether this environment's packages are all that a Python needs; an older one may need backports."""
    environment = {**os.environ, "PYTHONPATH": str(PACKAGES)}
    run = subprocess.run([python, "-c", "import jsii"], env=environment, capture_output=True, check=False)
    return run.returncode == 0


def minor_version(python: str) -> int:
    """Of an interpreter's path, the 13 of 3.13."""
    return max(int(found) for found in re.findall(r"3\.(\d+)", python))


def test_the_oldest_and_the_newest_python_give_the_same_bytes(
    here: Templates, copied: Path, tmp_path: Path
) -> None:
    pythons = [python for python in sorted(other_pythons(), key=minor_version) if runs_cdk(python)]
    if not pythons:
        pytest.skip("no other Python from 3.10 on is installed that runs this environment's packages")
    for number, python in enumerate(dict.fromkeys((pythons[0], pythons[-1]))):
        assert synthesized(copied, tmp_path / str(number), python=python) == here, python


def test_without_the_recommended_flags_the_logical_ids_are_the_same(
    here: Templates, copied: Path, tmp_path: Path
) -> None:
    """Users who have none of them, or set them later: nothing is replaced; test_synth.py pins the ids."""
    without = synthesized(copied, tmp_path / "out", context={})
    assert logical_ids(without) == logical_ids(here)
    assert without != here


def logical_ids(made: Templates) -> dict[str, dict[str, str]]:
    """The type of each resource by its logical id, for each template."""
    return {
        name: {key: one["Type"] for key, one in json.loads(text)["Resources"].items()}
        for name, text in made.items()
    }
