"""Setting up: what went wrong in one line, and half-made environments."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "set_up.py"


@pytest.fixture
def set_up() -> Any:
    spec = importlib.util.spec_from_file_location("set_up", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("command", "output", "told"),
    [
        (["pip"], "WARNING: Retrying ... NewConnectionError(...)\nERROR: No match", "pip cannot reach"),
        (["node", "ci"], "npm error code ECONNREFUSED\nnpm error A complete log of this run", "npm cannot"),
        (
            ["pip"],
            "ERROR: Cannot install x\nERROR: ResolutionImpossible: for help",
            "ERROR: Cannot install x",
        ),
        (["pip"], "", "an installer failed: no output"),
    ],
)
def test_an_installers_failure_is_one_clear_line(
    set_up: Any, command: list[str], output: str, told: str
) -> None:
    line = set_up.explain(subprocess.CalledProcessError(1, command, output=output))
    assert told in line
    assert "\n" not in line


def test_half_an_environment_is_made_again(
    set_up: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(set_up, "VENV", tmp_path / ".venv")
    assert not set_up.usable(set_up.venv_python())
    venv.create(tmp_path / ".venv", with_pip=False)
    assert not set_up.usable(set_up.venv_python())
    packages = f"python{sys.version_info.major}.{sys.version_info.minor}/site-packages"
    (tmp_path / ".venv" / "lib" / packages / "pip.py").touch()
    assert set_up.usable(set_up.venv_python())


def test_an_interruption_is_one_line(
    set_up: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(set_up, "STAMP", tmp_path / "stamp")
    monkeypatch.setattr(set_up, "set_up", interrupted)
    assert set_up.main() == 1
    assert capsys.readouterr().err == "setup: interrupted; run it again to go on\n"


def test_an_old_python_is_one_line(
    set_up: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(set_up, "STAMP", tmp_path / "stamp")
    monkeypatch.setattr(set_up, "OLDEST", (99, 0))
    assert set_up.main() == 1
    assert capsys.readouterr().err.startswith("setup: Python 3.10 or newer is needed, this is ")
