"""Attributes of EventBridge Scheduler's where nobody would replace them: in a state machine's definition."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from constructs_lib.cdk.findings import runner_finding
from constructs_lib.cdk.schedules.attributes import attribute_paths
from constructs_lib.rules import Finding
from constructs_lib.rules.paths import render


def misplaced_attributes(request: Mapping[str, Any]) -> Iterator[Finding]:
    """An error for each text of a task's request that has one, keys of maps too.

    Args:
        request: the request, with its name where that is kept.
    """
    for path in dict.fromkeys(attribute_paths(request, in_keys=True)):
        yield runner_finding("scheduler-attribute-in-execution", render(path))
