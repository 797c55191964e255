"""The Python that makes a training job request: a TrainingJobSpec in its typed form, with its imports."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from constructs_lib.cli.output import complain, tell
from constructs_lib.cli.reading import UnusableInputError

__all__ = ["add_parser"]

_EPILOG = (
    "Everything in the request is printed, also what may be secret in hyperparameters and environment. "
    "exit code: 0 it was printed (what is wrong with the request is told on standard error), 2 the input "
    "cannot be used, 130 nobody reads what it prints"
)
_UNUSABLE = 2


def add_parser(commands: Any) -> None:
    """Adds the command."""
    parser = commands.add_parser(
        "import", help="print the Python that makes a request", description=__doc__, epilog=_EPILOG
    )
    parser.add_argument(
        "file",
        metavar="REQUEST",
        help="a CreateTrainingJob request (JSON), an answer of DescribeTrainingJob, an event about a job, "
        "or - for standard input",
    )
    parser.add_argument(
        "--construct", action="store_true", help="also print an app with a TrainingJob of that spec"
    )
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    # Here: they load the whole of the spec, which no other command needs.
    from constructs_lib.cli.importing.module import module_text
    from constructs_lib.cli.importing.request import read_spec_of

    try:
        found = read_spec_of(arguments.file)
    except UnusableInputError as error:
        complain(f"{arguments.file}: {error}")
        return _UNUSABLE
    tell(_encodable(module_text(found.spec, construct=arguments.construct)))
    for note in found.notes:
        complain(f"{arguments.file}: {note}")
    for finding in found.spec.validate():
        place = f"{arguments.file}: {finding.path or '(the request)'}"
        complain(f"{place}: {finding.severity}: {finding.message} [{finding.rule}]")
    return 0


def _encodable(text: str) -> str:
    """The text for an output that may not be UTF-8, as Python's source is: with escapes in its literals.

    Nothing outside of literals is other than ASCII.
    """
    encoding = (getattr(sys.stdout, "encoding", None) or "utf-8").replace("-", "").lower()
    return text if encoding == "utf8" else text.encode("ascii", "backslashreplace").decode("ascii")
