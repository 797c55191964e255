"""``constructs-lib local demo``: an example app, deployed to the emulated AWS with the genuine cdk."""

from __future__ import annotations

import argparse
import shlex
import signal
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from constructs_lib.cli.output import complain
from constructs_lib.cli.steps import progress, table, title
from constructs_lib.errors import LocalError

if TYPE_CHECKING:
    from constructs_lib.local import LocalAws

__all__ = ["add_parser"]

_STACK = "Demo"
_SPEED = 20.0
_FILES = {"app.py.txt": "app.py", "train.py.txt": "code/train.py"}
_INTERRUPTED = 130  # what a shell makes of Ctrl-C


def add_parser(actions: Any) -> None:
    """Adds the subcommand."""
    parser = actions.add_parser(
        "demo", help="deploy an example app to it: a job trains, is judged, and trains again on a change"
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
            print(f"app: {app / 'app.py'}\ncdk: {cdk}")
            with progress("starting an emulated AWS"):
                aws = held.enter_context(LocalAws.start(speed=_SPEED))
            _Demo(aws, app).run()
        except KeyboardInterrupt:
            print()
            complain("interrupted; the emulation is ended")
            return _INTERRUPTED
    print(f"\nThe emulation has ended ({time.monotonic() - started:.0f} s).")
    if arguments.folder is not None:
        print(f"The app is in {app}: cd {shlex.quote(str(app))} && cdk deploy --app 'python3 app.py'")
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
        with self._counted(trainings), progress("deploying"):
            outputs = self._aws.deploy(self._app, context).outputs[_STACK]
        job = self._aws.client("sagemaker").describe_training_job(TrainingJobName=outputs["TrainingJobName"])
        rows = {
            "job": outputs["TrainingJobName"],
            "status": job["TrainingJobStatus"],
            "error": f"{float(outputs['Error']):.4f} on points that were held back",
            "model": outputs["ModelUri"],
        }
        print(table(rows))

    @contextmanager
    def _counted(self, expected: int) -> Iterator[None]:
        before = len(self._aws.calls("CreateTrainingJob"))
        yield
        counted = len(self._aws.calls("CreateTrainingJob")) - before
        print(f"   CreateTrainingJob calls: {counted}")
        if counted != expected:
            raise LocalError(f"{expected} trainings were expected, {counted} were started")
