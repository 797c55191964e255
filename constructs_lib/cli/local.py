"""An emulated AWS on loopback, until it is interrupted or a demonstration on it ends."""

from __future__ import annotations

import argparse
import os
import shlex
import signal
import sys
import threading
from typing import TYPE_CHECKING, Any

from constructs_lib.cli import local_demo
from constructs_lib.cli.output import tell
from constructs_lib.errors import LocalError

if TYPE_CHECKING:
    from constructs_lib.local import LocalAws

__all__ = ["add_parser"]

_EPILOG = (
    "'constructs-lib local ACTION -h' says what an action takes. exit code: 0 it ended as it should, "
    "1 something failed, 130 an action was interrupted, or nobody reads what it prints"
)
_START = (
    "An emulated AWS on loopback, until Ctrl-C or SIGTERM. Prints export lines that lead a shell to it, and "
    "an unset of variables that would lead elsewhere."
)
_START_EPILOG = (
    "It ends everything it started. exit code: 0 it was told to end, 1 it cannot be started or has ended by "
    "itself, 130 nobody reads what it prints"
)
_POLL_SECONDS = 0.5
_ALWAYS_UNSET = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN")


def add_parser(commands: Any) -> None:
    """Adds the command and its subcommands."""
    parser = commands.add_parser(
        "local", help="an emulated AWS on loopback", description=__doc__, epilog=_EPILOG
    )
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    start = actions.add_parser(
        "start",
        help="start it; prints export lines and runs until Ctrl-C",
        description=_START,
        epilog=_START_EPILOG,
    )
    start.add_argument("--port", type=int, help="where it listens on loopback (default: a free port)")
    start.add_argument(
        "--speed",
        type=float,
        default=1.0,
        help="by how much waits and simulated trainings are shortened (default: 1)",
    )
    start.set_defaults(run=_start)
    local_demo.add_parser(actions)


def _start(arguments: argparse.Namespace) -> int:
    from constructs_lib.local import LocalAws

    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    with LocalAws.start(port=arguments.port, speed=arguments.speed) as local:
        lines = [f"export {key}={shlex.quote(value)}\n" for key, value in local.environment.items()]
        tell("".join([*lines, f"unset {' '.join(_foreign(local))}\n"]))
        print(f"# emulated AWS at {local.endpoint_url}; Ctrl-C ends it", file=sys.stderr)
        _wait(local, ended)
    return 0


def _foreign(local: LocalAws) -> list[str]:
    """Variables of the user's that would lead a tool to an account, or make it look for a profile."""
    known = [key for key in os.environ if key.startswith("AWS_") and key not in local.environment]
    return sorted({*_ALWAYS_UNSET, *known})


def _wait(local: LocalAws, ended: threading.Event) -> None:
    while not ended.wait(_POLL_SECONDS):
        if not local.running and not ended.is_set():
            raise LocalError("the local emulation ended by itself; start it again")
