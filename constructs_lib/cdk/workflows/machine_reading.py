"""What the definition of a state machine says, as far as its training jobs go.

A task is told from other states by what it is: by the states inside it, or by the tag of its job. Its name
alone would not do, as any state of another machine may have it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from constructs_lib.cdk.request_parts import part
from constructs_lib.cdk.runtime_policies import WORKFLOW_TAG
from constructs_lib.cdk.workflows.state_names import inner_name

__all__ = ["EXECUTION_TAG", "Reading", "TrainingState"]

# On jobs of which Step Functions itself does not stop any: the MD5 of their execution's ARN.
EXECUTION_TAG = "constructs-lib:execution"
CREATION = "createTrainingJob"
# A reference stands in text, or alone where a number may be: this is right in both places.
REFERENCE = "0"

States = Mapping[str, Any]


@dataclass(frozen=True)
class TrainingState:
    """A task in a definition.

    Attributes:
        task: the task's name.
        is_json_path: whether its request is in JSONPath's form.
        is_express: whether it is in a distributed map whose children are of type EXPRESS.
    """

    task: str
    is_json_path: bool
    is_express: bool


class Reading:
    """A definition that was read.

    Args:
        resolved: the definition as the template has it: an object, text, or text joined with references.
    """

    def __init__(self, resolved: object) -> None:
        self._text = _text(resolved)

    @property
    def is_watched(self) -> bool:
        """Whether jobs in it bear the tag of their execution."""
        return EXECUTION_TAG in self._text

    def count(self, text: str) -> int:
        """How often a text is in it."""
        return self._text.count(text)

    @property
    def is_distributed(self) -> bool:
        """Whether it may have a distributed map, whose children are executions of another ARN."""
        return "DISTRIBUTED" in self._text

    @property
    def is_jsonata(self) -> bool:
        """Whether the machine's query language is JSONata."""
        return self._definition.get("QueryLanguage") == "JSONata"

    @cached_property
    def trainings(self) -> list[TrainingState]:
        """The tasks in it, at whatever depth."""
        return list(_trainings(self._definition, around="", is_express=False))

    @cached_property
    def _definition(self) -> States:
        if CREATION not in self._text:
            return {}
        try:
            parsed = json.loads(self._text)
        except ValueError:  # somebody else's text, in which CloudFormation puts whole parts
            return {}
        return parsed if isinstance(parsed, dict) else {}


def _text(resolved: object) -> str:
    if isinstance(resolved, str):
        return resolved
    if isinstance(resolved, Mapping) and "Fn::Join" in resolved:
        between, parts = resolved["Fn::Join"]
        if isinstance(parts, list):
            return str(between).join(part if isinstance(part, str) else REFERENCE for part in parts)
    return json.dumps(resolved)


def _trainings(machine: States, *, around: str, is_express: bool) -> Iterator[TrainingState]:
    for name, state in _states(machine):
        task = _task(name, state, around) if CREATION in str(state.get("Resource", "")) else None
        if task is not None:
            yield TrainingState(task, "Parameters" in state, is_express)
        branches = state.get("Branches")
        for inner in (
            *(branches if isinstance(branches, list) else ()),
            state.get("ItemProcessor"),
            state.get("Iterator"),
        ):
            if isinstance(inner, dict):
                yield from _trainings(inner, around=name, is_express=is_express or _is_express(inner))


def _states(machine: States) -> Iterator[tuple[str, States]]:
    """The states; somebody's own definition may hold anything in their place."""
    found = machine.get("States")
    if isinstance(found, dict):
        yield from ((name, state) for name, state in found.items() if isinstance(state, dict))


def _is_express(processor: States) -> bool:
    config = part(processor.get("ProcessorConfig"))
    kind = [config.get(member) for member in ("Mode", "ExecutionType")]
    return kind == ["DISTRIBUTED", "EXPRESS"]


def _task(name: str, state: States, around: str) -> str | None:
    """The task that a state which creates a job belongs to; None for one of the user's own."""
    if name == inner_name(around, "create"):
        return around
    request = state.get("Parameters", state.get("Arguments"))
    return name if isinstance(request, dict) and _may_be_ours(request) else None


def _may_be_ours(request: dict[str, Any]) -> bool:
    tags = request.get("Tags", request.get("Tags.$", []))
    if isinstance(tags, list) and all(isinstance(tag, Mapping) for tag in tags):
        return any(tag.get("Key") == WORKFLOW_TAG for tag in tags)
    return True  # tags that only the execution or CloudFormation knows: a task's own are not among them
