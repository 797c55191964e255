"""The genuine CDK command line: finding it, running it, and what it said."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from constructs_lib.errors import LocalError

from .node import find_node

__all__ = ["CdkCli", "DeployResult", "find_cdk"]

_TIMEOUT_SECONDS = 1800.0
_INSTALL = "run npm install aws-cdk@2.1148.1 in the app's folder, or set CONSTRUCTS_LIB_CDK to its bin/cdk"
_ERROR = re.compile(r"(_FAILED|❌|\w*Error\b|\w*Exception\b)")
_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_SYNTH = ("Subprocess exited with error", "--app is required", "exited with code")
_MAX_TAIL = 600


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
    """

    def __init__(self, environment: Mapping[str, str], scratch: Path) -> None:
        self._environment = environment
        self._scratch = scratch

    def run(
        self, *args: str, cwd: Path, context: Mapping[str, str] | None = None, check: bool = True
    ) -> DeployResult:
        """Runs one command to its end.

        Raises:
            LocalError: it failed and ``check`` is set; the message ends with what it said last.
        """
        command = [str(find_node()), str(find_cdk(cwd, Path.cwd())), *args, *_context(context)]
        text, code = _run(command, cwd, self._full_environment())
        if check and code != 0:
            raise LocalError(_failure(args[0], text))
        return DeployResult(code, text)

    def deploy(self, app_dir: Path, context: Mapping[str, str] | None, extra: Iterable[str]) -> DeployResult:
        """Deploys every stack of an app and reads their outputs."""
        outputs = self._scratch / "outputs.json"
        outputs.unlink(missing_ok=True)
        result = self.run(
            "deploy",
            "--all",
            "--require-approval=never",
            "--progress=events",
            f"--outputs-file={outputs}",
            *self._app(app_dir),
            *extra,
            cwd=app_dir,
            context=context,
        )
        found = json.loads(outputs.read_text(encoding="utf-8")) if outputs.is_file() else {}
        return DeployResult(result.returncode, result.stdout, found)

    def destroy(self, app_dir: Path, context: Mapping[str, str] | None) -> DeployResult:
        """Destroys every stack of an app."""
        return self.run("destroy", "--all", "--force", *self._app(app_dir), cwd=app_dir, context=context)

    def _app(self, app_dir: Path) -> list[str]:
        assembly = f"--output={self._scratch / 'cdk.out'}"
        if (app_dir / "cdk.json").is_file():
            return [assembly]
        if (app_dir / "app.py").is_file():
            return ["--app=python3 app.py", assembly]
        raise LocalError(f"{app_dir} has neither a cdk.json nor an app.py; name the folder of a CDK app")

    def _full_environment(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
        return {**kept, **self._environment, "CI": "true", "NO_COLOR": "1"}


def _run(command: list[str], cwd: Path, env: dict[str, str]) -> tuple[str, int]:
    try:
        done = subprocess.run(  # noqa: S603 - the command line is found, not given
            command,
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=_TIMEOUT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise LocalError(f"cdk did not end within {_TIMEOUT_SECONDS:.0f} s") from error
    return _ANSI.sub("", done.stdout.decode(errors="replace")), done.returncode


def _context(context: Mapping[str, str] | None) -> list[str]:
    return [f"--context={key}={value}" for key, value in (context or {}).items()]


def _failure(command: str, text: str) -> str:
    """One line: for an app that does not synthesize its own error, else what the CLI said last."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if any(mark in line for mark in _SYNTH for line in lines):
        own = [line for line in lines if not any(mark in line for mark in _SYNTH)]
        return f"the app does not synthesize: {_error_of(own)}"
    told = [line for line in lines if _ERROR.search(line)] or lines
    return f"cdk {command} failed: {' | '.join(told[-3:])[-_MAX_TAIL:]}"


def _error_of(lines: list[str]) -> str:
    errors = [line for line in lines if re.match(r"^[\w.]*(Error|Exception|Exit)\b.*", line)]
    return (errors or lines or ["no output"])[-1][:_MAX_TAIL]
