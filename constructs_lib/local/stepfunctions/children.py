"""The child executions of a distributed Map: each has an identity, variables and a history of its own."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from .context import iso_time
from .history import limit

__all__ = ["Child", "begin"]


@dataclass
class Child:
    """One child execution: what DescribeExecution would say of it."""

    arn: str
    name: str
    machine: str
    item: Any
    started: str
    status: str = "PENDING"
    output: Any = None
    error: str | None = None
    cause: str | None = None
    stopped: str = ""

    def succeed(self, output: Any) -> None:
        """Ends it with its output."""
        self._end("SUCCEEDED")
        self.output = output

    def fail(self, status: str, error: str | None = None, cause: str | None = None) -> None:
        """Ends it without one."""
        self._end(status)
        self.error, self.cause = error, cause

    def _end(self, status: str) -> None:
        self.status, self.stopped = status, iso_time(datetime.now(timezone.utc))

    def described(self) -> dict[str, Any]:
        """The record that a ResultWriter exports."""
        good = self.status == "SUCCEEDED"
        record: dict[str, Any] = {
            "ExecutionArn": self.arn,
            "Input": json.dumps(self.item),
            "InputDetails": {"Included": True},
            "Name": self.name,
            "RedriveCount": 0,
            "RedriveStatus": "NOT_REDRIVABLE" if good else "REDRIVABLE",
            "StartDate": self.started,
            "StateMachineArn": self.machine,
            "Status": self.status,
            "StopDate": self.stopped,
        }
        if good:
            reason = "Execution is SUCCEEDED and cannot be redriven"
            record |= {"Output": json.dumps(self.output), "OutputDetails": {"Included": True}}
            return record | {"RedriveStatusReason": reason}
        told = {"Error": self.error, "Cause": self.cause}
        return record | {key: value for key, value in told.items() if value is not None}


def begin(frame: Any, label: str) -> Child:
    """Makes a frame of a Map, whose input is known, the environment of a child execution.

    Args:
        frame: the frame of one item.
        label: the Map's label, part of the child's ARN.
    """
    context = frame.states.context_object.context_object_data
    parent, machine, name = context["Execution"], context["StateMachine"], str(uuid.uuid4())
    arn = f"{parent['Id'].rpartition(':')[0]}/{label}:{name}"
    started, item = iso_time(datetime.now(timezone.utc)), frame.states.get_input()
    context["Execution"] = {**parent, "Id": arn, "Name": name, "Input": item, "StartTime": started}
    context["StateMachine"] = {"Id": f"{machine['Id']}/{label}", "Name": f"{machine['Name']}/{label}"}
    context.pop("Map", None)
    frame.variable_store = type(frame.variable_store)()
    frame.event_manager = type(frame.event_manager)()
    limit(frame)
    return Child(arn, name, context["StateMachine"]["Id"], item, started)
