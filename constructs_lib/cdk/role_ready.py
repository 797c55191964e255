"""What makes a role ready for a job: the role with its policies, but for one that itself waits for a job.

Whoever grants a job's results to the role that jobs run under writes a reference to the job into the policy
of the role that CDK keeps. A job that waited for the role as a whole would then wait for itself. So it would
where the policy names anything that is made after a job of the role.
"""

from __future__ import annotations

from typing import cast
from weakref import WeakKeyDictionary

import jsii
from aws_cdk import Aspects, CfnResource, IAspect, Stack
from aws_cdk import aws_iam as iam
from constructs import Construct, DependencyGroup, IConstruct

from constructs_lib.cdk.made_before import MadeBefore, StackResources
from constructs_lib.cdk.references import named_in
from constructs_lib.cdk.whereabouts import stack_of

__all__ = ["role_ready", "wait_for_late_policies"]

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


def wait_for_late_policies(role: iam.IRole, job: Construct) -> None:
    """Make a job after those policies of its role, too, that wait for another job of the role.

    Args:
        role: the job's role.
        job: the job's resource.
    """
    order = _known.get(stack_of(cast("Construct", role)))
    if order is not None:
        order.note(role, job)


@jsii.implements(IAspect)
class _Order:
    """The roles of one stack: in one step for all of them, when the template is made."""

    def __init__(self, stack: Stack) -> None:
        turn = Construct(stack, ID)
        self._turn = turn
        self._groups: dict[iam.IRole, DependencyGroup] = {}
        self._marks: dict[DependencyGroup, Construct] = {}
        self._jobs: dict[iam.IRole, list[Construct]] = {}
        Aspects.of(turn).add(cast("IAspect", self))

    def note(self, role: iam.IRole, job: Construct) -> None:
        self._jobs.setdefault(role, []).append(job)

    def of(self, role: iam.IRole) -> DependencyGroup:
        if role not in self._groups:
            # Now, for whoever looks at once: a role may have a condition.
            made = role.node.default_child
            self._groups[role] = DependencyGroup(*([] if made is None else [made]))
        return self._groups[role]

    def visit(self, node: IConstruct) -> None:
        """Add what there is by now; called by CDK."""
        if node is not self._turn:
            return
        known: dict[str, StackResources] = {}
        for role, group in self._groups.items():
            for child in role.node.children:
                if not isinstance(child, iam.Policy):
                    group.add(child)
                else:
                    self._add_policy(child, role, group, known)

    def _add_policy(
        self, policy: iam.Policy, role: iam.IRole, group: DependencyGroup, known: dict[str, StackResources]
    ) -> None:
        """Let jobs wait for a policy, if it does not name a job; those alone that do not come before it."""
        stack = stack_of(policy)
        names = {*named_in(stack.resolve(policy.document))}
        if names & _jobs(stack, names):
            return
        before = MadeBefore(stack, [self._mark(group)] if names else [], known)
        named = [*before.named(sorted(names))]
        if not named or not before.found(policy, named):
            group.add(policy)
            return
        for job in self._jobs.get(role, ()):
            resource = cast("IConstruct", job.node.default_child)
            if not MadeBefore(stack, [resource], known).found(policy, named):
                job.node.add_dependency(policy)

    def _mark(self, group: DependencyGroup) -> Construct:
        """What waits for the group waits for this, too, which has no resource."""
        if group not in self._marks:
            self._marks[group] = Construct(self._turn, f"Role{len(self._marks) + 1}")
            group.add(self._marks[group])
        return self._marks[group]


_known: WeakKeyDictionary[Stack, _Order] = WeakKeyDictionary()


def _jobs(stack: Stack, names: set[str]) -> set[str]:
    """The logical ids of what is a job, where there are names to compare them with."""
    found = [one for one in stack.node.find_all() if isinstance(one, CfnResource)] if names else []
    jobs = [one.logical_id for one in found if one.cfn_resource_type.startswith(_JOBS)]
    return {*stack.resolve(jobs)}
