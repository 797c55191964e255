"""What every test needs of its surroundings, before aws_cdk is imported."""

from __future__ import annotations

import os
import re
from collections import Counter

import pytest

from constructs_lib.local.node import find_node

# jsii runs on the Node of the Python wheel: a machine without one, or with an old one, works the same.
os.environ.setdefault("JSII_NODE", str(find_node()))
# Core's own template validation costs seconds a process; test_synth.py turns it on where it is the point.
os.environ.setdefault("CDK_VALIDATION", "false")


_NUMBERED = re.compile(r"(Token\[[^\]]*?)\.?\d+\]")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave the numbers of CDK's tokens out of ids: each process that collects gives others."""
    seen: Counter[str] = Counter()
    for item in items:
        plain = _NUMBERED.sub(r"\1]", item.nodeid)
        seen[plain] += 1
        if plain != item.nodeid:
            item._nodeid = plain if seen[plain] == 1 else f"{plain}#{seen[plain]}"
