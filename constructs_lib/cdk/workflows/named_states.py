"""The names of a stack's states, of which a task's inner ones are unknown to CDK: a name is there once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from weakref import WeakKeyDictionary

from aws_cdk import Stack
from aws_cdk import aws_stepfunctions as sfn

from constructs_lib.cdk.workflows.stack_machines import StackMachines
from constructs_lib.cdk.workflows.state_names import owner_mark, owner_of

__all__ = ["state_name", "taken_names"]

# Asked at synthesis, when nothing changes any more; each question is a call into jsii.
_names: WeakKeyDictionary[sfn.State, str] = WeakKeyDictionary()
_owners: WeakKeyDictionary[Stack, Mapping[str, tuple[str, str]]] = WeakKeyDictionary()


def state_name(state: sfn.State) -> str:
    """What a state is called, with the prefixes of the fragments around it. Asked at synthesis."""
    if state not in _names:
        _names[state] = state.state_id
    return _names[state]


def taken_names(stack: Stack, task: str) -> list[str]:
    """States of the user's that have the name of an inner one of a task's, in one state machine with it.

    Args:
        stack: the task's. It is walked once for all tasks.
        task: the task's name.
    """
    if stack not in _owners:
        _owners[stack] = _read(stack)
    owners = _owners[stack]
    mine = {task, owner_mark(task)} if owners else set()
    return [name for name, of in owners.items() if not mine.isdisjoint(of) and _is_twice(name, stack)]


def _read(stack: Stack) -> Mapping[str, tuple[str, str]]:
    """Whose each name would be, of those that a task's inner state could have."""
    names = [state_name(found) for found in stack.node.find_all() if isinstance(found, sfn.State)]
    return {name: owner_of(name) for name in names if any(owner_of(name))}


def _is_twice(name: str, stack: Stack) -> bool:
    """Whether a definition has the name twice."""
    key = f"{json.dumps(name, ensure_ascii=False)}:{{"
    return any(machine.reading.count(key) > 1 for machine in StackMachines.of(stack).found(is_last=True))
