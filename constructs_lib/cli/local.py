"""``constructs-lib local``: the emulated AWS, until it is interrupted or a demonstration on it ends."""

from __future__ import annotations

import argparse
import os
import shlex
import signal
import sys
import threading
from typing import TYPE_CHECKING, Any

from constructs_lib.cli import local_demo
from constructs_lib.errors import LocalError

if TYPE_CHECKING:
    from constructs_lib.local import LocalAws

__all__ = ["add_parser"]

_POLL_SECONDS = 0.5
_ALWAYS_UNSET = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN")


def add_parser(commands: Any) -> None:
    """Adds the command and its subcommands."""
    parser = commands.add_parser("local", help="an emulated AWS on loopback")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    start = actions.add_parser("start", help="start it; prints export lines and runs until Ctrl-C")
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
        for key, value in local.environment.items():
            print(f"export {key}={shlex.quote(value)}")
        print(f"unset {' '.join(_foreign(local))}")
        sys.stdout.flush()
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
