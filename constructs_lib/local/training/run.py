"""A run of a script-mode job: download, run, watch, upload."""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from constructs_lib.local import processes
from constructs_lib.local.settings import ACCESS_KEY, SECRET_KEY, current

from .artifacts import upload_artifacts
from .contract import Contract
from .inputs import download_inputs, unpack_source
from .layout import Layout
from .logs import JobLog
from .outcome import JobView, Outcome, max_runtime
from .storage import NoObjects, Storage

__all__ = ["is_script_job", "run_script"]

_POLL_SECONDS = 0.1
# AWS gives a stopped script 120 seconds; a test that stops a job should not take as long.
_STOP_GRACE = 120.0
_MAX_STOP_GRACE = 5.0
_REASON_LINES = 6
_CHUNK = 65_536
_MAX_LINE = 262_144
_log = logging.getLogger(__name__)


def is_script_job(job: JobView) -> bool:
    """Whether the job brings a script that can be run here."""
    parameters = job.request.get("HyperParameters") or {}
    return "sagemaker_program" in parameters and "sagemaker_submit_directory" in parameters


def run_script(job: JobView) -> Outcome:
    """Runs a job's script to its end, its time limit or its stop."""
    root = Path(tempfile.mkdtemp(dir=current().folder("training"), prefix="job-"))
    try:
        return _run(job, Layout(root), Storage(job.region))
    except NoObjects as error:
        return Outcome("Failed", reason=str(error))
    finally:
        shutil.rmtree(root, ignore_errors=True)


def _run(job: JobView, layout: Layout, storage: Storage) -> Outcome:
    job.enter("Downloading")
    contract = Contract(job, layout)
    download_inputs(job, layout, storage)
    unpack_source(storage.read(contract.submit_directory), layout.code)
    contract.write_configs()
    job.enter("Training")
    log = JobLog(job)
    ended, code = _execute(job, layout, contract, log)
    if ended == "Failed":
        return Outcome("Failed", reason=_reason(layout, log, code), metrics=log.metrics)
    job.enter("Uploading")
    artifacts = upload_artifacts(job, layout, storage)
    if ended == "Completed":
        return Outcome("Completed", metrics=log.metrics, artifacts=artifacts)
    return Outcome("Stopped", ended, metrics=log.metrics, artifacts=artifacts)


def _execute(job: JobView, layout: Layout, contract: Contract, log: JobLog) -> tuple[str, int]:
    """Runs the process; the first value is how it ended."""
    if not (layout.code / contract.program).is_file():
        raise NoObjects(f"ClientError: the entry point {contract.program} is not in the source archive")
    process = processes.start(
        _command(contract), cwd=layout.code, env=_environment(contract.environment(), layout)
    )
    reader = threading.Thread(target=_read, args=(process, log), daemon=True)
    reader.start()
    ended = _watch(job, process)
    processes.end(process)
    reader.join(5)
    code = process.returncode
    if ended == "Completed" and code != 0:
        return "Failed", code
    return ended, code


def _command(contract: Contract) -> list[str]:
    runner = "/bin/sh" if contract.program.endswith(".sh") else sys.executable
    return [runner, contract.program, *contract.arguments]


def _watch(job: JobView, process: subprocess.Popen[bytes]) -> str:
    deadline = time.monotonic() + max_runtime(job)
    while process.poll() is None:
        if job.stop_requested.wait(_POLL_SECONDS):
            _stop(process)
            return "Stopped"
        if time.monotonic() > deadline:
            _stop(process)
            return "MaxRuntimeExceeded"
    return "Completed"


def _stop(process: subprocess.Popen[bytes]) -> None:
    processes.end(process, grace=min(_MAX_STOP_GRACE, max(1.0, current().scaled(_STOP_GRACE))))


def _read(process: subprocess.Popen[bytes], log: JobLog) -> None:
    rest = b""
    while process.stdout and (chunk := process.stdout.read1(_CHUNK)):  # type: ignore[attr-defined]
        *lines, rest = (rest + chunk).split(b"\n")
        if len(rest) > _MAX_LINE:  # as CloudWatch cuts it
            lines, rest = [*lines, rest], b""
        _write(log, lines)
    _write(log, [rest])


def _write(log: JobLog, lines: list[bytes]) -> None:
    try:
        log.write(*(line.decode(errors="replace") for line in lines))
    except Exception:  # noqa: BLE001 - its log group may be deleted, and an unread pipe would stop the script
        _log.exception("output of a training job could not be kept")


def _environment(contract: dict[str, str], layout: Layout) -> dict[str, str]:
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)))
    return {
        "PATH": path,
        "LANG": "C.UTF-8",
        "HOME": str(layout.root),
        "PYTHONUNBUFFERED": "1",
        "PYTHONPATH": str(layout.code),
        "AWS_DEFAULT_REGION": contract["AWS_REGION"],
        **contract,
        # After the request's own variables: none of them may lead out of the emulation.
        "AWS_ENDPOINT_URL": current().endpoint,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }


def _reason(layout: Layout, log: JobLog, code: int) -> str:
    if layout.failure.is_file():
        text = layout.failure.read_text(encoding="utf-8", errors="replace").strip()
        return f"AlgorithmError: {text}, exit code: {code}"
    last = " ".join(list(log.last)[-_REASON_LINES:])
    return f'AlgorithmError: ExecuteUserScriptError: ExitCode {code} ErrorMessage "{last}"'
