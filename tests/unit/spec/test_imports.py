from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from constructs_lib import spec

ROOT = Path(__file__).resolve().parents[3]


def test_importing_the_spec_imports_neither_cdk_nor_boto() -> None:
    forbidden = ("aws_cdk", "boto3", "botocore", "jsii")
    code = f"import sys, constructs_lib.spec; print([m for m in {forbidden} if m in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert run.stdout.strip() == "[]"


def test_what_is_exported_is_there() -> None:
    assert spec.__all__ == sorted(
        spec.__all__, key=lambda name: (not name.isupper(), not name[0].isupper(), name)
    )
    assert all(hasattr(spec, name) for name in spec.__all__)
