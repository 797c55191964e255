"""What checking a request costs, beside botocore's own parameter validation of the same requests."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
CORPUS = ROOT.parent / "shared" / "corpus" / "valid"
OWN = Path(__file__).with_name("requests.json")
ROUNDS, REPEATS, FILES = 15, 10, 1_000


def requests() -> tuple[str, list[dict[str, Any]]]:
    """The requests to check, and where they come from: real ones where they are at hand."""
    if CORPUS.is_dir():
        files = sorted(CORPUS.glob("*.json"))
        return f"{len(files)} real requests", [json.loads(file.read_text("utf-8")) for file in files]
    own = json.loads(OWN.read_text("utf-8"))
    return f"{len(own)} requests of our own", own


def microseconds(check: Callable[[dict[str, Any]], object], samples: list[dict[str, Any]]) -> float:
    """Microseconds of one check of one request."""
    started = time.perf_counter()
    for _ in range(REPEATS):
        for sample in samples:
            check(sample)
    return (time.perf_counter() - started) / REPEATS / len(samples) * 1e6


def compare() -> None:
    """Time the whole check and botocore's in turns, so that a busy machine is busy for both."""
    import botocore.session
    from botocore.validate import ParamValidator

    from constructs_lib import validate_request

    shape = (
        botocore.session.get_session().get_service_model("sagemaker").shape_for("CreateTrainingJobRequest")
    )
    validator = ParamValidator()
    origin, samples = requests()
    pairs = [
        (
            microseconds(validate_request, samples),
            microseconds(lambda sample: validator.validate(sample, shape), samples),
        )
        for _ in range(ROUNDS + 1)
    ][1:]
    ours, theirs = (statistics.median(side) for side in zip(*pairs, strict=True))
    ratio = statistics.median(our / their for our, their in pairs)
    print(f"check of {origin}: {ours:.1f} us each; botocore's ParamValidator: {theirs:.1f} us")
    print(f"ratio {ratio:.2f}")


def command_line() -> None:
    """Time the whole process that checks a thousand files."""
    _, samples = requests()
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder, f"request-{index}.json") for index in range(FILES)]
        for index, file in enumerate(files):
            file.write_text(json.dumps(samples[index % len(samples)]), "utf-8")
        command = [str(Path(sys.executable).with_name("constructs-lib")), "validate", *map(str, files)]
        started = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        print(f"constructs-lib validate, {FILES} files: {time.perf_counter() - started:.2f} s, whole process")
