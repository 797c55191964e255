"""Generates what the library knows about AWS's APIs from the pinned botocore.

python scripts/generate_service_model.py            writes the generated files
python scripts/generate_service_model.py --check    fails when one is out of step with the pinned botocore
python scripts/generate_service_model.py --drift    shows what the newest botocore has changed; never fails
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "scripts")]

from service_model import drift, endpoints_file, model_file, shapes_file  # noqa: E402
from service_model.cut import CUTS  # noqa: E402
from service_model.source import Source, load, pinned_version  # noqa: E402

FILES: dict[str, Callable[[Source], str]] = {
    "constructs_lib/service_model/create_training_job.py": model_file.render,
    "constructs_lib/spec/shapes.py": shapes_file.render,
    **{f"constructs_lib/runtime/model/{cut.path}": cut.render for cut in CUTS},
    f"constructs_lib/runtime/model/{endpoints_file.NAME}": endpoints_file.render,
}


def main(arguments: list[str] | None = None, root: Path = ROOT) -> int:
    """Write the generated files, or compare them; returns the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    modes = parser.add_mutually_exclusive_group()
    modes.add_argument("--check", action="store_true", help="compare instead of writing")
    modes.add_argument("--drift", action="store_true", help="compare with the newest botocore")
    options = parser.parse_args(arguments)
    source = load()
    pinned = pinned_version(ROOT / "constraints.txt")
    if source.version != pinned:
        print(f"botocore {source.version} is installed, constraints.txt pins {pinned}; run make setup")
        return 1
    if options.drift:
        return drift.show(source)
    texts = {name: render(source) for name, render in FILES.items()}
    return check(texts, root, source.version) if options.check else write(texts, root, source.version)


def write(texts: dict[str, str], root: Path, version: str) -> int:
    """Write every file."""
    for name, text in texts.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, "utf-8")
        print(f"{name}: {len(text.encode()):,} bytes from botocore {version}")
    return 0


def check(texts: dict[str, str], root: Path, version: str) -> int:
    """Compare every file with what it should be, and name each that differs."""
    code = 0
    for name, text in texts.items():
        path = root / name
        if path.exists() and path.read_text("utf-8") == text:
            print(f"{name}: in step with botocore {version}")
        else:
            print(f"{name}: not what botocore {version} gives; run scripts/generate_service_model.py")
            code = 1
    return code


if __name__ == "__main__":
    sys.exit(main())
