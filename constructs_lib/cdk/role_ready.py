"""What makes a role ready for a job: the role with its policies, but for one that itself waits for a job.

Whoever grants a job's results to the role that jobs run under writes a reference to the job into the policy
of the role that CDK keeps. A job that waited for the role as a whole would then wait for itself.
"""

from __future__ import annotations

from typing import cast
from weakref import WeakKeyDictionary

import jsii
from aws_cdk import Aspects, CfnResource, IAspect, Stack
from aws_cdk import aws_iam as iam
from constructs import Construct, DependencyGroup, IConstruct

from constructs_lib.cdk.references import named_in
from constructs_lib.cdk.whereabouts import path_of, stack_of

__all__ = ["role_ready"]

ID = "TrainingRoleOrder"
# Jobs, and what comes after them; a function's or a table's own resource comes before.
_JOBS = ("Custom::SageMakerTraining", "AWS::CloudFormation::WaitCondition")


def role_ready(role: iam.IRole) -> DependencyGroup:
    """What a job has to be created after, so that a role is there with what the app allows it."""
    stack = stack_of(cast("Construct", role))
    order = _known.get(stack)
    if order is None:
        order = _known[stack] = _Order(stack)
    return order.of(role)


@jsii.implements(IAspect)
class _Order:
    """The roles of one stack: in one step for all of them, when the template is made."""

    def __init__(self, stack: Stack) -> None:
        turn = Construct(stack, ID)
        self._path = path_of(turn)
        self._groups: dict[iam.IRole, DependencyGroup] = {}
        Aspects.of(turn).add(cast("IAspect", self))

    def of(self, role: iam.IRole) -> DependencyGroup:
        if role not in self._groups:
            # Now, for whoever looks at once: a role may have a condition.
            made = role.node.default_child
            self._groups[role] = DependencyGroup(*([] if made is None else [made]))
        return self._groups[role]

    def visit(self, node: IConstruct) -> None:
        """Add what there is by now; called by CDK."""
        if node.node.path == self._path:
            for role, group in self._groups.items():
                group.add(*(one for one in role.node.children if not _names_a_job(one)))


_known: WeakKeyDictionary[Stack, _Order] = WeakKeyDictionary()


def _names_a_job(policy: IConstruct) -> bool:
    if not isinstance(policy, iam.Policy):
        return False
    stack = stack_of(policy)
    named = {*named_in(stack.resolve(policy.document))}
    found = [one for one in stack.node.find_all() if isinstance(one, CfnResource)] if named else []
    jobs = [one.logical_id for one in found if one.cfn_resource_type.startswith(_JOBS)]
    return bool(named & {*stack.resolve(jobs)})
