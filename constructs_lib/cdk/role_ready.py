"""What makes a role ready for a job: the role with its policies, but for one that itself waits for a job.

Whoever grants a job's results to the role that jobs run under writes a reference to the job into the policy
of the role that CDK keeps. A job that waited for the role as a whole would then wait for itself. So it would
where the policy names anything that is made after a job of the role.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast
from weakref import WeakKeyDictionary

import jsii
from aws_cdk import Aspects, IAspect, Stack
from aws_cdk import aws_iam as iam
from constructs import Construct, DependencyGroup, IConstruct

from constructs_lib.cdk.made_before import Known, MadeBefore
from constructs_lib.cdk.references import named_in
from constructs_lib.cdk.whereabouts import stack_of

__all__ = ["role_ready", "wait_for_late_policies"]

ID = "TrainingRoleOrder"


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
        policies: list[tuple[iam.Policy, iam.IRole]] = []
        for role, group in self._groups.items():
            for child in role.node.children:
                if isinstance(child, iam.Policy):
                    policies.append((child, role))
                else:
                    group.add(child)
        self._add_policies(policies)

    def _add_policies(self, policies: Sequence[tuple[iam.Policy, iam.IRole]]) -> None:
        named = [{*named_in(stack_of(one).resolve(one.document))} for one, _ in policies]
        # All marks before any walk, which remembers what it comes across.
        for (_, role), names in zip(policies, named, strict=True):
            if names:
                self._mark(self._groups[role])
        known = Known()
        for (policy, role), names in zip(policies, named, strict=True):
            self._add_policy(policy, role, names, known)

    def _add_policy(self, policy: iam.Policy, role: iam.IRole, names: set[str], known: Known) -> None:
        """Let jobs wait for a policy; where it waits for any, those alone that do not come before it."""
        stack, group = stack_of(policy), self._groups[role]
        mark = self._marks.get(group)
        before = MadeBefore(stack, [] if mark is None else [mark], known)
        named = [*before.named(sorted(names))]
        if not named or not before.found(policy, named):
            group.add(policy)
            if mark is not None:
                known.add_inside(mark, policy)
            return
        jobs = [(one, cast("IConstruct", one.node.default_child)) for one in self._jobs.get(role, ())]
        later = [job for job, one in jobs if not MadeBefore(stack, [one], known).found(policy, named)]
        for job in later:
            job.node.add_dependency(policy)
        if later:
            known.forget_dependencies()

    def _mark(self, group: DependencyGroup) -> Construct:
        """What waits for the group waits for this, too, which has no resource."""
        if group not in self._marks:
            self._marks[group] = Construct(self._turn, f"Role{len(self._marks) + 1}")
            group.add(self._marks[group])
        return self._marks[group]


_known: WeakKeyDictionary[Stack, _Order] = WeakKeyDictionary()
