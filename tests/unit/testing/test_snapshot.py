"""Snapshots of templates, with pytest as a user runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from syrupy.filters import props

from constructs_lib.testing import TemplateSnapshot

TEST = """
import json
from pathlib import Path

import pytest

from constructs_lib.testing import TemplateSnapshot


def template():
    return json.loads(Path(__file__).with_name("template.json").read_text())


def test_as_an_argument(snapshot):
    assert template() == snapshot(extension_class=TemplateSnapshot)


@pytest.fixture
def snapshots(snapshot):
    return snapshot.use_extension(TemplateSnapshot)


def test_as_a_fixture(snapshots):
    assert Path(__file__).with_name("template.json") == snapshots(name="named")
"""


def template(asset: str = "1", depth: int = 6) -> dict[str, object]:
    place = f"s3://cdk-x-assets-1-eu-west-1/{asset * 64}.tar.gz"
    request = {"HyperParameters": {"source": place, "max_depth": depth}, "Zone": "é", "Area": 1}
    job = {"Type": "Custom::SageMakerTrainingJob", "Properties": {"Request": request}}
    return {"Resources": {"Job": job}}


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run pytest with the plugins that this needs, and no other."""
    # Within a worker of xdist syrupy would report nothing.
    environment = {name: value for name, value in os.environ.items() if "XDIST" not in name}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "syrupy", "-p", "constructs_lib.testing.plugin"]
    return subprocess.run(
        [*command, *arguments],
        cwd=folder,
        env={**environment, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n")
    (tmp_path / "test_stack.py").write_text(TEST)
    (tmp_path / "template.json").write_text(json.dumps(template()))
    return tmp_path


def check_file(file: Path) -> None:
    text = file.read_bytes()
    assert b"\r" not in text
    assert text.endswith(b"}\n")
    found = json.loads(text)
    assert list(found["Resources"]["Job"]["Properties"]["Request"]) == ["Area", "HyperParameters", "Zone"]
    assert "é".encode() in text


def test_a_snapshot_lives_through_another_asset_and_shows_another_request(folder: Path) -> None:
    assert "2 failed" in run(folder).stdout  # there is none yet

    made = run(folder, "--snapshot-update")
    assert made.returncode == 0, made.stdout
    files = sorted(folder.rglob("__snapshots__/test_stack/*.json"))
    assert [file.name for file in files] == ["test_as_a_fixture[named].json", "test_as_an_argument.json"]
    check_file(files[0])

    (folder / "template.json").write_text(json.dumps(template(asset="a")))
    again = run(folder)
    assert again.returncode == 0, again.stdout
    assert "2 snapshots passed" in again.stdout

    (folder / "template.json").write_text(json.dumps(template(depth=7)))
    failed = run(folder)
    assert failed.returncode == 1
    assert '"max_depth": 6' in failed.stdout
    assert '"max_depth": 7' in failed.stdout


def test_another_order_of_keys_is_the_same_text() -> None:
    extension = TemplateSnapshot()
    one = {"Resources": {"A": {"Type": "x", "Metadata": {"b": 1, "a": 2}}}, "Outputs": {}}
    other = {"Outputs": {}, "Resources": {"A": {"Metadata": {"a": 2, "b": 1}, "Type": "x"}}}
    assert extension.serialize(one) == extension.serialize(other)
    assert extension.serialize({"Resources": [2, 1]}) != extension.serialize({"Resources": [1, 2]})


def test_members_can_be_left_out() -> None:
    text = TemplateSnapshot().serialize({"A": 1, "B": 2}, exclude=props("B"))
    assert json.loads(text) == {"A": 1}
