"""How a demonstration tells its steps, also to a reader that goes."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from constructs_lib.cli import output, steps
from constructs_lib.cli.output import NobodyReadsError, OutputError
from constructs_lib.errors import LocalError


@contextmanager
def a_reader(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], None]]:
    """Standard output is a pipe; what is given lets its reader go."""
    reader, writer = os.pipe()
    with monkeypatch.context() as patch, os.fdopen(reader, "rb") as read, os.fdopen(writer, "w") as written:
        patch.setattr(sys, "stdout", written)
        yield read.close


class Dots:
    """What became of the dots, which come quickly."""

    def __init__(self) -> None:
        self.told, self.failed = threading.Event(), threading.Event()
        self.failures = 0

    def tell(self, text: str) -> None:
        try:
            output.tell(text)
        except (NobodyReadsError, OutputError):
            self.failures += 1
            self.failed.set()
            raise
        if text == ".":
            self.told.set()


@pytest.fixture
def dots(monkeypatch: pytest.MonkeyPatch) -> Dots:
    made = Dots()
    monkeypatch.setattr(steps, "_DOT_SECONDS", 0.01)
    monkeypatch.setattr(steps, "tell", made.tell)
    return made


def work(lose: Callable[[], object], dots: Dots, error: Exception | None = None) -> None:
    """A step that loses its output while it works; with an error, that is how the work ends."""
    with steps.progress("working"):
        lose()
        assert dots.failed.wait(10)
        time.sleep(0.05)  # as long as some dots
        assert dots.failures == 1
        if error is not None:
            raise error


def test_dots_and_seconds_are_told(dots: Dots, capsys: pytest.CaptureFixture[str]) -> None:
    with steps.progress("working"):
        assert dots.told.wait(10)
    out = capsys.readouterr().out
    assert out.startswith("   working .")
    assert out.endswith(" s\n")


def test_a_reader_that_goes_ends_the_dots_and_when_the_work_is_done_the_steps(
    dots: Dots, monkeypatch: pytest.MonkeyPatch
) -> None:
    with a_reader(monkeypatch) as leave, pytest.raises(NobodyReadsError):
        work(leave, dots)


def test_an_error_of_the_work_is_told_rather_than_that_of_the_dots(
    dots: Dots, monkeypatch: pytest.MonkeyPatch
) -> None:
    with a_reader(monkeypatch) as leave, pytest.raises(LocalError, match="it failed"):
        work(leave, dots, LocalError("it failed"))


def test_an_error_of_the_work_is_told_where_the_end_of_its_line_cannot_be(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(lose: Callable[[], None]) -> None:
        with steps.progress("working"):
            lose()
            raise LocalError("it failed")

    with a_reader(monkeypatch) as leave, pytest.raises(LocalError, match="it failed"):
        fail(leave)


def test_dots_that_cannot_be_written_are_an_error(dots: Dots, monkeypatch: pytest.MonkeyPatch) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("there is no full device here")
    with (
        Path("/dev/full").open("w") as full,
        monkeypatch.context() as patch,
        pytest.raises(OutputError, match="cannot write: no space"),
    ):
        work(lambda: patch.setattr(sys, "stdout", full), dots)


@pytest.mark.parametrize("tell", [partial(steps.title, "1. a step"), partial(steps.table, {"a": 1})])
def test_a_heading_or_a_table_that_nobody_reads_ends_the_steps(
    tell: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    with a_reader(monkeypatch) as leave:
        leave()
        with pytest.raises(NobodyReadsError):
            tell()


def test_a_table_is_aligned(capsys: pytest.CaptureFixture[str]) -> None:
    steps.table({"job": "a", "model": 1})
    assert capsys.readouterr().out == "   job    a\n   model  1\n"


class Counted:
    """An emulation that has seen some jobs."""

    def __init__(self) -> None:
        self.created: list[Any] = []

    def calls(self, operation: str) -> list[Any]:
        assert operation == "CreateTrainingJob"
        return list(self.created)


def test_trainings_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    aws: Any = Counted()
    aws.created.append({})
    with steps.counted(aws, 2):
        aws.created += [{}, {}]
    assert capsys.readouterr().out == "   CreateTrainingJob calls: 2\n"
    with pytest.raises(LocalError, match="1 trainings were expected, 0 were started"), steps.counted(aws, 1):
        pass
