"""The processes this server has started, so that none outlives it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import uuid
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

__all__ = ["end", "end_all", "end_marked", "mark", "start"]

# In the environment of everything that a process starts: what left its session is still found by it.
_MARK = "CONSTRUCTS_LIB_PROCESS"
_SWEEPS = 5
_lock = threading.Lock()
_running: dict[int, tuple[subprocess.Popen[bytes], str]] = {}
_closed = threading.Event()


def start(
    command: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    stdin: int | IO[bytes] = subprocess.DEVNULL,
    output: int | IO[bytes] = subprocess.PIPE,
) -> subprocess.Popen[bytes]:
    """Starts a process in a session of its own, with stdout and stderr in one place, a pipe by default.

    Raises:
        RuntimeError: the server is ending; what would start now would outlive it.
    """
    marked = mark(uuid.uuid4().hex)
    with _lock:
        if _closed.is_set():
            raise RuntimeError("the local emulation is ending")
        process = subprocess.Popen(  # noqa: S603 - the command is ours, only its script is the user's
            list(command),
            cwd=cwd,
            env={**env, **marked},
            stdin=stdin,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        _running[process.pid] = (process, marked[_MARK])
    return process


def end(process: subprocess.Popen[bytes], grace: float = 0.0) -> None:
    """Ends a process and what it started: SIGTERM and a grace period when one is given, then SIGKILL."""
    if grace > 0 and process.poll() is None:
        _signal_group(process, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(grace)
    _signal_group(process, signal.SIGKILL)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(5)
    with _lock:
        _, name = _running.pop(process.pid, (process, ""))
    if name:
        end_marked(name)


def end_all() -> None:
    """Ends every process that is still running, and lets none start any more."""
    with _lock:
        _closed.set()
        processes = [process for process, _ in _running.values()]
    for process in processes:
        end(process)


def _signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    # The session's group, so that a script's own children end with it.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def mark(name: str) -> dict[str, str]:
    """The variable by which :func:`end_marked` finds a process and all that it starts."""
    return {_MARK: name}


def end_marked(name: str) -> None:
    """Ends what has a mark, in whichever session. A sweep may miss a child just starting, hence another."""
    for _ in range(_SWEEPS):
        found = list(_marked(f"{_MARK}={name}".encode()))
        if not found:
            return
        for pid in found:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)


def _marked(entry: bytes) -> Iterator[int]:
    """The processes with a mark; none where the system has no /proc to read them from."""
    for path in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            if entry in path.read_bytes().split(b"\0"):
                yield int(path.parent.name)
