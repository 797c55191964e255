"""``constructs-lib import``: what is printed makes the request again, to the letter, and nothing else."""

from __future__ import annotations

import ast
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from constructs_lib.cli import main
from constructs_lib.cli.importing.module import module_text
from constructs_lib.spec import TrainingJobSpec
from constructs_lib.spec.job_checks import is_whole
from tests.unit.spec.request_strategies import strategy
from tests.unit.spec.test_request_reader import CLASSIC, CORPUS, identical

from .cli_helpers import REQUEST, request, write
from .test_state_machines import machine

CASES = [REQUEST, CLASSIC]
if CORPUS.is_dir():
    CASES += [json.loads(file.read_text("utf-8")) for file in sorted(CORPUS.glob("*.json"))]
NASTY = [
    '"); import os; os.abort() #',
    "'''\"\"\"\\",
    "\\",
    "{x!r} %s \\N{BULLET}",
    "a\nb\r\u2028\x00\x1b[2J",
    "\u202eabc\u2066",
    "Ünï 日本 🎉 \xad\ufeff",
    '"' * 3,
]
# What an expression of values consists of: no name is bound, nothing is computed.
HARMLESS = (ast.Call, ast.keyword, ast.Attribute, ast.Name, ast.Load, ast.Constant, ast.List, ast.Dict)
NUMBER_SIGNS = (ast.UnaryOp, ast.USub)


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(["import", *arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def made(text: str) -> Any:
    """What the printed Python makes of a request."""
    names: dict[str, Any] = {}
    exec(compile(text, "printed.py", "exec"), names)
    return names["spec"].to_request()


def printed(request_: dict[str, Any]) -> str:
    return module_text(TrainingJobSpec.from_request(request_), construct=False)


def texts(value: Any) -> set[str]:
    """Every text in a request; keys of structures too."""
    if isinstance(value, dict):
        return set(value).union(*map(texts, value.values()))
    if isinstance(value, list):
        return set().union(*map(texts, value))
    return {value} if isinstance(value, str) else set()


def assert_is_only_a_value(text: str, request_: dict[str, Any]) -> None:
    """The module imports names, and assigns one expression of calls of these and of the request's texts."""
    documentation, *imports, assigned = ast.parse(text).body
    assert isinstance(documentation, ast.Expr)
    assert all(isinstance(node, ast.ImportFrom) for node in imports)
    assert isinstance(assigned, ast.Assign)
    for node in ast.walk(assigned.value):
        assert isinstance(node, (*HARMLESS, *NUMBER_SIGNS)), ast.dump(node)
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            assert node.value in texts(request_)
        if isinstance(node, ast.Name):
            assert node.id in {name.name for line in imports for name in line.names}  # type: ignore[attr-defined]


@pytest.mark.parametrize("request_", CASES, ids=range(len(CASES)))
def test_the_printed_python_makes_the_request_again(
    request_: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = run(capsys, write(tmp_path / "a.json", request_))
    assert code == 0
    assert identical(made(out), request_)
    assert_is_only_a_value(out, request_)
    assert "overrides" not in out or TrainingJobSpec.from_request(request_).overrides


def test_the_printed_python_is_what_ruff_writes(tmp_path: Path) -> None:
    wide = request(Environment={"k" * 60: "日本" * 6, **{f"N{i}": text for i, text in enumerate(NASTY)}})
    for index, request_ in enumerate([*CASES, wide]):
        (tmp_path / f"printed_{index}.py").write_text(printed(request_), encoding="utf-8")
        app = module_text(TrainingJobSpec.from_request(request_), construct=True)
        (tmp_path / f"app_{index}.py").write_text(app, encoding="utf-8")
    for arguments in (["check"], ["format", "--check"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *arguments, "--isolated", "--no-cache", "."],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr


def test_the_typed_form_is_used_and_defaults_are_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    members = {
        "StoppingCondition": {"MaxRuntimeInSeconds": 5400, "MaxWaitTimeInSeconds": 172800},
        "EnableManagedSpotTraining": True,
        "Environment": {"QUOTE": 'say "yes"'},
    }
    code, out, err = run(capsys, write(tmp_path / "a.json", request(**members)))
    assert code == 0
    assert "CheckpointConfig: warning: " in err
    assert out == (
        '"""A training job, as printed by constructs-lib import."""\n'
        "\n"
        "from datetime import timedelta\n"
        "\n"
        "from constructs_lib import Algorithm, Output, SpotTraining, TrainingJobSpec\n"
        "\n"
        "spec = TrainingJobSpec(\n"
        "    algorithm=Algorithm.from_image_uri(\n"
        '        "123456789012.dkr.ecr.eu-west-1.amazonaws.com/train:1.0",\n'
        "    ),\n"
        '    environment={"QUOTE": \'say "yes"\'},\n'
        '    instance_type="ml.m5.xlarge",\n'
        "    volume_size_gib=30,\n"
        '    output=Output(s3_uri="s3://out-bucket/model/"),\n'
        "    max_runtime=timedelta(minutes=90),\n"
        "    spot=SpotTraining(max_wait=timedelta(days=2)),\n"
        '    training_job_name="churn",\n'
        '    role_arn="arn:aws:iam::123456789012:role/Train",\n'
        ")\n"
    )


def s3(kind: str, **members: Any) -> dict[str, Any]:
    return {"S3DataSource": {"S3DataType": kind, "S3Uri": "s3://b/k", **members}}


def mounted(kind: str, path: str = "/x", mode: str = "ro") -> dict[str, Any]:
    names = ("FileSystemType", "FileSystemId", "DirectoryPath", "FileSystemAccessMode")
    return {"FileSystemDataSource": dict(zip(names, (kind, "fs-1", path, mode), strict=True))}


@pytest.mark.parametrize(
    ("source", "members", "expected"),
    [
        (s3("S3Prefix"), {}, 'Channel.from_uri("c", "s3://b/k")'),
        (s3("S3Prefix"), {"InputMode": "File"}, 'Channel.from_uri("c", "s3://b/k", input_mode="File")'),
        (s3("Converse"), {}, 'Channel.from_uri("c", "s3://b/k", data_type="Converse")'),
        (s3("ManifestFile"), {}, 'Channel.from_manifest("c", "s3://b/k")'),
        (
            s3("AugmentedManifestFile", AttributeNames=["a"]),
            {"InputMode": "Pipe"},
            'Channel.from_augmented_manifest("c", "s3://b/k", attribute_names=["a"])',
        ),
        (
            s3("AugmentedManifestFile", AttributeNames=[]),
            {},
            'Channel.from_augmented_manifest("c", "s3://b/k", attribute_names=[], input_mode=None)',
        ),
        (
            s3("AugmentedManifestFile"),
            {},
            'Channel.from_uri("c", "s3://b/k", data_type="AugmentedManifestFile")',
        ),
        (
            s3("S3Prefix", AttributeNames=["a"]),
            {},
            'Channel(name="c", s3_uri="s3://b/k", attribute_names=["a"])',
        ),
        (mounted("EFS", "/"), {}, 'Channel.from_efs("c", "fs-1")'),
        (mounted("EFS", "/x", "rw"), {}, 'Channel.from_efs("c", "fs-1", "/x", read_only=False)'),
        (mounted("FSxLustre"), {}, 'Channel.from_fsx_lustre("c", "fs-1", "/x")'),
        ({"DatasetSource": {"DatasetArn": "arn"}}, {}, 'Channel.from_dataset("c", "arn")'),
    ],
)
def test_a_channel_is_made_by_the_method_for_its_source(
    source: dict[str, Any], members: dict[str, Any], expected: str
) -> None:
    request_ = request(InputDataConfig=[{"ChannelName": "c", "DataSource": source, **members}])
    text = printed(request_)
    assert ast.unparse(ast.parse(expected)) in ast.unparse(ast.parse(text))
    assert identical(made(text), request_)


def test_tokens_that_no_method_takes_are_printed_all_the_same() -> None:
    request_ = request(
        InputDataConfig=[{"ChannelName": "c", "DataSource": mounted("{% $kind %}", mode="{% $mode %}")}],
        ResourceConfig="{% $machines %}",
        HyperParameters="{% $values %}",
    )
    text = printed(request_)
    assert "from constructs_lib.spec.file_systems import FileSystem\n" in text
    assert identical(made(text), request_)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(strategy(tokens=True))
def test_any_request_of_the_right_types_is_made_again(found: dict[str, Any]) -> None:
    request_ = {**REQUEST, **found}
    assume(is_whole(TrainingJobSpec.from_request(request_)))  # the command refuses another
    text = printed(request_)
    assert identical(made(text), request_)
    assert_is_only_a_value(text, request_)


NASTY_TEXTS = st.text() | st.sampled_from(NASTY) | st.lists(st.sampled_from(NASTY)).map("".join)


@settings(max_examples=200, deadline=None)
@given(NASTY_TEXTS, NASTY_TEXTS)
@example(NASTY[0], NASTY[1])
def test_no_text_becomes_code(key: str, value: str) -> None:
    request_ = request(HyperParameters={key: value}, Environment={key: value}, TrainingJobName=value or "x")
    request_["AlgorithmSpecification"]["TrainingImage"] = value or "x"
    text = printed(request_)
    assert identical(made(text), request_)
    assert_is_only_a_value(text, request_)
    assert text.replace("\n", "").isprintable()
    assert identical(made(text.encode("ascii", "backslashreplace").decode()), request_)


def test_an_output_of_another_encoding_gets_escapes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    request_ = request(Environment={"CITY": "Köln", "NOTE": "日本 🎉"})
    output = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(output, encoding="latin-1"))
    assert main(["import", write(tmp_path / "a.json", request_)]) == 0
    assert identical(made(output.getvalue().decode("utf-8")), request_)


def test_a_description_is_known_by_its_members(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answer = request(
        TrainingJobArn="arn:aws:sagemaker:eu-west-1:123456789012:training-job/churn",
        TrainingJobStatus="Completed",
        SecondaryStatus="Completed",
        CreationTime="2026-01-01T00:00:00Z",
        CheckpointConfig={"S3Uri": "s3://old/place", "LocalPath": "/opt/c"},
    )
    file = write(tmp_path / "a.json", answer)
    code, out, err = run(capsys, file)
    assert code == 0
    assert 'checkpoint=Checkpoint(local_path="/opt/c")' in out
    assert "churn" not in out
    assert err == (
        f"constructs-lib: {file}: the job's name is left out: it can be used once\n"
        f"constructs-lib: {file}: the place of its checkpoints is left out: a new job would go on from "
        "the old one's state\n"
    )
    event = write(
        tmp_path / "b.json", {"detail-type": "SageMaker Training Job State Change", "detail": answer}
    )
    assert run(capsys, event)[:2] == (0, out)


@pytest.mark.parametrize("request_", CASES, ids=range(len(CASES)))
def test_a_description_of_any_request_is_made_into_what_the_library_reads(
    request_: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = {**request_, "TrainingJobStatus": "Failed", "FailureReason": "x", "CreationTime": 1.5}
    code, out, _ = run(capsys, write(tmp_path / "a.json", answer))
    assert code == 0
    assert identical(made(out), TrainingJobSpec.from_description(answer).to_request())


def test_standard_input_is_a_dash(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(json.dumps(REQUEST).encode())))
    code, out, err = run(capsys, "-")
    assert (code, err) == (0, "")
    assert identical(made(out), REQUEST)


def test_findings_are_told_and_the_python_is_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    request_ = request(RoleArn="x")
    file = write(tmp_path / "a.json", request_)
    code, out, err = run(capsys, file)
    assert code == 0
    assert identical(made(out), request_)
    assert err.startswith(f"constructs-lib: {file}: RoleArn: error: ")


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (
            [REQUEST],
            "holds a list, not a request, a state machine or a template: put each request into a file",
        ),
        ({}, "is an empty object, not a CreateTrainingJob request"),
        ({"Resources": {}}, "is a template, not a CreateTrainingJob request: give one request"),
        (
            machine(A={"Type": "Pass"}),
            "is a state machine, not a CreateTrainingJob request: give one request",
        ),
        (request(Unheard=1), "Unheard: is no member that CreateTrainingJob has there"),
        (
            request(ResourceConfig={"InstanceTyp": "x"}),
            "ResourceConfig.InstanceTyp: is no member that CreateTrainingJob has there; "
            "did you mean InstanceType?",
        ),
        (request(Environment={"SECRET": 7}), "Environment.SECRET: must be a str, got int"),
        (request(AlgorithmSpecification=None), "algorithm: is needed"),
        (request(ResourceConfig=None), "instance_type: is needed"),
        (request(ResourceConfig={"VolumeSizeInGB": 1}), "instance_type: is needed"),
    ],
)
def test_what_makes_no_spec_exits_with_2(
    document: Any, reason: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write(tmp_path / "a.json", document)
    code, out, err = run(capsys, file)
    assert (code, out) == (2, "")
    assert err.startswith(f"constructs-lib: {file}: {reason}")
    assert err.count("\n") == 1


def test_a_missing_file_exits_with_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, str(tmp_path / "none.json"))[0] == 2


def test_an_import_loads_neither_cdk_nor_boto(tmp_path: Path) -> None:
    file = write(tmp_path / "a.json", CLASSIC)
    code = (
        f"import sys; from constructs_lib.cli import main; main(['import', {file!r}])\n"
        "tops = {name.partition('.')[0] for name in sys.modules}\n"
        "sys.exit(str(sorted({'aws_cdk', 'jsii', 'boto3', 'botocore', 'moto'} & tops)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr.splitlines()[-1] == "[]"


def test_the_printed_app_synthesizes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, write(tmp_path / "a.json", REQUEST), "--construct")
    assert code == 0
    file = tmp_path / "app.py"
    file.write_text(out, encoding="utf-8")
    environment = {**os.environ, "CDK_OUTDIR": str(tmp_path / "cdk.out")}
    done = subprocess.run([sys.executable, str(file)], env=environment, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    template = (tmp_path / "cdk.out" / "Training.template.json").read_text()
    assert "Custom::SageMakerTrainingJob" in template
