"""``constructs-lib local demo``: what it writes, starts and leaves; the emulation itself is stood in for."""

from __future__ import annotations

import ast
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

import pytest

from constructs_lib import local
from constructs_lib.cli import main
from constructs_lib.errors import LocalError
from constructs_lib.local import DeployResult, LocalAws

OUTPUTS = {"Demo": {"TrainingJobName": "line-1", "ModelUri": "s3://b/m", "Error": "0.08"}}


class FakeLocal:
    """An emulation that trains when what is deployed is new."""

    def __init__(
        self, *, error: BaseException | None = None, before: Callable[[], object] = lambda: None
    ) -> None:
        self._before = before
        self.trained: list[object] = []
        self.deployed: list[Path] = []
        self.destroyed: list[Path] = []
        self.ended = False
        self._error = error

    def __enter__(self) -> FakeLocal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.ended = True

    def deploy(self, app: Path, context: Any) -> DeployResult:
        self.deployed.append(app)
        self._before()
        assert (app / "app.py").is_file()
        assert (app / "code" / "train.py").is_file()
        if self._error is not None:
            raise self._error
        if context not in self.trained:
            self.trained.append(context)
        return DeployResult(0, "", OUTPUTS)

    def destroy(self, app: Path) -> None:
        self.destroyed.append(app)

    def calls(self, operation: str) -> list[object]:
        assert operation == "CreateTrainingJob"
        return self.trained

    def client(self, service: str) -> Any:
        assert service == "sagemaker"
        return self

    def describe_training_job(self, TrainingJobName: str) -> dict[str, str]:
        return {"TrainingJobName": TrainingJobName, "TrainingJobStatus": "Completed"}


@pytest.fixture
def cdk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A command line that is there; afterwards, signals as they were."""
    file = tmp_path / "cdk"
    file.touch()
    monkeypatch.setenv("CONSTRUCTS_LIB_CDK", str(file))
    before = signal.getsignal(signal.SIGTERM)
    yield file
    signal.signal(signal.SIGTERM, before)


def run(monkeypatch: pytest.MonkeyPatch, aws: FakeLocal, *arguments: str) -> int:
    monkeypatch.setattr(LocalAws, "start", lambda **_: aws)
    return main(["local", "demo", *arguments])


def test_it_deploys_three_times_destroys_and_leaves_nothing(
    cdk: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    aws = FakeLocal()
    assert run(monkeypatch, aws) == 0
    assert (len(aws.deployed), aws.trained, len(aws.destroyed), aws.ended) == (
        3,
        [{}, {"epochs": "60"}],
        1,
        True,
    )
    assert not aws.deployed[0].exists()
    out = capsys.readouterr().out
    assert f"cdk: {cdk}\n" in out
    assert out.count("CreateTrainingJob calls: 1") == 2
    assert out.count("CreateTrainingJob calls: 0") == 1


@pytest.mark.usefixtures("cdk")
def test_a_given_folder_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "new" / "my app"
    assert run(monkeypatch, FakeLocal(), "--folder", str(folder)) == 0
    assert sorted(file.name for file in folder.rglob("*.py")) == ["app.py", "train.py"]
    assert f"cd '{folder}'" in capsys.readouterr().out


@pytest.mark.usefixtures("cdk")
@pytest.mark.parametrize("given", ["full", "full/file"])
def test_a_folder_of_the_users_is_left_alone(
    given: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").write_text("mine")
    aws = FakeLocal()
    assert run(monkeypatch, aws, "--folder", str(tmp_path / given)) == 1
    assert (aws.deployed, (tmp_path / "full" / "file").read_text()) == ([], "mine")
    assert capsys.readouterr().err.startswith(f"constructs-lib: {tmp_path / given} ")


def test_without_a_cdk_nothing_is_started(
    cdk: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("CONSTRUCTS_LIB_CDK")
    monkeypatch.setenv("PATH", "")
    monkeypatch.chdir(cdk.parent)
    aws = FakeLocal()
    assert run(monkeypatch, aws, "--folder", "app") == 1
    assert "aws-cdk was not found; run npm install aws-cdk@" in capsys.readouterr().err
    assert not aws.deployed
    assert not (cdk.parent / "app").exists()


@pytest.mark.usefixtures("cdk")
@pytest.mark.parametrize(
    ("error", "code", "told"),
    [
        (LocalError("it failed"), 1, "it failed"),
        (KeyboardInterrupt(), 130, "interrupted; the emulation is ended"),
    ],
)
def test_it_ends_what_it_started_however_it_ends(
    error: BaseException,
    code: int,
    told: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    aws = FakeLocal(error=error)
    assert run(monkeypatch, aws) == code
    assert aws.ended
    assert not aws.deployed[0].exists()
    assert capsys.readouterr().err == f"constructs-lib: {told}\n"


@pytest.mark.usefixtures("cdk")
@pytest.mark.parametrize("goes", ["at the start", "while it deploys"])
def test_a_reader_that_goes_ends_it(
    goes: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    reader, writer = os.pipe()
    with os.fdopen(reader, "rb") as read, os.fdopen(writer, "w") as written:
        monkeypatch.setattr(sys, "stdout", written)
        aws = FakeLocal(before=read.close)
        if goes == "at the start":
            read.close()
        assert run(monkeypatch, aws) == 130
    assert len(aws.deployed) == (goes == "while it deploys")
    assert aws.ended == bool(aws.deployed)
    assert not any(app.exists() for app in aws.deployed)
    assert capsys.readouterr().err == ""


@pytest.mark.usefixtures("cdk")
def test_an_output_that_is_full_ends_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("there is no full device here")
    aws = FakeLocal()
    with Path("/dev/full").open("w") as full:
        monkeypatch.setattr(sys, "stdout", full)
        assert run(monkeypatch, aws) == 2
    assert not aws.deployed
    assert capsys.readouterr().err == "constructs-lib: cannot write: no space left on device\n"


@pytest.mark.usefixtures("cdk")
def test_a_training_that_was_not_expected_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    aws = FakeLocal()
    monkeypatch.setattr(aws, "calls", lambda _: aws.deployed)
    assert run(monkeypatch, aws) == 1
    assert "0 trainings were expected, 1 were started" in capsys.readouterr().err


def test_the_example_is_python_and_its_script_trains(tmp_path: Path) -> None:
    folder = Path(local.__file__).parent / "demo_app"
    ast.parse((folder / "app.py.txt").read_text())
    script = tmp_path / "train.py"
    script.write_text((folder / "train.py.txt").read_text())
    done = subprocess.run(
        [sys.executable, str(script), "--epochs", "20"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert float(done.stdout.rpartition("error=")[2]) < 0.5
    assert (tmp_path / "model.json").is_file()
