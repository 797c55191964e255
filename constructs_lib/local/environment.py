"""The environment in which SDKs, jsii and the CDK command line talk to the emulation only."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Mapping
from pathlib import Path

from constructs_lib.errors import LocalError

from .node import find_node
from .settings import ACCESS_KEY, DEFAULT_REGION, HOST, SECRET_KEY

__all__ = ["environment_for", "make_python_folder", "users_own", "without_proxy"]

# Node majors that jsii may call end-of-life; the warning is about nothing the user has chosen.
_NODE_MAJORS = "20"


def environment_for(endpoint: str, folder: Path) -> dict[str, str]:
    """The variables to export.

    Args:
        endpoint: the emulation's URL.
        folder: goes first on ``PATH``: see :func:`make_python_folder`.
    """
    node = _node()
    path = [str(folder), *([str(node.parent)] if node else []), os.environ.get("PATH", os.defpath)]
    variables = {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_REGION": DEFAULT_REGION,
        "AWS_DEFAULT_REGION": DEFAULT_REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "CDK_DISABLE_CLI_TELEMETRY": "true",
        "CDK_DISABLE_VERSION_CHECK": "true",
        "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": _NODE_MAJORS,
        "JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION": "1",
        "PATH": os.pathsep.join(path),
        **without_proxy(os.environ),
    }
    if node:
        variables["JSII_NODE"] = str(node)
    return variables


def make_python_folder(folder: Path) -> Path:
    """Puts ``python`` and ``python3`` into a folder: both run this interpreter, as ``cdk.json`` expects."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("python", "python3"):
        script = folder / name
        # A script, not a link: a linked interpreter would not find its virtual environment.
        script.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n', encoding="utf-8")
        script.chmod(script.stat().st_mode | stat.S_IXUSR)
    return folder


def users_own(environment: Mapping[str, str]) -> dict[str, str]:
    """An environment without what names an account, a profile or an endpoint of AWS."""
    return {key: value for key, value in environment.items() if not key.startswith("AWS_")}


def without_proxy(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables that keep a proxy of the user's out of what goes to loopback."""
    known = environment.get("NO_PROXY") or environment.get("no_proxy") or ""
    hosts = [host.strip() for host in known.split(",") if host.strip()]
    value = ",".join(dict.fromkeys([*hosts, HOST, "localhost"]))
    return {"NO_PROXY": value, "no_proxy": value}


def _node() -> Path | None:
    try:
        return find_node()
    except LocalError:
        return None
