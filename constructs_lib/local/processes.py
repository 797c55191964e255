"""The processes this server has started, so that none outlives it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

__all__ = ["end", "end_all", "start"]

_lock = threading.Lock()
_running: dict[int, subprocess.Popen[bytes]] = {}
_closed = threading.Event()


def start(
    command: Sequence[str], *, cwd: Path, env: Mapping[str, str], stdin: int | IO[bytes] | None = None
) -> subprocess.Popen[bytes]:
    """Starts a process in a session of its own, with stdout and stderr in one pipe.

    Raises:
        RuntimeError: the server is ending; what would start now would outlive it.
    """
    with _lock:
        if _closed.is_set():
            raise RuntimeError("the local emulation is ending")
        return _started(list(command), cwd, dict(env), subprocess.DEVNULL if stdin is None else stdin)


def _started(
    command: list[str], cwd: Path, env: dict[str, str], stdin: int | IO[bytes]
) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(  # noqa: S603 - the command is ours, only its script is the user's
        command,
        cwd=cwd,
        env=env,
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    _running[process.pid] = process
    return process


def end(process: subprocess.Popen[bytes], grace: float = 0.0) -> None:
    """Ends a process and what it started: SIGTERM and a grace period when one is given, then SIGKILL."""
    if grace > 0 and process.poll() is None:
        _signal(process, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(grace)
    _signal(process, signal.SIGKILL)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(5)
    with _lock:
        _running.pop(process.pid, None)


def end_all() -> None:
    """Ends every process that is still running, and lets none start any more."""
    with _lock:
        _closed.set()
        processes = list(_running.values())
    for process in processes:
        end(process)


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    # The session's group, so that a script's own children end with it.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)
