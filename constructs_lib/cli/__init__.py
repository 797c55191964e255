"""The command line ``constructs-lib``; one module per command, imported when it is called."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from constructs_lib import __version__
from constructs_lib.errors import ConstructsLibError

from . import explain, importing, local, rules, validate, watching
from .output import NobodyReadsError, OutputError, complain

__all__ = ["main"]

_DESCRIPTION = (
    "Amazon SageMaker training jobs: checks requests without AWS, prints the Python that makes them, follows "
    "jobs, and emulates AWS for trying out. "
    "'constructs-lib COMMAND -h' says what a command takes."
)
# Every command's module: it adds its parser, whose `run` default is the command.
_COMMANDS = (validate, explain, importing, rules, watching, local)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs a command.

    Args:
        argv: the arguments; those of the process when left out.

    Returns:
        The exit code: 0 when it worked, 1 when it did not (``validate``: it found errors), 2 for input
        that cannot be used, or output that cannot be written; argparse itself exits with 2. 130 when it
        was interrupted, or nobody reads what it has to go on telling.
    """
    parser = argparse.ArgumentParser(prog="constructs-lib", description=_DESCRIPTION)
    parser.add_argument("--version", action="version", version=f"constructs-lib {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in _COMMANDS:
        command.add_parser(commands)
    arguments = parser.parse_args(argv)
    try:
        return int(arguments.run(arguments))
    except OutputError as error:
        complain(str(error))
        return 2
    except ConstructsLibError as error:
        print(f"constructs-lib: {error}", file=sys.stderr)
        return 1
    except (KeyboardInterrupt, NobodyReadsError):
        return 130  # what a shell makes of Ctrl-C
