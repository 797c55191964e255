"""The runtime lives its life on every Python at hand, whichever of them Lambda will run."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import botocore
import pytest

from tests.interpreters import other_pythons
from tests.unit.runtime.life import life

ROOT = Path(__file__).resolve().parents[3]
CODE = "import sys; from tests.unit.runtime.life import life; sys.stdout.write('LIFE:' + life())"


def test_the_life_of_a_resource_is_the_same_on_every_python() -> None:
    pythons = other_pythons()
    if not pythons:
        pytest.skip("no other Python from 3.10 on is installed")
    expected = life()
    assert expected.startswith("True ")
    assert "AlgorithmError" in expected
    # botocore and what it needs are pure Python: this environment's serve the others too.
    paths = os.pathsep.join([str(ROOT), str(Path(botocore.__file__).parents[1])])
    for python in pythons:
        run = subprocess.run(
            [python, "-c", CODE],
            env={**os.environ, "PYTHONPATH": paths},
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.returncode == 0, f"{python}: {run.stderr[-2000:]}"
        assert run.stdout.rpartition("LIFE:")[2] == expected, python
