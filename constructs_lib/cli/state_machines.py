"""Step Functions definitions as inputs: which documents are, and what is known of their requests."""

from __future__ import annotations

from collections.abc import Mapping

from constructs_lib.cli.joined import unmarked
from constructs_lib.rules.values import UNKNOWN
from constructs_lib.templates.joined import MARK
from constructs_lib.templates.state_machines import TaskRequest

__all__ = ["is_state_machine", "requests_of"]


def is_state_machine(document: Mapping[str, object]) -> bool:
    """Whether a document is meant as a definition: it has states, or says where it starts."""
    return isinstance(document.get("States"), Mapping) or "StartAt" in document


def requests_of(task: TaskRequest, parameters: object) -> object:
    """The request that a task sends, with `UNKNOWN` for what only an execution knows.

    Args:
        task: the task.
        parameters: its parameters, perhaps with `UNKNOWN` and marks in them already.
    """
    if parameters is None:
        return UNKNOWN  # the state's whole input is the request
    if not task.jsonata and isinstance(parameters, str) and parameters.startswith("$"):
        return UNKNOWN
    return _known(unmarked(parameters), task.jsonata)


def _known(value: object, jsonata: bool) -> object:
    if isinstance(value, str):
        expression = jsonata and value.startswith("{%") and value.endswith("%}")
        return UNKNOWN if expression or MARK in value else value
    if isinstance(value, list):
        return [_known(item, jsonata) for item in value]
    if isinstance(value, dict):
        return dict(_entry(key, item, jsonata) for key, item in value.items())
    return value


def _entry(key: str, value: object, jsonata: bool) -> tuple[str, object]:
    if not jsonata and key.endswith(".$"):
        return key[:-2], UNKNOWN
    return key, _known(value, jsonata)
