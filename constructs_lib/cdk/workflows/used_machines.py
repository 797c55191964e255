"""What a stack's state machines do with the tasks in them that CDK tells no task: their language, their type.

CDK hands the machine's query language to its outermost states only: any other state that does not say its
own is rendered in JSONPath, which AWS refuses in a machine of JSONata.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from aws_cdk import Stack

from constructs_lib.cdk.workflows.stack_machines import Machine, StackMachines

__all__ = ["Machines", "machines_of"]


@dataclass(frozen=True)
class Machines:
    """The names of the tasks in a stack's machines.

    Attributes:
        trained: those whose executions are watched from the stack.
        misread: those in JSONPath, inside the outermost states of a machine in JSONata.
        express: those of machines, or of distributed maps, of type EXPRESS.
    """

    trained: set[str] = field(default_factory=set)
    misread: set[str] = field(default_factory=set)
    express: set[str] = field(default_factory=set)


_known: WeakKeyDictionary[Stack, tuple[Sequence[Machine], Machines]] = WeakKeyDictionary()


def machines_of(stack: Stack) -> Machines:
    """What the stack's machines train. Asked when the templates are written; found once for all tasks."""
    machines = StackMachines.of(stack).found(is_last=True)
    known = _known.get(stack)
    if known is None or known[0] is not machines:
        known = _known[stack] = (machines, _sorted(machines))
    return known[1]


def _sorted(machines: Sequence[Machine]) -> Machines:
    found = Machines()
    for machine in machines:
        is_express = machine.resource.state_machine_type == "EXPRESS"
        for training in machine.reading.trainings:
            if machine.is_own:
                found.trained.add(training.task)
            if training.is_json_path and machine.reading.is_jsonata:
                found.misread.add(training.task)
            if is_express or training.is_express:
                found.express.add(training.task)
    return found
