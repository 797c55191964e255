"""What a stack's state machines do with the tasks in them that CDK tells no task: their language, their type.

CDK hands the machine's query language to its outermost states only: any other state that does not say its
own is rendered in JSONPath, which AWS refuses in a machine of JSONata.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

from aws_cdk import Stack
from aws_cdk import aws_stepfunctions as sfn

__all__ = ["Machines", "machines_of"]

CREATION = "createTrainingJob"


@dataclass(frozen=True)
class Machines:
    """The names of the states of a stack's machines that train.

    Attributes:
        trained: all of them.
        misread: those in JSONPath, inside the outermost states of a machine in JSONata.
        express: those of machines of type EXPRESS.
    """

    trained: set[str] = field(default_factory=set)
    misread: set[str] = field(default_factory=set)
    express: set[str] = field(default_factory=set)


_known: WeakKeyDictionary[Stack, Machines] = WeakKeyDictionary()


def machines_of(stack: Stack) -> Machines:
    """What the stack's machines train. Asked at synthesis; the definitions are read once for all tasks."""
    if stack not in _known:
        _known[stack] = _read(stack)
    return _known[stack]


def _read(stack: Stack) -> Machines:
    found = Machines()
    for machine in stack.node.find_all():
        if isinstance(machine, sfn.CfnStateMachine):
            definition = _definition(stack.resolve(machine.definition_string))
            outermost, within = _trainings(definition)
            found.trained.update(outermost, within)
            if definition.get("QueryLanguage") == "JSONata":
                found.misread.update(name for name, state in within.items() if _is_json_path(state))
            if machine.state_machine_type == "EXPRESS":
                found.express.update(outermost, within)
    return found


def _definition(resolved: object) -> dict[str, Any]:
    """A definition with its references written out as something; empty for what is no text."""
    if isinstance(resolved, dict) and "Fn::Join" in resolved:
        resolved = "".join(part if isinstance(part, str) else "-" for part in resolved["Fn::Join"][1])
    try:
        parsed = json.loads(resolved) if isinstance(resolved, str) else {}
    except ValueError:
        return {}
    return parsed if isinstance(parsed, dict) else {}


def _trainings(machine: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The outermost states that create a job, at whatever depth, and those inside them."""
    outermost: dict[str, Any] = {}
    within: dict[str, Any] = {}
    for name, state in machine.get("States", {}).items():
        if CREATION in json.dumps(state):
            outermost[name] = state
            within.update(_inner(state))
    return outermost, within


def _inner(state: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for machine in (*state.get("Branches", ()), state.get("ItemProcessor"), state.get("Iterator")):
        for name, inner in (machine or {}).get("States", {}).items():
            if CREATION in json.dumps(inner):
                yield name, inner
                yield from _inner(inner)


def _is_json_path(state: Mapping[str, Any]) -> bool:
    """Whether the request in it is in JSONPath's form."""
    return CREATION in str(state.get("Resource", "")) and "Parameters" in state
