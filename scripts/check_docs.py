"""Holds documents and tracked files to the house rules: links lead somewhere, no machine is named."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LINK = re.compile(r"\]\((?!https?:|#)([^)#\s]+)")
# Registries by host, absolute paths of somebody's machine, and lock entries that name where they came from.
HOSTS = ("pypi" + ".org", "files.pythonhosted" + ".org", "registry.npmjs" + ".org", "deb.debian" + ".org")
MACHINE = re.compile(r"(?<![\w./-])/(?:home|root|Users|work|farm)/\w")
KEY = re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b")


def tracked() -> list[Path]:
    """The files that git tracks."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S607
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def dead_links(file: Path) -> Iterator[str]:
    """Relative links of a document that lead nowhere."""
    for number, line in enumerate(file.read_text().splitlines(), 1):
        for target in LINK.findall(line):
            if not (file.parent / target).exists():
                yield f"{file.relative_to(ROOT)}:{number}: no such file: {target}"


def addresses(file: Path) -> Iterator[str]:
    """Lines that name a registry, a path of a machine or an access key."""
    try:
        lines = file.read_text().splitlines()
    except UnicodeDecodeError:
        return
    for number, line in enumerate(lines, 1):
        where = f"{file.relative_to(ROOT)}:{number}"
        if any(host in line for host in HOSTS):
            yield f"{where}: names a package registry"
        if MACHINE.search(line):
            yield f"{where}: names a path of a machine"
        if KEY.search(line) and "EXAMPLE" not in line:
            yield f"{where}: looks like an access key"


def main() -> int:
    """Print every finding; 1 when there is one."""
    found: list[str] = []
    for file in tracked():
        found += addresses(file)
        if file.suffix == ".md":
            found += dead_links(file)
    print("\n".join(found) or "documents and tracked files: nothing found")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
