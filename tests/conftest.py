"""What every test needs of its surroundings, before aws_cdk is imported."""

from __future__ import annotations

import os

from constructs_lib.local.node import find_node

# jsii runs on the Node of the Python wheel: a machine without one, or with an old one, works the same.
os.environ.setdefault("JSII_NODE", str(find_node()))
# Core's own template validation costs seconds a process; test_synth.py turns it on where it is the point.
os.environ.setdefault("CDK_VALIDATION", "false")
