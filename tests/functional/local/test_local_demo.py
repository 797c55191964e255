"""``constructs-lib local demo`` as a user runs it: a process of its own, with the genuine cdk."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from constructs_lib.local.cdk_cli import CdkCli

ROOT = Path(__file__).parents[3]


@pytest.mark.e2e
def test_the_demonstration_runs_to_its_end(tmp_path: Path) -> None:
    code = "import sys; from constructs_lib.cli import main; sys.exit(main(['local', 'demo']))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,  # where node_modules are
        env={**os.environ, "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=500,
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
    assert done.stdout.count("status  Completed") == 3
    assert done.stdout.count("CreateTrainingJob calls: 1") == 2
    assert not list(tmp_path.glob("constructs-lib-*"))


def test_what_an_interrupted_app_leaves_goes_with_the_emulation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given a command line that tells where the app it runs puts what it unpacks
    cdk = tmp_path / "cdk.js"
    cdk.write_text("console.log(require('os').tmpdir())")
    monkeypatch.setenv("CONSTRUCTS_LIB_CDK", str(cdk))
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    # when / then
    assert CdkCli({}, scratch, lambda: True).run("deploy", cwd=tmp_path).stdout.strip() == str(scratch)
