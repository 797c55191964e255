"""Finds the training jobs of a Step Functions definition (Amazon States Language)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple, TypeAlias

from constructs_lib.templates.joined import plain_text

__all__ = ["TaskRequest", "training_tasks"]

Path: TypeAlias = "tuple[str | int, ...]"

# Only deployment may know the partition (``${AWS::Partition}``); the suffix says how the state waits.
_RESOURCE = re.compile(
    r"arn:(?:[^:]+|\$\{[^{}]+\}):states:::(?:aws-sdk:)?sagemaker:createTrainingJob(?:\.(?:sync|waitForTaskToken)(?::\d+)?)?"
)


class TaskRequest(NamedTuple):
    """The request of one Task state.

    Attributes:
        state: the state's name.
        parameters: its Parameters or Arguments, as they stand there; None when it has none.
        jsonata: whether expressions are JSONata's.
        pointer: where they stand in the definition.
    """

    state: str
    parameters: object
    jsonata: bool
    pointer: Path


def training_tasks(
    definition: Mapping[str, object], pointer: Path = (), language: object = "JSONPath"
) -> Iterator[TaskRequest]:
    """Every Task that creates a training job, at any depth.

    Args:
        definition: the state machine, a branch or a map's processor.
        pointer: where it stands in its document.
        language: the query language of what is around it.

    Yields:
        The tasks, in the order of the document.
    """
    language = definition.get("QueryLanguage", language)
    states = definition.get("States")
    for name, state in states.items() if isinstance(states, Mapping) else ():
        if not isinstance(state, Mapping):
            continue
        here = (*pointer, "States", name)
        spoken = state.get("QueryLanguage", language)
        if state.get("Type") == "Task" and _RESOURCE.fullmatch(plain_text(state.get("Resource"))):
            member = _request_member(state, jsonata=spoken == "JSONata")
            yield TaskRequest(name, state.get(member), member == "Arguments", (*here, member))
        for below, nested in _nested(state):
            yield from training_tasks(nested, (*here, *below), language)


def _request_member(state: Mapping[str, object], *, jsonata: bool) -> str:
    """The member with the request; a state that has the other language's is checked all the same."""
    member, other = ("Arguments", "Parameters") if jsonata else ("Parameters", "Arguments")
    return other if other in state and member not in state else member


def _nested(state: Mapping[str, object]) -> Iterator[tuple[Path, Mapping[str, object]]]:
    branches = state.get("Branches")
    for number, branch in enumerate(branches if isinstance(branches, list) else ()):
        if isinstance(branch, Mapping):
            yield ("Branches", number), branch
    for member in ("ItemProcessor", "Iterator"):
        processor = state.get(member)
        if isinstance(processor, Mapping):
            yield (member,), processor
