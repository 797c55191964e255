"""Shows what the newest botocore says otherwise about the operations that this library uses."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from botocore.exceptions import DataNotFoundError

from .cut import CUTS, Cut
from .source import Source, load_from, reachable, references

__all__ = ["differences", "fetch", "show"]

TIMEOUT_SECONDS = 300
COMPARED = ("type", "min", "max", "pattern")


def show(pinned: Source) -> int:
    """Print the differences of the newest botocore; 0 in any case, as nothing here is anybody's mistake."""
    with tempfile.TemporaryDirectory() as folder:
        newest = fetch(Path(folder))
        if newest is None:
            print("drift: the newest botocore could not be fetched; nothing was compared")
            return 0
        lines = list(differences(pinned, newest))
    print(f"drift: botocore {pinned.version} (pinned) to {newest.version}: differences: {len(lines)}")
    for line in lines:
        print(f"  {line}")
    return 0


def fetch(folder: Path) -> Source | None:
    """Install the newest botocore into a folder of its own, and read its model; None when that fails."""
    # Its output may show the registry's address with credentials, so it is dropped.
    command = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--target",
        str(folder),
        "botocore",
    ]
    try:
        done = subprocess.run(command, capture_output=True, timeout=TIMEOUT_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return None
    package = folder / "botocore"
    if done.returncode or not package.is_dir():
        return None
    found = re.search(
        r"^__version__ = ['\"](.+)['\"]", (package / "__init__.py").read_text("utf-8"), re.MULTILINE
    )
    return load_from(package, found[1] if found else "of unknown version")


def differences(old: Source, new: Source) -> Iterator[str]:
    """What differs: a line for each shape, member, bound, pattern or list of values of every service."""
    for cut in CUTS:
        for line in _of_service(cut, old, new):
            yield line if cut.service == "sagemaker" else f"{cut.service}: {line}"


def _of_service(cut: Cut, old: Source, new: Source) -> Iterator[str]:
    try:
        before, after = _shapes(cut, old), _shapes(cut, new)
    except (DataNotFoundError, SystemExit) as error:
        yield str(error).removeprefix(f"{cut.service}: ")
        return
    for name in sorted(before.keys() - after.keys()):
        yield f"{name}: is gone"
    for name in sorted(after.keys() - before.keys()):
        yield f"{name}: is new ({after[name]['type']})"
    for name in sorted(before.keys() & after.keys()):
        yield from (f"{name}{change}" for change in _changes(before[name], after[name]))


def _shapes(cut: Cut, source: Source) -> dict[str, Any]:
    model = source.of(cut.service, cut.api_version).model
    operations = model["operations"]
    roots = references([operations[name] for name in cut.operations if name in operations])
    return {name: model["shapes"][name] for name in reachable(model, roots)}


def _changes(old: dict[str, Any], new: dict[str, Any]) -> Iterator[str]:
    for key in COMPARED:
        if old.get(key) != new.get(key):
            yield f".{key}: {old.get(key, 'none')} -> {new.get(key, 'none')}"
    for key in ("enum", "required", "members"):
        before, after = old.get(key, ()), new.get(key, ())
        changed = [f"+{item}" for item in after if item not in before]
        changed += [f"-{item}" for item in before if item not in after]
        if changed:
            yield f".{key}: {' '.join(changed)}"
    targets, others = _targets(old), _targets(new)
    for member in targets.keys() & others.keys():
        if targets[member] != others[member]:
            yield f".{member}: {targets[member]} -> {others[member]}"


def _targets(shape: dict[str, Any]) -> dict[str, str]:
    """The shape of each member, or of a list's or map's inside."""
    targets = {name: member["shape"] for name, member in shape.get("members", {}).items()}
    return targets | {key: shape[key]["shape"] for key in ("member", "key", "value") if key in shape}
