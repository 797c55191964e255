"""The genuine CDK command line: finding it, running it, and what it said."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from constructs_lib.errors import LocalError

from . import processes
from .cdk_output import failure
from .environment import users_own
from .node import find_node

__all__ = ["CdkCli", "DeployResult", "find_cdk"]

_TIMEOUT_SECONDS = 1800.0
_INSTALL = (
    "run npm install aws-cdk@2.1148.1 here or in the app's folder, or set CONSTRUCTS_LIB_CDK to its bin/cdk"
)
_POLL_SECONDS = 0.25
_ANSI = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class DeployResult:
    """What a run of the command line gave.

    Args:
        returncode: 0 when it succeeded.
        stdout: everything it printed, progress included.
        outputs: the outputs of each stack, by stack name.
    """

    returncode: int
    stdout: str
    outputs: dict[str, dict[str, str]] = field(default_factory=dict)


def find_cdk(*folders: Path) -> Path:
    """The command line's ``bin/cdk``.

    Args:
        folders: where to look for ``node_modules/aws-cdk``, each upwards to the root.

    Raises:
        LocalError: there is none.
    """
    named = os.environ.get("CONSTRUCTS_LIB_CDK")
    if named:
        if Path(named).is_file():
            return Path(named)
        raise LocalError(f"CONSTRUCTS_LIB_CDK names {named}, which is no file; set it to aws-cdk's bin/cdk")
    for folder in folders:
        for parent in (folder, *folder.parents):
            candidate = parent / "node_modules" / "aws-cdk" / "bin" / "cdk"
            if candidate.is_file():
                return candidate
    installed = shutil.which("cdk")
    if installed:
        return Path(installed).resolve()
    raise LocalError(f"aws-cdk was not found; {_INSTALL}")


class CdkCli:
    """Runs ``cdk`` under an environment.

    Args:
        environment: the variables that point at the emulation.
        scratch: a folder for outputs and assemblies.
        alive: whether the emulation still runs; without it the command line would try on for minutes.
    """

    def __init__(self, environment: Mapping[str, str], scratch: Path, alive: Callable[[], bool]) -> None:
        self._environment = environment
        self._scratch = scratch
        self._alive = alive

    def run(
        self, *args: str, cwd: Path, context: Mapping[str, str] | None = None, check: bool = True
    ) -> DeployResult:
        """Runs one command to its end.

        Raises:
            LocalError: it failed and ``check`` is set; the message ends with what it said last.
        """
        command = [
            str(find_node()),
            str(find_cdk(cwd, Path.cwd())),
            *args,
            "--no-notices",
            *_context(context),
        ]
        text, code = self._run(command, cwd)
        if check and code != 0:
            raise LocalError(failure(args[0] if args else "", text))
        return DeployResult(code, text)

    def deploy(self, app_dir: Path, context: Mapping[str, str] | None, extra: Iterable[str]) -> DeployResult:
        """Deploys every stack of an app and reads their outputs."""
        with self._folder() as folder:
            outputs = folder / "outputs.json"
            result = self.run(
                "deploy",
                "--all",
                "--require-approval=never",
                "--progress=events",
                f"--outputs-file={outputs}",
                *_app(app_dir, folder),
                *extra,
                cwd=app_dir,
                context=context,
            )
            found = json.loads(outputs.read_text(encoding="utf-8")) if outputs.is_file() else {}
        return DeployResult(result.returncode, result.stdout, found)

    def destroy(self, app_dir: Path, context: Mapping[str, str] | None) -> DeployResult:
        """Destroys every stack of an app."""
        with self._folder() as folder:
            return self.run(
                "destroy", "--all", "--force", *_app(app_dir, folder), cwd=app_dir, context=context
            )

    @contextmanager
    def _folder(self) -> Iterator[Path]:
        # One of its own for each run: two may run at once, and an app that writes no assembly
        # must not get the one that another app left.
        with tempfile.TemporaryDirectory(
            dir=self._scratch, prefix="cdk-", ignore_cleanup_errors=True
        ) as path:
            yield Path(path)

    def _run(self, command: list[str], cwd: Path) -> tuple[str, int]:
        with tempfile.TemporaryFile(dir=self._scratch) as output:
            process = subprocess.Popen(  # noqa: S603 - the command line is found, not given
                command,
                cwd=cwd,
                env=self._full_environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            try:
                self._wait(process)
            finally:
                _end(process)
            output.seek(0)
            return _ANSI.sub("", output.read().decode(errors="replace")), process.returncode

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + _TIMEOUT_SECONDS
        while time.monotonic() < deadline:
            with suppress(subprocess.TimeoutExpired):
                process.wait(_POLL_SECONDS)
                return
            if not self._alive():
                raise LocalError("the local emulation ended while cdk was running; start it again")
        raise LocalError(f"cdk did not end within {_TIMEOUT_SECONDS:.0f} s")

    def _full_environment(self) -> dict[str, str]:
        # Marked, so that the emulation can end it when this process is killed. An app that is ended leaves
        # what jsii has unpacked: that goes with the folder.
        own = {"CI": "true", "NO_COLOR": "1", "TMPDIR": str(self._scratch)}
        own |= processes.mark(str(self._scratch))
        return {**users_own(os.environ), **self._environment, **own}


def _app(app_dir: Path, folder: Path) -> list[str]:
    assembly = f"--output={folder / 'cdk.out'}"
    if (app_dir / "cdk.json").is_file():
        return [assembly]
    if (app_dir / "app.py").is_file():
        return ["--app=python3 app.py", assembly]
    raise LocalError(f"{app_dir} has neither a cdk.json nor an app.py; name the folder of a CDK app")


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ends the command line and the app it runs: both are in a session of their own."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(5)


def _context(context: Mapping[str, str] | None) -> list[str]:
    return [f"--context={key}={value}" for key, value in (context or {}).items()]
