"""The command as a process of its own: what it imports, how it ends, how it writes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from .cli_helpers import request, write

COMMAND = [sys.executable, "-c", "import sys; from constructs_lib.cli import main; sys.exit(main())"]


def run(*arguments: str, data: bytes = b"", **variables: str) -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, **variables}
    return subprocess.run(
        [*COMMAND, *arguments], input=data, capture_output=True, check=False, env=environment, timeout=60
    )


def test_a_validation_loads_neither_cdk_nor_boto_nor_a_network_client(tmp_path: Path) -> None:
    file = write(tmp_path / "a.json", request(RoleArn="x"))
    code = (
        "import sys; from constructs_lib.cli import main\n"
        f"codes = [main(['validate', {file!r}, '--format', kind]) for kind in ('text', 'json', 'sarif')]\n"
        "main(['rules']), main(['rules', 'spot-needs-max-wait'])\n"
        "tops = {name.partition('.')[0] for name in sys.modules}\n"
        "heavy = {'aws_cdk', 'constructs', 'jsii', 'boto3', 'botocore', 'moto', 'socket', 'subprocess'}\n"
        "print(codes, *sorted(heavy & tops), file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, b"[1, 1, 1]\n")


def test_the_exit_codes_are_those_of_the_process(tmp_path: Path) -> None:
    good = write(tmp_path / "good.json", request())
    bad = write(tmp_path / "bad.json", request(RoleArn="x"))
    codes = [run("validate", *names).returncode for names in ([good], [good, bad], [bad, "none.json"], [])]
    assert codes == [0, 1, 2, 2]


def test_input_comes_from_a_pipe() -> None:
    done = run("validate", "-", data=json.dumps(request(RoleArn="x")).encode())
    assert done.returncode == 1
    assert done.stdout.startswith(b"-:1: RoleArn: error: ")
    assert run("validate", "-", data="é".encode("latin-1")).stderr == (
        b"constructs-lib: -: is not UTF-8 (byte 0xe9 in line 1; Latin-1?): "
        b"save it as UTF-8 without a byte-order mark\n"
    )


@pytest.mark.parametrize("unbuffered", ["", "1"])  # without a buffer a short write hides the broken pipe
def test_a_reader_that_stops_is_no_error(tmp_path: Path, unbuffered: str) -> None:
    # given far more findings than a pipe holds
    files = [write(tmp_path / f"{number}.json", request(RoleArn="x" * 19)) for number in range(1500)]
    # when the reader reads a line and goes
    process = subprocess.Popen(
        [*COMMAND, "validate", *files],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
    )
    assert process.stdout is not None
    assert process.stderr is not None
    assert b"RoleArn: error: " in process.stdout.readline()
    process.stdout.close()
    # then
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait(timeout=60) == 1


def test_output_that_cannot_be_written_is_an_error_in_a_line(tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("there is no full device here")
    file = write(tmp_path / "a.json", request())
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*COMMAND, "validate", file], stdout=full, stderr=subprocess.PIPE, check=False, timeout=60
        )
    assert (done.returncode, done.stderr) == (
        2,
        b"constructs-lib: cannot write: no space left on device\n",
    )


def test_a_terminal_without_our_characters_gets_escapes(tmp_path: Path) -> None:
    file = write(tmp_path / "é.json", request(RoleArn="x"))
    done = run("validate", file, PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert done.returncode == 1
    assert b"\\xe9.json:3: RoleArn: error: " in done.stdout


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has names that are no text")
@pytest.mark.parametrize("kind", ["text", "json", "sarif"])
def test_a_name_that_is_no_text_is_written_somehow(tmp_path: Path, kind: str) -> None:
    file = tmp_path / os.fsdecode(b"a\xff.json")
    file.write_text(json.dumps(request(RoleArn="x")))
    done = run("validate", str(file), "--format", kind)
    assert (done.returncode, done.stderr) == (1, b"")


def test_a_thousand_files_take_seconds_at_most(tmp_path: Path) -> None:
    files = [write(tmp_path / f"{number}.json", request()) for number in range(1000)]
    before = time.monotonic()
    done = run("validate", *files)
    assert done.returncode == 0
    assert done.stdout.endswith(b"in 1000 training jobs in 1000 files\n")
    assert time.monotonic() - before < 10  # a quarter of a second on an idle machine


def test_a_closed_standard_input_is_told_in_a_line() -> None:
    closed = ["/bin/sh", "-c", 'exec "$@" <&-', "sh", *COMMAND, "validate", "-"]
    done = subprocess.run(closed, capture_output=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (
        2,
        b"constructs-lib: -: cannot be read: standard input is closed\n",
    )


@pytest.mark.parametrize("way", [[], ["--construct"]])
def test_an_import_that_nobody_gets_is_not_one_that_was_printed(way: list[str], tmp_path: Path) -> None:
    file = write(tmp_path / "a.json", request())
    closed = ["/bin/sh", "-c", 'exec "$@" >&-', "sh", *COMMAND, "import", file, *way]
    done = subprocess.run(closed, capture_output=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (130, b"")


def test_a_validation_that_nobody_gets_still_tells_by_its_exit_code(tmp_path: Path) -> None:
    file = write(tmp_path / "a.json", request(RoleArn="x"))
    closed = ["/bin/sh", "-c", 'exec "$@" >&-', "sh", *COMMAND, "validate", file]
    assert subprocess.run(closed, capture_output=True, check=False, timeout=60).returncode == 1
