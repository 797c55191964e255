"""The emulation from the outside: start it, deploy to it, look at what ran, stop it."""

from __future__ import annotations

import atexit
import contextlib
import json
import math
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from constructs_lib.errors import LocalError

from .cdk_cli import CdkCli, DeployResult
from .environment import environment_for, make_python_folder, users_own, without_proxy
from .sdk import make_client
from .settings import DEFAULT_REGION, HOST

__all__ = ["LocalAws"]

_START_SECONDS = 60.0
_STOP_SECONDS = 20.0
_POLL_SECONDS = 0.1
_ACCOUNT = "123456789012"


class LocalAws:
    """An emulated AWS in a process of its own; use :meth:`start`, and it as a context manager.

    Attributes:
        endpoint_url: the one URL of every service.
        environment: variables to export, so that SDKs and the CDK talk to the emulation.
    """

    def __init__(self, process: subprocess.Popen[bytes], port: int, folder: Path) -> None:
        self._process, self._folder = process, folder
        self._bootstrapped = False
        self.endpoint_url = f"http://{HOST}:{port}"
        self.environment: dict[str, str] = environment_for(
            self.endpoint_url, make_python_folder(folder / "bin")
        )
        self._cli = CdkCli(self.environment, folder, lambda: self.running)
        self._bootstrapping = threading.Lock()

    @classmethod
    def start(cls, port: int | None = None, speed: float = 1.0) -> LocalAws:
        """Starts the emulation and waits until it answers.

        Args:
            port: where it listens on loopback; a free port when left out.
            speed: by how much waits and simulated trainings are shortened; 1 when left out.

        Raises:
            LocalError: the port is in use, moto is missing or of another version, or it does not answer.
        """
        if not (math.isfinite(speed) and speed > 0):
            raise LocalError(f"speed must be a number above 0, not {speed}; 1 is real time")
        chosen = _free_port() if port is None else _checked_port(port)
        folder = Path(tempfile.mkdtemp(prefix="constructs-lib-"))
        try:
            process = _start_server(chosen, speed, folder)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        local = cls(process, chosen, folder)
        atexit.register(local.stop)
        return local

    def __enter__(self) -> LocalAws:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def running(self) -> bool:
        """Whether the emulation's process is alive."""
        return self._process.poll() is None

    def stop(self) -> None:
        """Ends the emulation and everything it runs, and removes its folders; a second call does nothing."""
        _end(self._process)
        shutil.rmtree(self._folder, ignore_errors=True)
        atexit.unregister(self.stop)

    def client(self, service: str, region: str = DEFAULT_REGION) -> Any:
        """A boto3 client of the emulation."""
        return make_client(service, region, self.endpoint_url)

    def bootstrap(self) -> None:
        """Bootstraps the emulated account for the CDK, once."""
        with self._bootstrapping:
            if not self._bootstrapped:
                self._cli.run("bootstrap", f"aws://{_ACCOUNT}/{DEFAULT_REGION}", cwd=self._folder)
                self._bootstrapped = True

    def deploy(
        self, app_dir: str | Path, context: Mapping[str, str] | None = None, *extra: str
    ) -> DeployResult:
        """Deploys every stack of a CDK app with the genuine command line.

        Args:
            app_dir: the app's folder: its ``cdk.json``, or an ``app.py``.
            context: context values for the app.
            extra: further arguments for ``cdk deploy``.

        Raises:
            LocalError: the app does not synthesize, or the deployment failed.
        """
        folder = _folder(app_dir)
        self.bootstrap()
        return self._cli.deploy(folder, context, extra)

    def destroy(self, app_dir: str | Path, context: Mapping[str, str] | None = None) -> DeployResult:
        """Destroys every stack of a CDK app.

        Raises:
            LocalError: it failed.
        """
        return self._cli.destroy(_folder(app_dir), context)

    def cdk(
        self,
        *args: str,
        cwd: str | Path,
        context: Mapping[str, str] | None = None,
        check: bool = True,
    ) -> DeployResult:
        """Runs any command of the CDK command line against the emulation.

        Raises:
            LocalError: it failed and ``check`` is set.
        """
        return self._cli.run(*args, cwd=_folder(cwd), context=context, check=check)

    def calls(self, operation: str) -> list[dict[str, Any]]:
        """The requests of a SageMaker operation, such as ``CreateTrainingJob``, oldest first."""
        return [call["request"] for call in self.recorded_calls(operation)]

    def recorded_calls(self, operation: str | None = None) -> list[dict[str, Any]]:
        """SageMaker calls with ``operation``, ``request``, ``time`` and the answer's ``status``."""
        query = f"?{urllib.parse.urlencode({'operation': operation})}" if operation else ""
        found: list[dict[str, Any]] = self._control("GET", f"calls{query}")
        return found

    def jobs(self) -> list[dict[str, Any]]:
        """Every training job of every region, as DescribeTrainingJob shows it, times as text."""
        found: list[dict[str, Any]] = self._control("GET", "jobs")
        return found

    def fail_next_job(self, reason: str) -> None:
        """The next training job that is created ends as Failed with this reason."""
        self._control("POST", "fail-next-job", {"reason": reason})

    def hold_next_job(self, *, sync_fails: bool = False) -> None:
        """The next training job that is created trains until it is stopped.

        Args:
            sync_fails: a ``.sync`` task that waits for it fails with ``States.TaskFailed`` when it is
                stopped; it succeeds otherwise, and AWS does not say which of the two it does.
        """
        self._control("POST", "hold-next-job", {"sync_fails": sync_fails})

    def refuse_next_job(
        self,
        code: str = "ThrottlingException",
        message: str = "Rate exceeded",
        *,
        created: bool = False,
        times: int = 1,
    ) -> None:
        """The next CreateTrainingJob call is answered with an error.

        Args:
            code: the error's code; ``ResourceLimitExceeded`` and ``InternalFailure`` are others of AWS's.
            message: the error's message.
            created: the job is created all the same, and the answer is lost: a 500.
            times: how many calls are answered so; a client that retries by itself makes several.
        """
        body = {"code": code, "message": message, "created": created, "times": times}
        self._control("POST", "refuse-next-job", body)

    def stack_events(self, stack: str) -> list[dict[str, Any]]:
        """A stack's events, oldest first; a deleted stack's by its id.

        Raises:
            LocalError: there is no such stack.
        """
        from botocore.exceptions import ClientError

        try:
            pages = self.client("cloudformation").get_paginator("describe_stack_events")
            events = [event for page in pages.paginate(StackName=stack) for event in page["StackEvents"]]
        except ClientError as error:
            raise LocalError(f"no events of stack {stack}: {error}") from error
        return events[::-1]

    def _control(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(  # noqa: S310 - loopback only
            f"{self.endpoint_url}/_constructs_lib/{path}", data=data, method=method
        )
        try:
            with _opener().open(request, timeout=30) as answer:
                return json.load(answer)
        except OSError as error:
            raise LocalError(
                f"the local emulation does not answer at {self.endpoint_url}: {error}"
            ) from error


def _opener() -> urllib.request.OpenerDirector:
    # A proxy of the environment must not see, or swallow, what goes to loopback.
    return urllib.request.build_opener(urllib.request.ProxyHandler({}))


def _start_server(port: int, speed: float, folder: Path) -> subprocess.Popen[bytes]:
    log = folder / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - our own module
            _server_command(port, speed, folder / "server"),
            env=_server_environment(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_until_healthy(process, port, log)
    except BaseException:
        _end(process)
        raise
    return process


def _server_command(port: int, speed: float, root: Path) -> list[str]:
    module = "constructs_lib.local.server"
    options = ["--port", str(port), "--speed", str(speed), "--parent", str(os.getpid())]
    options += ["--root", str(root)]
    return [sys.executable, "-m", module, *options]


def _server_environment() -> dict[str, str]:
    """Without an account of the user's, and with this package findable from any folder."""
    kept = users_own(os.environ)
    package = str(Path(__file__).resolve().parents[2])
    paths = [package, *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**kept, **without_proxy(os.environ), "PYTHONPATH": os.pathsep.join(paths)}


def _wait_until_healthy(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    url = f"http://{HOST}:{port}/_constructs_lib/health"
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
            raise LocalError(lines[-1] if lines else "the local emulation ended at once")
        with contextlib.suppress(OSError, ValueError), _opener().open(url, timeout=2) as answer:
            if answer.status == 200:
                return
        time.sleep(_POLL_SECONDS)
    raise LocalError(f"the local emulation did not answer within {_START_SECONDS:.0f} s")


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(5)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _checked_port(port: int) -> int:
    if not 0 < port < 65536:
        raise LocalError(f"port must be between 1 and 65535, not {port}")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise LocalError(f"port {port} is in use; choose another, or none for a free one") from error
    return port


def _folder(path: str | Path) -> Path:
    folder = Path(path).resolve()
    if not folder.is_dir():
        raise LocalError(f"{path} is no folder; name the folder of a CDK app")
    return folder
