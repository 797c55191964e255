"""What every test needs of its surroundings, before aws_cdk is imported."""

from __future__ import annotations

import gc
import os
import re
from collections.abc import Generator

import pytest
from hypothesis import HealthCheck, settings

from constructs_lib.local.node import find_node

# jsii runs on the Node of the Python wheel: a machine without one, or with an old one, works the same.
os.environ.setdefault("JSII_NODE", str(find_node()))
# Core's own template validation costs seconds a process; test_synth.py turns it on where it is the point.
os.environ.setdefault("CDK_VALIDATION", "false")
# Apps of tests refer to assets where they are: to copy the runtime for every app takes a fifth of its work.
# The cdk command line gives its apps a context of their own, and copies.
os.environ.setdefault("CDK_CONTEXT_JSON", '{"aws:cdk:disable-asset-staging": true}')
# A busy machine is no mistake of the code's.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Look for no garbage while modules are imported (nearly half of that work), nor in them later."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.freeze()


_NUMBER = re.compile(r"\.?\d+\]|-1\.?\d{10,}(?:e\+289)?| at 0x\w+")


def pytest_make_parametrize_id(val: object) -> str | None:
    """Leave the numbers of CDK's tokens out of ids: each process that collects gives others."""
    text = str(val)
    return _NUMBER.sub("]", text) if "Token[" in text or text.startswith("-1888") or "e+289" in text else None
