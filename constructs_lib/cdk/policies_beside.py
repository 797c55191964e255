"""What a stack's functions are allowed for one job, and waits itself for another: beside the growing parts.

Whoever makes a job after another makes its role after that one, too. All jobs wait for the parts of a growing
policy, so a part that named this role would close a circle. What waits for a job is in inline policies, of
which a role may have many; each job waits for its own alone.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from typing import cast

import jsii
from aws_cdk import Annotations, Aspects, CfnCondition, IAspect, Reference
from aws_cdk import aws_iam as iam
from constructs import Construct, IConstruct

from constructs_lib.cdk.acknowledged.reasons import LATE_POLICY
from constructs_lib.cdk.growing_policies import GrowingPolicy, Grown
from constructs_lib.cdk.guards import targets, tokens_in
from constructs_lib.cdk.made_before import MadeBefore
from constructs_lib.cdk.references import named_in
from constructs_lib.cdk.validation_plugin import acknowledge, acknowledge_wildcards
from constructs_lib.cdk.whereabouts import path_of, stack_of

__all__ = ["LATE_ID", "MOST_INLINE", "set_late_ones_aside"]

LATE_ID = "TrainingJobRuntimeLate"
MOST_INLINE = 10_240
"""The characters that a role's inline policies may have together."""
DIGITS = 8


def set_late_ones_aside(owner: Construct, policies: Sequence[GrowingPolicy]) -> None:
    """Put what waits for a job beside the policies, when the template is made.

    Args:
        owner: what all jobs wait for, with the policies.
        policies: whatever they name.
    """
    Aspects.of(owner).add(cast("IAspect", _SettingAside(owner, policies)))


@jsii.implements(IAspect)
class _SettingAside:
    def __init__(self, owner: Construct, policies: Sequence[GrowingPolicy]) -> None:
        self._owner, self._policies = owner, policies

    def visit(self, node: IConstruct) -> None:
        """Look once; called by CDK."""
        if node is not self._owner:
            return
        first = [cast("Construct", one.parts[0].node.default_child) for one in self._policies]
        before = MadeBefore(stack_of(self._owner), [self._owner, *first])
        is_conditional = any(isinstance(one, CfnCondition) for one in before.stack.node.find_all())
        for policies in self._policies:
            if is_conditional:
                policies.guard_texts()
            late = [one for one in policies.grown if one.late_after is None and _is_late(one, before)]
            if late:
                policies.take_out(late)
                _put_beside(policies, late)


def _is_late(grown: Grown, before: MadeBefore) -> bool:
    sources = [*_sources(grown, before)]
    if not any(before.found(one) for one in sources):
        return False
    grown.late_after = tuple(sorted({path for one in sources for path in before.signature(one)}))
    return True


def _sources(grown: Grown, before: MadeBefore) -> Iterator[Construct]:
    """The resources that are named."""
    for named in grown.names:
        yield from targets(named)
        unknown = [] if not isinstance(named, str) else tokens_in(named)
        for token in unknown:
            if not isinstance(token, Reference):
                yield from before.named(named_in(before.stack.resolve(token)))


def _put_beside(policies: GrowingPolicy, late: Sequence[Grown]) -> None:
    """One policy for all that waits for the same: none of its jobs is waited for by what it names."""
    groups: dict[tuple[str, ...], list[Grown]] = {}
    for one in late:
        groups.setdefault(one.late_after or (), []).append(one)
    length = sum(_add_policy(policies, after, group) for after, group in groups.items())
    if length > MOST_INLINE:
        Annotations.of(policies.scope).add_warning_v2(
            "ConstructsLib::too-many-policies", _warning(policies.role, length)
        )


def _add_policy(policies: GrowingPolicy, after: Sequence[str], group: Sequence[Grown]) -> int:
    """Make the policy, and the jobs wait for it; its length is returned."""
    lists: dict[str, list[str]] = {}
    for one in group:
        lists.setdefault(one.kind, []).append(one.resource)
    makes = {one.kind: one.make for one in group}
    statements = [makes[kind](policies.late_list(kind, resources)) for kind, resources in lists.items()]
    policies.explain(statements)
    name = f"{policies.id}{hashlib.sha256(json.dumps(after).encode()).hexdigest()[:DIGITS]}"
    document = iam.PolicyDocument(statements=statements)
    made = iam.CfnPolicy(
        _scope(policies.scope),
        name,
        policy_document=document,
        policy_name=name,
        roles=[policies.role.role_name],
    )
    acknowledge(made, made, LATE_POLICY)
    acknowledge_wildcards(made, [made], policies.given)
    for user in {
        id(resource): resource for one in group for resource in (use() for use in one.users)
    }.values():
        user.node.add_dependency(made)
    return policies.size(group)


def _scope(runtime: Construct) -> Construct:
    stack = stack_of(runtime)
    found = stack.node.try_find_child(LATE_ID)
    return cast("Construct", found) if found is not None else Construct(stack, LATE_ID)


def _warning(role: iam.Role, length: int) -> str:
    return (
        f"{path_of(role)}: what it must be allowed for training jobs that wait for others takes inline "
        f"policies of {length} characters, and IAM allows {MOST_INLINE} together: give several of these jobs "
        f"one role, with role=, or divide them among several stacks"
    )
