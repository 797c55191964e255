"""A stack's state machines, each definition of which is read once while the template is made.

A definition is long, and to resolve it is much of a synthesis. What is found earlier may change until all
aspects have run, so nothing is kept from then.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from weakref import WeakKeyDictionary, ref

from aws_cdk import CfnCondition, Stack
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct, IConstruct

from constructs_lib.cdk.whereabouts import path_of, root_of
from constructs_lib.cdk.workflows.machine_reading import Reading

__all__ = ["JOBS_ID", "Machine", "StackMachines"]

JOBS_ID = "TrainingWorkflowJobs"
"""Id of the construct in a stack that stands for the jobs of its workflows."""

# By a machine's path, and the text or token of its definition.
_readings: WeakKeyDictionary[IConstruct, dict[tuple[str, str], Reading]] = WeakKeyDictionary()
_known: WeakKeyDictionary[Stack, StackMachines] = WeakKeyDictionary()


@dataclass(frozen=True)
class Machine:
    """A state machine of a stack, or of one nested in it.

    Attributes:
        resource: the machine.
        is_own: whether no stack between its own and this one has jobs of workflows itself.
    """

    resource: sfn.CfnStateMachine
    is_own: bool

    @cached_property
    def reading(self) -> Reading:
        """What its definition says."""
        definition = self.resource.definition_string or self.resource.definition
        stack = Stack.of(self.resource)
        if not isinstance(definition, str):
            return Reading(stack.resolve(definition))
        # While CDK makes the template, one token stays one text: states are rendered when a machine is made.
        known, key = _readings.get(root_of(self.resource), {}), (self.resource.node.path, definition)
        if key not in known:
            known[key] = Reading(stack.resolve(definition))
        return known[key]


class StackMachines:
    """The state machines of a stack and its nested ones.

    Args:
        stack: the stack.
    """

    def __init__(self, stack: Stack) -> None:
        self._stack = ref(stack)
        self._is_made = False
        self._kept: list[Machine] | None = None
        self._has_conditions = self._is_looked_at = False

    @classmethod
    def of(cls, stack: Stack) -> StackMachines:
        """Those of a stack."""
        found = _known.get(stack)
        if found is None:
            found = _known[stack] = cls(stack)
        return found

    @property
    def stack(self) -> Stack | None:
        """The stack; None once nobody has it any more."""
        return self._stack()

    def begin(self) -> None:
        """Say that a template is being made, from now on; what was found for an earlier one is forgotten."""
        self._is_made, self._is_looked_at, self._kept = True, False, None
        stack = self._stack()
        if stack is not None:
            known = _readings.setdefault(root_of(stack), {})
            start = f"{path_of(stack)}/"
            for key in [key for key in known if key[0].startswith(start)]:
                del known[key]

    def found(self, *, is_last: bool = False) -> list[Machine]:
        """The machines.

        Args:
            is_last: whether all aspects have run, so that no machine is added any more.
        """
        if self._kept is not None:
            return self._kept
        machines = list(self._look())
        if is_last and self._is_made:
            self._kept = machines
        return machines

    def has_conditions(self, *, is_last: bool = False) -> bool:
        """Whether anything in the stack may have a condition: mostly not, and none is asked for its own.

        Args:
            is_last: as `found` takes it.
        """
        if is_last or not self._is_made or not self._is_looked_at:
            self.found(is_last=is_last)
        return self._has_conditions

    def _look(self) -> Iterator[Machine]:
        stack = self._stack()
        if stack is None:
            return
        nodes = stack.node.find_all()
        self._is_looked_at = True
        self._has_conditions = any(isinstance(node, CfnCondition) for node in nodes)
        for node in nodes:
            if isinstance(node, sfn.CfnStateMachine):
                yield Machine(node, _is_own(node, path_of(stack)))


def _is_own(machine: Construct, path: str) -> bool:
    stack: Stack | None = Stack.of(machine)
    while stack is not None and stack.node.path != path:
        if stack.node.try_find_child(JOBS_ID) is not None:
            return False
        stack = stack.nested_stack_parent
    return stack is not None
