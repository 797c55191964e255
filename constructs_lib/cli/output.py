"""How commands write: safe on a broken pipe, on a terminal of any encoding, and against hostile names."""

from __future__ import annotations

import os
import sys
from typing import TextIO

from constructs_lib.errors import ConstructsLibError

__all__ = ["NobodyReadsError", "OutputError", "complain", "emit", "plain", "tell", "use_colour"]


class OutputError(ConstructsLibError):
    """What a command has to say cannot be written; the text is the reason, in one line."""


class NobodyReadsError(Exception):
    """Whoever read the output has gone: a command that goes on and on, or only prints, ends by it."""


def emit(text: str) -> bool:
    """Writes text to standard output.

    A reader that has closed its end (``| head``) ends the writing, not the command. What the output's
    encoding has no character for is written as an escape.

    Args:
        text: what is written, line ends and all.

    Returns:
        Whether it has a reader still.

    Raises:
        OutputError: it cannot be written, such as to a full disk.
    """
    if sys.stdout is None:
        return False
    _escape_what_cannot_be_encoded(sys.stdout)
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        _discard(sys.stdout)
        return False
    except OSError as error:
        _discard(sys.stdout)
        raise OutputError(f"cannot write: {(error.strerror or str(error)).lower()}") from None
    return True


def tell(text: str) -> None:
    """Writes text to standard output as `emit` does, for a command that has no use without a reader.

    Args:
        text: what is written, line ends and all.

    Raises:
        NobodyReadsError: it has no reader.
        OutputError: it cannot be written, such as to a full disk.
    """
    if not emit(text):
        raise NobodyReadsError


def complain(text: str) -> None:
    """Writes one line to standard error, under the command's name."""
    if sys.stderr is not None:
        _escape_what_cannot_be_encoded(sys.stderr)
        print(f"constructs-lib: {plain(text)}", file=sys.stderr)


def plain(text: str) -> str:
    """Text as one line without control characters: names of files and states may hold any."""
    return text if text.isprintable() else "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def use_colour() -> bool:
    """Whether standard output is a terminal that shows colours, and the user has not said no (NO_COLOR)."""
    return (
        sys.stdout is not None
        and sys.stdout.isatty()
        and not os.environ.get("NO_COLOR")
        and os.environ.get("TERM") != "dumb"
    )


def _discard(stream: TextIO) -> None:
    """Lets what is left go nowhere: Python flushes once more at its end, and would fail there."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _escape_what_cannot_be_encoded(stream: TextIO) -> None:
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="backslashreplace")
