"""The emulation as a process: ``python -m constructs_lib.local.server --port N --speed X``."""

from __future__ import annotations

import argparse
import logging
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from constructs_lib.errors import LocalError

from . import processes, seams
from .settings import ACCESS_KEY, DEFAULT_REGION, HOST, SECRET_KEY, current

__all__ = ["main", "make_app"]

_WSGI = "moto.moto_server.werkzeug_app"
_FOLDER_PREFIX = "constructs-lib-"  # as the client names its own
_orphaned = threading.Event()
_PARENT_POLL_SECONDS = 1.0


def main(argv: Sequence[str] | None = None) -> int:
    """Serves until it is told to end; returns 0 then, and 1 when it could not start."""
    arguments = _arguments(argv)
    settings = current()
    settings.port, settings.speed = arguments.port, arguments.speed
    settings.root = Path(arguments.root or tempfile.mkdtemp(prefix=_FOLDER_PREFIX))
    _set_environment()
    try:
        _serve(arguments.port, arguments.parent)
    except LocalError as error:
        print(error, file=sys.stderr)  # noqa: T201 - the one line the user reads
        return 1
    finally:
        processes.end_all()
        shutil.rmtree(_leftover(settings.root), ignore_errors=True)
    return 0


def _leftover(root: Path) -> Path:
    """What to remove: our folder, and the parent's around it once the parent is gone."""
    around = root.parent
    if _orphaned.is_set() and around.name.startswith(_FOLDER_PREFIX):
        processes.end_marked(str(around))  # the command line that the parent was running
        return around
    return root


def make_app() -> Any:
    """The moto server with everything added, checked first.

    Raises:
        LocalError: moto is not the one this was written for.
    """
    seams.check()
    from . import cloudformation, cloudtrail, events, lambdas, sagemaker, stepfunctions
    from .control import ControlApp

    # Thousands of policies nobody looks at here, and seconds to load them.
    seams.get("moto.core.config:default_user_config")["iam"]["load_aws_managed_policies"] = False
    for part in (lambdas, events, cloudformation, cloudtrail, sagemaker, stepfunctions):
        part.install()
    return ControlApp(
        seams.get(f"{_WSGI}:DomainDispatcherApplication")(seams.get(f"{_WSGI}:create_backend_app"))
    )


def _serve(port: int, parent: int) -> None:
    app = make_app()
    from werkzeug.serving import make_server

    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    try:
        server: Any = make_server(
            HOST, port, app, threaded=True, request_handler=seams.get(f"{_WSGI}:MotoRequestHandler")
        )
    except (OSError, SystemExit) as error:
        raise LocalError(f"port {port} is in use; choose another, or none for a free one") from error

    def end(*_: object) -> None:
        threading.Thread(target=server.shutdown, daemon=True).start()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    if parent:
        threading.Thread(target=_end_with, args=(parent, end), daemon=True).start()
    server.serve_forever()


def _end_with(parent: int, end: Any) -> None:
    """Ends the server when the process that started it is gone: nobody else would."""
    while os.getppid() == parent:
        time.sleep(_PARENT_POLL_SECONDS)
    _orphaned.set()
    end()


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="constructs_lib.local.server")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--speed", type=float, default=1.0)
    parser.add_argument("--parent", type=int, default=0, help="end when this process is gone")
    parser.add_argument("--root", help="folder for everything temporary, removed at the end")
    return parser.parse_args(argv)


def _set_environment() -> None:
    """The moto server talks to itself, and must not find an account of the user's."""
    settings = current()
    os.environ.update(
        {
            "MOTO_PORT": str(settings.port),
            "AWS_ENDPOINT_URL": settings.endpoint,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "AWS_DEFAULT_REGION": DEFAULT_REGION,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
        }
    )
    os.environ.pop("AWS_SESSION_TOKEN", None)
    os.environ.pop("AWS_PROFILE", None)


if __name__ == "__main__":
    sys.exit(main())
