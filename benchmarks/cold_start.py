"""What the deploy-time runtime costs a cold Lambda function, beside the handler that people copy.

Fresh processes, in turns, so that a busy machine is busy for both. Lambda has no compiled files of a
function's own code and may not write any: so both handlers are compiled in each process, and botocore is not.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from benchmarks.loopback import Loopback, serving

RUNTIME = Path(__file__).resolve().parents[1] / "constructs_lib" / "runtime"
PLAIN = Path(__file__).with_name("plain_handler.py")
EVENT = Path(__file__).with_name("create_event.json")
ROUNDS = 31
GOAL_RATIO, GOAL_KB = 0.75, 150
SIDES = {"ours": "runtime.front", "plain": "plain_handler"}
# Ready is what Lambda would do before the first event if every client were made by then: the imports, and the
# making of the clients that the first event asks for. The rest of an event is calls and their TLS.
CHILD = """
import time
start = time.perf_counter()
import importlib, json, sys
module = importlib.import_module(sys.argv[1])
import botocore.session
imported = time.perf_counter()
making = [0.0, 0]
def timed(owner, name):
    inner = getattr(owner, name)
    def outer(*args, **kwargs):
        began = time.perf_counter()
        try:
            return inner(*args, **kwargs)
        finally:
            making[0] += time.perf_counter() - began
            making[1] += name == "create_client"
    setattr(owner, name, outer)
timed(botocore.session, "get_session")
timed(botocore.session.Session, "create_client")
class Context:
    def get_remaining_time_in_millis(self):
        return 300_000
event = json.loads(sys.argv[2])
before = time.perf_counter()
module.handler(event, Context())
done = time.perf_counter()
import resource
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
figures = {"import": imported - start, "ready": imported - start + making[0],
           "event": imported - start + done - before, "clients": making[1], "peak": peak}
print()
print(json.dumps(figures))
"""
Figures = dict[str, float]


def compare() -> bool:
    """Print the ratios of cold start and memory, and the asset's size; returns whether the goals are met."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(RUNTIME, folder / "runtime", ignore=ignored)
        shutil.copy(PLAIN, folder)
        with serving(folder) as loopback:
            rounds = [{side: _run(side, folder, loopback) for side in SIDES} for _ in range(ROUNDS + 1)][1:]
        kilobytes = _zipped(folder / "runtime", folder / "asset.zip") / 1024
    ratios = {key: _show(key, rounds) for key in ("ready", "event", "peak")}
    print(f"the asset's zip: {kilobytes:.1f} KB (goal: at most {GOAL_KB})")
    return ratios["ready"] <= GOAL_RATIO and kilobytes <= GOAL_KB


def _run(side: str, folder: Path, loopback: Loopback) -> Figures:
    """One cold start with its first event."""
    event = json.loads(EVENT.read_text("utf-8"))
    event["ResponseURL"] = f"{loopback.address}/answer"
    loopback.asked.clear()
    command = [sys.executable, "-c", CHILD, SIDES[side], json.dumps(event)]
    environment = _environment(folder, loopback)
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, cwd=folder, env=environment, timeout=60
    )
    assert done.returncode == 0, done.stderr
    expected = "StartExecution" if side == "ours" else "answer"
    assert "CreateTrainingJob" in loopback.asked, loopback.asked
    assert loopback.asked[-1] == expected, loopback.asked
    figures: Figures = json.loads(done.stdout.splitlines()[-1])
    return {**figures, "calls": len(loopback.asked)}


def _environment(folder: Path, loopback: Loopback) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": str(folder),
        "HOME": str(folder),
        "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_SESSION_TOKEN": "token",
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_ENDPOINT_URL": loopback.address,
        "AWS_CA_BUNDLE": str(loopback.bundle),
        "SSL_CERT_FILE": str(loopback.bundle),
        "STACK_NAME": "models",
        "KEY_ARN": "arn:aws:kms:eu-west-1:123456789012:key/k",
        "STATE_MACHINE_ARN": "arn:aws:states:eu-west-1:123456789012:stateMachine:watch",
    }


def _show(key: str, rounds: list[dict[str, Figures]]) -> float:
    """Print the medians of one figure and the median of the rounds' ratios."""
    texts = {
        "ready": "cold start, imports and clients",
        "event": "cold start with the whole first event",
        "peak": "peak memory of that process",
    }
    ours, plain = (statistics.median(one[side][key] for one in rounds) for side in SIDES)
    ratio = statistics.median(one["ours"][key] / one["plain"][key] for one in rounds)
    scale, unit = (1 / 1024, "MB") if key == "peak" else (1000, "ms")
    sides = []
    for side, value in (("ours", ours), ("plain", plain)):
        calls = f" ({rounds[0][side]['calls']:.0f} calls)" if key == "event" else ""
        sides.append(f"{value * scale:.0f} {unit}{calls}")
    figures = "; plain handler: ".join(sides)
    goal = f" (goal: at most {GOAL_RATIO})" if key == "ready" else ""
    print(f"{texts[key]}: {figures}; ratio {ratio:.2f}{goal}")
    return ratio


def _zipped(folder: Path, target: Path) -> int:
    """Bytes of a folder's zip, made as a deployment does."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.rglob("*")):
            archive.write(file, file.relative_to(folder.parent))
    return target.stat().st_size


if __name__ == "__main__":
    sys.exit(not compare())
