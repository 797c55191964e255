from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from constructs_lib import __version__
from constructs_lib.cli import main
from constructs_lib.cli import validate as command

from .cli_helpers import request, write
from .test_state_machines import TRAIN, machine

CORPUS = Path(__file__).resolve().parents[4] / "shared" / "corpus"


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(["validate", *arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def errors(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[tuple[str, str]]:
    _, out, _ = run(capsys, *arguments, "--format", "json")
    return [
        (finding["rule"], finding["path"])
        for job in json.loads(out)["jobs"]
        for finding in job["findings"]
        if finding["severity"] == "error"
    ]


def test_a_request_without_errors_exits_with_0(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write(tmp_path / "a.json", request())
    assert errors(capsys, file) == []
    code, out, err = run(capsys, file)
    assert (code, err) == (0, "")
    assert out.splitlines()[-1].endswith("1 training job in 1 file")


def test_errors_exit_with_1_and_are_shown_with_their_lines(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write(tmp_path / "a.json", request(RoleArn="x", TrainingJobName="a_b"))
    code, out, err = run(capsys, file)
    assert (code, err) == (1, "")
    assert out.startswith(f"{file}:2: TrainingJobName: error: ")
    assert f"\n{file}:3: RoleArn: error: " in out
    assert "\x1b" not in out


def test_an_unusable_input_exits_with_2_and_the_others_are_checked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad, none = write(tmp_path / "a.json", request(RoleArn="x")), str(tmp_path / "none.json")
    code, out, err = run(capsys, none, bad)
    assert code == 2
    assert out.startswith(f"{bad}:3: RoleArn: error: ")
    assert out.splitlines()[-1].endswith("; 1 input not usable")
    assert err == f"constructs-lib: {none}: there is no such file\n"


def test_an_input_without_a_job_is_told_and_no_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write(tmp_path / "a.json", machine(A={"Type": "Pass"}))
    code, out, err = run(capsys, file)
    assert (code, err) == (0, f"constructs-lib: {file}: no training job in it\n")
    assert out == "nothing found in 0 training jobs in 1 file\n"


def test_standard_input_is_a_dash(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    data = json.dumps(request(RoleArn="x")).encode()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    assert errors(capsys, "-") == [("model:length", "RoleArn")]


def test_a_state_machine_names_the_state(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # given two members that only an execution knows, and one that is wrong
    parameters: dict[str, Any] = request(TrainingJobName=None, RoleArn=None, OutputDataConfig={})
    parameters |= {"TrainingJobName.$": "$.name", "RoleArn.$": "$.role"}
    state = {"Type": "Task", "Resource": TRAIN, "Parameters": parameters}
    file = write(tmp_path / "a.json", machine(Train=state))
    # when / then
    assert errors(capsys, file) == [("model:required", "OutputDataConfig.S3OutputPath")]
    assert ": Train: OutputDataConfig.S3OutputPath: error: " in run(capsys, file)[1]


def test_what_only_one_variant_of_a_request_has_is_no_finding(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # given a member that is required and one that does not exist, each under a condition
    perhaps = {"Fn::If": ["C", {"Ref": "R"}, {"Ref": "AWS::NoValue"}]}
    asked = request(RoleArn=perhaps, Unheard=perhaps, TrainingJobName="a_b")
    resource = {"Type": "Custom::SageMakerTrainingJob", "Properties": {"Request": asked}}
    file = write(tmp_path / "a.json", {"Resources": {"Job": resource}})
    assert errors(capsys, file) == [("model:pattern", "TrainingJobName")]


def test_the_region_of_the_stack_wins_over_the_option(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    resource = {"Type": "Custom::SageMakerTrainingJob", "Properties": {"Request": request()}}
    stack = {"type": "aws:cloudformation:stack", "properties": {"templateFile": "a.json"}}
    known = {
        **stack,
        "environment": "aws://unknown-account/eu-west-1",
        "properties": {"templateFile": "b.json"},
    }
    write(tmp_path / "manifest.json", {"artifacts": {"A": stack, "B": known}})
    for name in ("a.json", "b.json"):
        write(tmp_path / name, {"Resources": {"Job": resource}})
    _, out, _ = run(capsys, str(tmp_path), "--region", "us-east-1", "--format", "json")
    assert [(job["stack"], job["region"]) for job in json.loads(out)["jobs"]] == [
        ("A", "us-east-1"),
        ("B", "eu-west-1"),
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "the following arguments are required: FILE"),
        (["a.json", "--format", "xml"], "invalid choice: 'xml'"),
        (["a.json", "--region", "Ireland"], "'Ireland' is no region; write it like eu-west-1"),
    ],
)
def test_misuse_exits_with_2(capsys: pytest.CaptureFixture[str], arguments: list[str], message: str) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["validate", *arguments])
    assert caught.value.code == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    "region", ["eu-west-1", "us-gov-east-1", "cn-north-1", "ap-southeast-5", "us-isob-east-1"]
)
def test_regions_are_known_by_their_form(region: str) -> None:
    assert command._region(region) == region


@pytest.mark.parametrize(
    ("terminal", "variables", "coloured"),
    [
        (True, {}, True),
        (False, {}, False),
        (True, {"NO_COLOR": "1"}, False),
        (True, {"NO_COLOR": ""}, True),
        (True, {"TERM": "dumb"}, False),
    ],
)
def test_colour_is_for_terminals_that_want_it(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    terminal: bool,
    variables: dict[str, str],
    coloured: bool,
) -> None:
    # given
    file = write(tmp_path / "a.json", request(RoleArn="x"))
    for name in ("NO_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    monkeypatch.setattr(out, "isatty", lambda: terminal)
    monkeypatch.setattr(sys, "stdout", out)
    # when
    main(["validate", file])
    # then
    out.seek(0)
    assert ("\x1b[1;31merror\x1b[0m" in out.read()) is coloured


def test_an_interrupt_ends_the_command_quietly(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "load", interrupted)
    assert main(["validate", "a.json"]) == 130


@pytest.mark.skipif(not CORPUS.exists(), reason="the shared corpus of requests is not beside this repository")
def test_the_requests_of_the_corpus_have_no_errors(capsys: pytest.CaptureFixture[str]) -> None:
    files = [str(file) for file in sorted((CORPUS / "valid").glob("*.json"))]
    code, out, err = run(capsys, *files)
    assert (code, err, len(files)) == (0, "", 59)
    assert out.splitlines()[-1].endswith("in 59 training jobs in 59 files")


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--version"])
    assert (caught.value.code, capsys.readouterr().out) == (0, f"constructs-lib {__version__}\n")
