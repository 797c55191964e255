"""The guard in front of moto: the version and every symbol."""

from __future__ import annotations

import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from constructs_lib.errors import LocalError
from constructs_lib.local import seams

REPOSITORY = Path(__file__).parents[3]


def test_the_pinned_moto_is_installed_and_complete() -> None:
    seams.check()


def test_the_pin_is_the_one_of_the_distribution() -> None:
    text = (REPOSITORY / "pyproject.toml").read_text(encoding="utf-8")
    assert f"moto[server]=={seams.PINNED_MOTO}" in text


def test_another_version_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metadata, "version", lambda name: "5.2.6")
    expected = "moto 5.2.6 is installed, only 5.2.5 works; run pip install 'constructs-lib[local]'"
    with pytest.raises(LocalError) as caught:
        seams.check()
    assert str(caught.value) == expected


def test_missing_moto_is_one_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", missing)
    with pytest.raises(LocalError, match=r"moto is not installed; run pip install 'constructs-lib\[local\]'"):
        seams.check()


def test_a_missing_symbol_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = "moto.awslambda.models:LambdaFunction._no_longer_here"
    monkeypatch.setattr(seams, "SEAMS", (*seams.SEAMS, gone))
    with pytest.raises(LocalError, match=r"lacks moto\.awslambda\.models:LambdaFunction\._no_longer_here"):
        seams.check()


def test_nothing_is_replaced_that_is_not_listed() -> None:
    with pytest.raises(LocalError, match="is not a known seam"):
        seams.replace("moto.core.config:default_user_config", {})
    with pytest.raises(LocalError, match="is not a known symbol"):
        seams.get("moto.core.config:something")


def test_moto_is_reached_through_the_seams_only() -> None:
    folder = REPOSITORY / "constructs_lib" / "local"
    importers = [
        path.name
        for path in folder.rglob("*.py")
        if any(
            line.lstrip().startswith(("import moto", "from moto")) for line in path.read_text().splitlines()
        )
    ]
    assert importers == []


@pytest.mark.parametrize(
    "module", ["constructs_lib.testing.plugin", "constructs_lib.local", "constructs_lib.cli"]
)
def test_importing_is_light(module: str) -> None:
    code = f"import sys, {module}; print([m for m in ('moto', 'aws_cdk', 'boto3') if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "[]"


def test_missing_jsonata_is_one_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    found = metadata.version

    def missing(name: str) -> str:
        if name == "jsonata-python":
            raise metadata.PackageNotFoundError(name)
        return found(name)

    monkeypatch.setattr(metadata, "version", missing)
    with pytest.raises(LocalError, match=r"jsonata-python is not installed; run pip install"):
        seams.check()
