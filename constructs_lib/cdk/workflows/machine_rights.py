"""What a state machine's role is allowed because of the tasks in it: equal statements are one.

CDK asks each task for statements of its own. A hundred of them would fill more managed policies than IAM lets
a role have, where CDK is not told to merge them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from weakref import WeakValueDictionary

from aws_cdk import aws_iam as iam
from aws_cdk import aws_stepfunctions as sfn

from constructs_lib.cdk.permissions import Permission
from constructs_lib.cdk.policies import LONGEST_STATEMENT, size_of

__all__ = ["MachineRights"]


@dataclass
class _Written:
    """A statement that the graph has, what it should allow, and how many of those resources it names yet."""

    statement: iam.PolicyStatement
    permission: Permission
    named: int


class MachineRights:
    """The statements of the tasks of one graph: a state machine's states, or those of a branch.

    Args:
        graph: of the states.
    """

    def __init__(self, graph: sfn.StateGraph) -> None:
        self._graph = graph
        self._written: list[_Written] = []

    @classmethod
    def of(cls, graph: sfn.StateGraph) -> MachineRights:
        """Those of a graph. Its tasks keep them."""
        # Each time that jsii hands over what it has made itself, it is another object of Python's.
        key = str(getattr(graph, "__jsii_ref__", graph))
        rights = _known.get(key)
        if rights is None:
            rights = _known[key] = cls(graph)
        return rights

    def add(self, permissions: Iterable[Permission]) -> None:
        """Allow this too; its resources are named by `write`, in one step for all tasks."""
        for permission in permissions:
            self._add(permission)

    def _add(self, permission: Permission) -> None:
        for written in self._written:
            known = written.permission
            if (known.actions, known.conditions) == (permission.actions, permission.conditions):
                both = tuple(dict.fromkeys((*known.resources, *permission.resources)))
                if both == known.resources:
                    return
                wider = replace(known, resources=both)
                if size_of(wider) <= LONGEST_STATEMENT:
                    written.permission = wider
                    return
        statement = permission.to_statement()
        self._graph.register_policy_statement(statement)
        self._written.append(_Written(statement, permission, len(permission.resources)))

    def write(self) -> None:
        """Name all resources; at the latest when the machine's definition is written, after all `add`."""
        for written in self._written:
            new = written.permission.resources[written.named :]
            if new:
                written.statement.add_resources(*new)
                written.named += len(new)


_known: WeakValueDictionary[str, MachineRights] = WeakValueDictionary()
