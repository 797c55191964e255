"""A job that a wait condition waits for, for the tests of its signals and its handles."""

from __future__ import annotations

from typing import Any

from constructs_lib.runtime import front

from .conftest import Logs
from .model import (
    CloudFormation,
    Raw,
    properties,
)

OTHER: Raw = {"HyperParameters": {"epochs": "4"}}
ENDED = 300


def waiting(url: str, **members: Any) -> Raw:
    """Properties in mode wait_condition, with a handle of one's own."""
    asked = properties(mode="wait_condition", **members)
    return {**asked, "Completion": {**asked["Completion"], "Handle": url}}


def started(cfn: CloudFormation, asked: Raw) -> Raw:
    """A Create that was answered, and whose watch runs."""
    event = cfn.event("Create", asked)
    front.handle(event, cfn.world)
    response = cfn.recorder.effective(event["ResponseURL"])
    assert response is not None
    assert response.ok
    cfn.physical_id, cfn.deployed = response.physical_id, asked
    return event


def levels(logs: Logs, message: str) -> list[str]:
    return [line["level"] for line in logs() if line["message"] == message]


def lost(logs: Logs) -> int:
    """How often the metric AnswersLost was counted."""
    return sum(line.get("AnswersLost", 0) for line in logs())
