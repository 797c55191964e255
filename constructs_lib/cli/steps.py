"""How a demonstration tells its steps: headings, dots while something works, columns, what was trained."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from constructs_lib.cli.output import OutputError, emit, tell
from constructs_lib.errors import LocalError

if TYPE_CHECKING:
    from constructs_lib.local import LocalAws

__all__ = ["counted", "progress", "table", "title"]

_DOT_SECONDS = 1.0


@contextmanager
def progress(what: str) -> Iterator[None]:
    """Dots while something works, and the seconds it took.

    A reader that goes meanwhile ends the dots at once, and the steps when the work is done.
    """
    tell(f"   {what} ")
    done = threading.Event()
    started = time.monotonic()
    with ThreadPoolExecutor(1) as threads:
        dots = threads.submit(_dots, done)
        try:
            yield
        except BaseException:
            with suppress(OutputError):  # what went wrong is worth more than the end of this line
                emit(_seconds(started))
            raise
        finally:
            done.set()
    dots.result()
    tell(_seconds(started))


def _dots(done: threading.Event) -> None:
    while not done.wait(_DOT_SECONDS):
        tell(".")


def _seconds(started: float) -> str:
    return f" {time.monotonic() - started:.0f} s\n"


@contextmanager
def counted(aws: LocalAws, expected: int) -> Iterator[None]:
    """Tells how many jobs were started.

    Args:
        aws: the emulation.
        expected: how many there have to be.

    Raises:
        LocalError: there are more, or fewer.
    """
    before = len(aws.calls("CreateTrainingJob"))
    yield
    started = len(aws.calls("CreateTrainingJob")) - before
    tell(f"   CreateTrainingJob calls: {started}\n")
    if started != expected:
        raise LocalError(f"{expected} trainings were expected, {started} were started")


def table(rows: Mapping[str, Any]) -> None:
    """Two aligned columns."""
    width = max(map(len, rows))
    tell("".join(f"   {name:<{width}}  {value}\n" for name, value in rows.items()))


def title(text: str) -> None:
    """A step's heading."""
    tell(f"\n{text}\n")
