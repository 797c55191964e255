"""The other Pythons of this machine, for what has to be the same on each of them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def other_pythons() -> list[str]:
    """Every other CPython from 3.10 on that is on the path or among pyenv's versions."""
    candidates = [
        Path(folder) / f"python3.{minor}" for minor in range(10, 15) for folder in os.get_exec_path()
    ]
    candidates += sorted((Path.home() / ".pyenv" / "versions").glob("3.1[0-9].*/bin/python3"))
    found: dict[str, str] = {}
    for path in candidates:
        if path.exists():
            run = subprocess.run(
                [str(path), "-c", "import sys; print(sys.version_info[:2])"],
                capture_output=True,
                text=True,
                check=False,
            )
            if run.returncode == 0 and run.stdout.strip() != str(sys.version_info[:2]):
                found.setdefault(run.stdout.strip(), str(path))
    return list(found.values())
