"""The state machines whose jobs know their execution, in parts that have room in an event pattern."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, cast

import jsii
from aws_cdk import IAnyProducer, IResolvable, IResolveContext, Lazy, Stack

from constructs_lib.cdk.conditions import condition_of, hidden_condition, only_if
from constructs_lib.cdk.whereabouts import path_of
from constructs_lib.cdk.workflows.machine_reading import EXECUTION_TAG
from constructs_lib.cdk.workflows.stack_machines import Machine, StackMachines
from constructs_lib.errors import ConstructsLibError

__all__ = ["EXECUTION_TAG", "LONGEST_PATTERN", "WatchedMachines", "event_pattern"]

# Every end, a good one too: an execution may end while a branch of it still waits for a job.
ENDS = ["ABORTED", "FAILED", "SUCCEEDED", "TIMED_OUT"]
# An empty list would match every machine of the account, and no list is no rule.
NO_MACHINE = "no-state-machine"
LONGEST_PATTERN = 2048
"""How many characters an event pattern may have (quotas of EventBridge, "Event pattern size")."""
# CloudFormation puts the ARN in when the pattern is written already; a machine's name has 80 characters.
LONGEST_ARN = f"arn:aws-us-gov:states:us-gov-west-1:123456789012:stateMachine:{'n' * 80}"

Matched = list[Any]


def event_pattern(machines: object) -> dict[str, Any]:
    """What an event of an execution's end looks like, in the words of EventBridge.

    Args:
        machines: what the ARN of the execution's state machine may be.
    """
    return {
        "source": ["aws.states"],
        "detail-type": ["Step Functions Execution Status Change"],
        "detail": {"stateMachineArn": machines, "status": ENDS},
    }


class WatchedMachines:
    """The machines in a stack, and its nested ones, that tag their jobs: found when the template is made.

    Args:
        stack: the stack.
    """

    def __init__(self, stack: Stack) -> None:
        self._machines = StackMachines.of(stack)

    def begin(self) -> None:
        """Say that a template is being made, from now on."""
        self._machines.begin()

    def count(self) -> int:
        """How many parts there are."""
        own = _own(self._machines.found())
        # Mostly they are so few that nothing has to be read for that.
        return 1 if _size([True] * len(own)) <= LONGEST_PATTERN else len(_parts(_watched(own)))

    def part(self, number: int, parts: Sequence[object]) -> IResolvable:
        """A token of what matches the machines of one part.

        Args:
            number: of the part, from 0.
            parts: what there are rules for, when the template is written.
        """
        return Lazy.uncached_any(cast("IAnyProducer", _Part(self._machines, number, parts)))


@jsii.implements(IAnyProducer)
class _Part:
    """Looks when it is asked: machines may be added until the template is written."""

    def __init__(self, machines: StackMachines, number: int, parts: Sequence[object]) -> None:
        self._machines, self._number, self._parts = machines, number, parts

    def produce(self, context: IResolveContext) -> Matched:
        found = _parts(_watched(_own(self._machines.found(is_last=context.preparing))))
        if context.preparing and len(found) > len(self._parts):
            problem = "state machines were added by an aspect, after the rules on their executions were made"
            raise ConstructsLibError(f"{problem}: add them before the synthesis")
        machines = found[self._number] if self._number < len(found) else []
        stack = self._machines.stack
        if not self._machines.has_conditions(is_last=context.preparing) or stack is None:
            conditions: list[str | None] = [None] * len(machines)
        else:
            conditions = [_condition(machine, stack) for machine in machines]
        distributed = [machine.reading.is_distributed for machine in machines]
        return _matched([one.resource.ref for one in machines], distributed, conditions) or [NO_MACHINE]


def _own(machines: list[Machine]) -> list[Machine]:
    return [machine for machine in machines if machine.is_own]


def _watched(machines: list[Machine]) -> list[Machine]:
    return [machine for machine in machines if machine.reading.is_watched]


def _parts(machines: list[Machine]) -> list[list[Machine]]:
    """One after the other, so that a machine which is added last moves no other to another rule."""
    parts: list[list[Machine]] = []
    for machine in machines:
        longer = [*parts[-1], machine] if parts else [machine]
        if parts and _size([one.reading.is_distributed for one in longer]) <= LONGEST_PATTERN:
            parts[-1] = longer
        else:
            parts.append([machine])
    return parts


def _matched(
    arns: Sequence[str], distributed: Sequence[bool], conditions: Sequence[str | None] | None = None
) -> Matched:
    given = conditions or [None] * len(arns)
    machines = [only_if(condition, arn, NO_MACHINE) for arn, condition in zip(arns, given, strict=True)]
    # The children of a distributed map have a machine of their own: <its machine>/<label>.
    children = [
        only_if(condition, {"prefix": f"{arn}/"})
        for arn, is_distributed, condition in zip(arns, distributed, given, strict=True)
        if is_distributed
    ]
    return [*machines, *children]


def _condition(machine: Machine, stack: Stack) -> str | None:
    """The condition on which the stack may name a machine."""
    hidden = hidden_condition(machine.resource, stack)
    if hidden is not None:
        problem = "has a condition in a nested stack, so that it is not known in the template around that"
        fix = "make its training tasks in the nested stack, too, or give the condition to the nested stack"
        where = f"which has the rule on the executions of its state machines ({path_of(stack)})"
        raise ConstructsLibError(f"{hidden}: {problem}, {where}: {fix}")
    return condition_of(machine.resource, stack)


def _size(distributed: Sequence[bool]) -> int:
    """The characters of a pattern of machines, at most: with blanks, as whoever writes it may put them."""
    matched = _matched([LONGEST_ARN] * len(distributed), distributed)
    return len(json.dumps(event_pattern(matched)))
