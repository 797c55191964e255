"""An example app, deployed to an emulated AWS on loopback with the genuine CDK command line."""

from __future__ import annotations

import argparse
import shlex
import signal
import tempfile
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from constructs_lib.cli.output import complain, emit, tell
from constructs_lib.cli.steps import counted, progress, table, title
from constructs_lib.errors import LocalError

if TYPE_CHECKING:
    from constructs_lib.local import LocalAws

__all__ = ["add_parser"]

_EPILOG = (
    "It ends what it started, also on Ctrl-C. exit code: 0 it went as it should, 1 something failed, "
    "130 it was interrupted, or nobody reads what it prints"
)
_STACK = "Demo"
_SPEED = 20.0
_FILES = {"app.py.txt": "app.py", "train.py.txt": "code/train.py"}
_INTERRUPTED = 130  # what a shell makes of Ctrl-C


def add_parser(actions: Any) -> None:
    """Adds the subcommand."""
    parser = actions.add_parser(
        "demo",
        help="deploy an example app to it: a job trains, is judged, and trains again on a change",
        description=__doc__,
        epilog=_EPILOG,
    )
    parser.add_argument(
        "--folder",
        metavar="FOLDER",
        help="write the example app there, and leave it; left out: into a folder that goes at the end",
    )
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    from constructs_lib.local import LocalAws
    from constructs_lib.local.cdk_cli import find_cdk

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    started = time.monotonic()
    with ExitStack() as held:
        try:
            cdk = find_cdk(Path.cwd())  # before anything is written or started
            app = _folder(arguments.folder, held)
            _write(app)
            tell(f"app: {app / 'app.py'}\ncdk: {cdk}\n")
            with progress("starting an emulated AWS"):
                aws = held.enter_context(LocalAws.start(speed=_SPEED))
            _Demo(aws, app).run()
        except KeyboardInterrupt:
            emit("\n")
            complain("interrupted; the emulation is ended")
            return _INTERRUPTED
    tell(f"\nThe emulation has ended ({time.monotonic() - started:.0f} s).\n")
    if arguments.folder is not None:
        tell(f"The app is in {app}: cd {shlex.quote(str(app))} && cdk deploy --app 'python3 app.py'\n")
    return 0


def _folder(given: str | None, held: ExitStack) -> Path:
    if given is None:
        return Path(held.enter_context(tempfile.TemporaryDirectory(prefix="constructs-lib-demo-")))
    folder = Path(given).resolve()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise LocalError(f"{given} is not empty; name a new folder")
    except OSError as error:
        raise LocalError(f"{given} cannot be used: {(error.strerror or str(error)).lower()}") from None
    return folder


def _write(app: Path) -> None:
    """The example, from the package's data."""
    from constructs_lib import local

    source = Path(local.__file__).parent / "demo_app"
    for name, target in _FILES.items():
        file = app / target
        file.parent.mkdir(exist_ok=True)
        file.write_text((source / name).read_text(encoding="utf-8"), encoding="utf-8")


class _Demo:
    """The steps, each with the number of trainings that it started."""

    def __init__(self, aws: LocalAws, app: Path) -> None:
        self._aws, self._app = aws, app

    def run(self) -> None:
        title("1. cdk deploy: the job trains, and passes its gate")
        self._deploy({}, trainings=1)
        title("2. cdk deploy, unchanged: nothing trains")
        self._deploy({}, trainings=0)
        title("3. epochs 50 -> 60: one training; the model there was stays where it is")
        self._deploy({"epochs": "60"}, trainings=1)
        title("4. cdk destroy")
        with progress("destroying"):
            self._aws.destroy(self._app)

    def _deploy(self, context: Mapping[str, str], *, trainings: int) -> None:
        with counted(self._aws, trainings), progress("deploying"):
            outputs = self._aws.deploy(self._app, context).outputs[_STACK]
        job = self._aws.client("sagemaker").describe_training_job(TrainingJobName=outputs["TrainingJobName"])
        rows = {
            "job": outputs["TrainingJobName"],
            "status": job["TrainingJobStatus"],
            "error": f"{float(outputs['Error']):.4f} on points that were held back",
            "model": outputs["ModelUri"],
        }
        table(rows)
