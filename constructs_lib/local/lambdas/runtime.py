"""One invocation: the asset unpacked, the environment of the runtime, a subprocess, its answer."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
import uuid
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from constructs_lib.local import processes, seams
from constructs_lib.local.node import find_node
from constructs_lib.local.settings import current

__all__ = ["Answer", "run"]

_HERE = Path(__file__).parent
_unpacking = threading.Lock()
_MAX_OUTPUT = 8 * 1024 * 1024


@dataclass(frozen=True)
class Answer:
    """What an invocation returned: JSON text, whether it is an error, and what was printed."""

    payload: str
    failed: bool
    logs: str


def run(function: Any, event: Any, request_id: str = "") -> Answer:
    """Runs a function's handler once, in its own process, for at most its own timeout."""
    code = _unpacked(function)
    with tempfile.TemporaryDirectory(dir=current().folder("invocations")) as folder:
        result = Path(folder) / "result.json"
        env = {**_environment(function, code, request_id), "LOCAL_RESULT": str(result), "HOME": folder}
        (Path(folder) / "event.json").write_text(json.dumps(event), encoding="utf-8")
        timed_out, exit_code, logs = _execute(_command(function), code, env, float(function.timeout))
        answer = _read(result, exit_code, function, timed_out)
    return Answer(*answer, logs=logs)


def _execute(
    command: list[str], code: Path, env: dict[str, str], timeout: float
) -> tuple[bool, int | None, str]:
    """Whether it timed out, its exit code and what it printed.

    Files, not pipes: a handler's own children would keep a pipe open, and the invocation with it.
    """
    folder = Path(env["HOME"])
    timed_out = False
    with (folder / "event.json").open("rb") as event, (folder / "output").open("w+b") as output:
        process = processes.start(command, cwd=code, env=env, stdin=event, output=output)
        try:
            process.wait(timeout)
        except subprocess.TimeoutExpired:
            timed_out = True
        processes.end(process)
        output.seek(0)
        text = output.read(_MAX_OUTPUT).decode(errors="replace")
    return timed_out, process.returncode, text


def _read(result: Path, code: int | None, function: Any, timed_out: bool) -> tuple[str, bool]:
    if timed_out:
        moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        message = f"{moment} Task timed out after {float(function.timeout):.2f} seconds"
        return json.dumps({"errorType": "Sandbox.Timedout", "errorMessage": message}), True
    if not result.exists():
        # Out of memory, too: Lambda kills the process, and says no more than that.
        ended = "signal: killed" if code is not None and code < 0 else f"exit status {code}"
        message = f"Runtime exited with error: {ended}"
        return json.dumps({"errorType": "Runtime.ExitError", "errorMessage": message}), True
    answer = json.loads(result.read_text(encoding="utf-8"))
    if "err" in answer:
        return json.dumps(answer["err"]), True
    return json.dumps(answer["ok"]), False


def _command(function: Any) -> list[str]:
    if str(function.run_time).startswith("python"):
        return [sys.executable, str(_HERE / "boot.py")]
    return [str(find_node()), str(_HERE / "boot.cjs")]


def _unpacked(function: Any) -> Path:
    target = current().folder("functions") / str(function.code_sha_256).replace("/", "_")
    with _unpacking:
        if not target.exists():
            with tempfile.TemporaryDirectory(dir=current().folder("functions")) as folder:
                part = Path(folder) / "code"
                # zipfile keeps members inside the folder: it drops drive letters, "..", leading slashes.
                zipfile.ZipFile(io.BytesIO(function.code_bytes)).extractall(part)
                part.rename(target)
    return target


def _environment(function: Any, code: Path, request_id: str) -> dict[str, str]:
    name, region = function.function_name, function.region
    return {
        "PATH": os.environ.get("PATH", ""),
        "LANG": "C.UTF-8",
        "TZ": ":UTC",
        **{key: str(value) for key, value in (function.environment_vars or {}).items()},
        **_credentials(function),
        "_HANDLER": str(function.handler),
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.run_time}",
        "AWS_LAMBDA_FUNCTION_NAME": name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_size),
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": "local",
        "AWS_ENDPOINT_URL": current().endpoint,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "LAMBDA_TASK_ROOT": str(code),
        "PYTHONDONTWRITEBYTECODE": "1",
        "NODE_PATH": os.environ.get("NODE_PATH", ""),
        "LOCAL_FUNCTION_ARN": function.function_arn,
        "LOCAL_REQUEST_ID": request_id or str(uuid.uuid4()),
        "LOCAL_DEADLINE": str(time.time() + float(function.timeout)),
        "LOCAL_PORT": str(current().port),
    }


def _credentials(function: Any) -> dict[str, str]:
    """Credentials of the function's role, so that what it calls is seen as that role's doing."""
    role = seams.get("moto.sts.models:sts_backends")[function.account_id]["aws"].assume_role(
        region_name=function.region,
        role_session_name=function.function_name[-60:],
        role_arn=function.role,
        policy="",
        duration=3600,
        external_id="",
    )
    return {
        "AWS_ACCESS_KEY_ID": role.access_key_id,
        "AWS_SECRET_ACCESS_KEY": role.secret_access_key,
        "AWS_SESSION_TOKEN": role.session_token,
    }
