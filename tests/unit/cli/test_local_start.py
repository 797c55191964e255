"""``constructs-lib local start``: what it prints, and how it ends; the emulation itself is stood in for."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from types import TracebackType

import pytest

from constructs_lib.cli import local as command
from constructs_lib.cli import main
from constructs_lib.local import LocalAws


class FakeLocal:
    """An emulation that is interrupted as soon as it is waited for."""

    environment = {"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_SECRET": "it's"}  # noqa: RUF012
    endpoint_url = "http://127.0.0.1:1"
    ended = False

    def __enter__(self) -> FakeLocal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.ended = True


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeLocal]:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    made = FakeLocal()
    monkeypatch.setattr(LocalAws, "start", lambda **_: made)
    monkeypatch.setattr(command, "_wait", lambda *_: None)
    yield made
    for number, handler in before.items():
        signal.signal(number, handler)


def test_it_prints_what_a_shell_takes(
    aws: FakeLocal, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://elsewhere")
    assert main(["local", "start"]) == 0
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert lines[:2] == [
        "export AWS_ENDPOINT_URL=http://127.0.0.1:1",
        "export AWS_SECRET='it'\"'\"'s'",
    ]
    assert lines[2].startswith("unset ")
    assert "AWS_ENDPOINT_URL_S3" in lines[2].split()
    assert err == "# emulated AWS at http://127.0.0.1:1; Ctrl-C ends it\n"
    assert aws.ended


def test_a_reader_that_goes_ends_it(
    aws: FakeLocal, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as written:
        monkeypatch.setattr(sys, "stdout", written)
        assert main(["local", "start"]) == 130
        monkeypatch.undo()
    assert aws.ended
    assert capsys.readouterr().err == ""


def test_a_closed_output_ends_it(aws: FakeLocal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    assert main(["local", "start"]) == 130
    assert aws.ended
