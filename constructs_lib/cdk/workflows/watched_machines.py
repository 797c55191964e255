"""The state machines whose jobs know their execution, found when the template is written."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

import jsii
from aws_cdk import IAnyProducer, IResolvable, IResolveContext, Lazy, Stack
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

if TYPE_CHECKING:
    from constructs_lib.cdk.workflows.ending import WorkflowJobs

# On jobs of which Step Functions itself does not stop any: the MD5 of their execution's ARN.
EXECUTION_TAG = "constructs-lib:execution"
# An empty list would match every machine of the account, and no list is no rule.
NO_MACHINE = "no-state-machine"


@jsii.implements(IAnyProducer)
class _Watched:
    """Looks when it is asked: machines may be added until the template is written."""

    def __init__(self, jobs: WorkflowJobs) -> None:
        self._jobs = jobs
        # Definitions are long, and CDK asks some times.
        self._known: dict[str, bool] = {}

    def produce(self, context: IResolveContext) -> list[str | dict[str, str]]:  # noqa: ARG002
        arns = [machine.ref for machine in self._machines() if self._is_watched(machine)]
        # The children of a distributed map have a machine of their own: <its machine>/<label>.
        return [*arns, *({"prefix": f"{arn}/"} for arn in arns)] or [NO_MACHINE]

    def _machines(self) -> Iterator[sfn.CfnStateMachine]:
        for node in Stack.of(self._jobs).node.find_all():
            if isinstance(node, sfn.CfnStateMachine) and self._is_ours(node):
                yield node

    def _is_ours(self, machine: Construct) -> bool:
        """Whether no stack between the machine's and this one has such jobs of its own."""
        stack: Stack | None = Stack.of(machine)
        while stack is not None:
            if found := stack.node.try_find_child(self._jobs.node.id):
                return found.node.addr == self._jobs.node.addr
            stack = stack.nested_stack_parent
        return False

    def _is_watched(self, machine: sfn.CfnStateMachine) -> bool:
        path = machine.node.path
        if path not in self._known:
            definition = machine.definition_string or machine.definition
            self._known[path] = EXECUTION_TAG in json.dumps(Stack.of(machine).resolve(definition))
        return self._known[path]


def watched_machines(jobs: WorkflowJobs) -> IResolvable:
    """A token of patterns: the machines in these jobs' stack, and its nested ones, that tag their jobs."""
    return Lazy.uncached_any(cast("IAnyProducer", _Watched(jobs)))
