"""The end-to-end tests can fail: a broken library turns them red."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import constructs_lib
from constructs_lib.local import LocalAws
from tests.e2e.scenario import Scenario
from tests.e2e.test_first_deployments import start_and_destroy

pytestmark = pytest.mark.e2e
PACKAGE = Path(constructs_lib.__file__).parent


@pytest.fixture
def broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the library that the deployed app finds first."""
    copy = tmp_path / "constructs_lib"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return copy


def replace(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file.name}"
    file.write_text(text.replace(old, new))


def test_a_delete_that_stops_nothing_is_found(local_aws: LocalAws, broken: Path) -> None:
    found = "own = own_jobs(event, world.jobs, lambda: stack().is_deleted)"
    replace(broken / "runtime/transitions/remove.py", found, "own: list[Own] = []")

    with pytest.raises(AssertionError):
        start_and_destroy(Scenario(local_aws, "BrokenDelete"))


def test_an_attribute_that_is_left_out_is_found(local_aws: LocalAws, broken: Path) -> None:
    artifacts = '"ModelArtifactsUri": artifacts_of(description),'
    replace(broken / "runtime/transitions/verdict.py", artifacts, "")

    step = Scenario(local_aws, "BrokenAttribute").deploy()

    assert step.error is not None
    assert "ModelArtifactsUri" in step.error + step.reasons("CREATE_FAILED") + step.reasons(
        "ROLLBACK_IN_PROGRESS"
    )
