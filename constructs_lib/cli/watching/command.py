"""What a training job does, until its end: each new status, its log as it comes, and its final metrics."""

from __future__ import annotations

import argparse
import math
import time
from typing import Any

from constructs_lib.cli.output import complain, tell
from constructs_lib.cli.watching.errors import WatchError
from constructs_lib.cli.watching.follow import Follower
from constructs_lib.cli.watching.sdk import make_clients
from constructs_lib.cli.watching.target import find, region_of

__all__ = ["add_parser"]

_EPILOG = (
    "Ctrl-C ends the watching, never the job. exit code: 0 every job was completed, 1 one failed, was "
    "stopped or deleted, 2 there is no such job or stack, or AWS cannot be asked, 130 it was interrupted, or "
    "nobody reads what it prints"
)
_UNUSABLE = 2
_INTERRUPTED = 130  # what a shell makes of Ctrl-C
_SHORTEST, _LONGEST = 1.0, 600.0


def add_parser(commands: Any) -> None:
    """Adds the command."""
    parser = commands.add_parser(
        "watch", help="follow a training job until its end", description=__doc__, epilog=_EPILOG
    )
    parser.add_argument(
        "name",
        metavar="JOB|STACK",
        help="the name or ARN of a training job, or of a stack: then the jobs of its TrainingJob constructs, "
        "nested stacks' too",
    )
    parser.add_argument("--follow", action="store_true", default=True, help="until the end; the default")
    parser.add_argument(
        "--no-follow", dest="follow", action="store_false", help="tell what there is now, and end"
    )
    parser.add_argument(
        "--poll",
        metavar="SECONDS",
        type=_seconds,
        default=10.0,
        help=f"how long to wait between two looks, {_SHORTEST:g} to {_LONGEST:g} (default: 10)",
    )
    parser.add_argument("--region", help="where the job runs; left out: as the AWS command line finds it")
    parser.add_argument("--profile", help="a profile of the AWS configuration")
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    try:
        return _watch(arguments)
    except WatchError as error:
        complain(f"{arguments.name}: {error}")
        return _UNUSABLE
    except KeyboardInterrupt:
        complain("the watching has ended; what was watched goes on")
        return _INTERRUPTED


def _watch(arguments: argparse.Namespace) -> int:
    clients = make_clients(arguments.region or region_of(arguments.name), arguments.profile)
    follower = Follower(clients, lambda: find(clients, arguments.name), lambda line: tell(f"{line}\n"))
    if not arguments.follow:
        return follower.once()
    return follower.follow(lambda: time.sleep(arguments.poll))


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not _SHORTEST <= value <= _LONGEST:
        problem = f"{text!r} is no number from {_SHORTEST:g} to {_LONGEST:g}"
        raise argparse.ArgumentTypeError(problem)
    return value
