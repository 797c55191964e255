"""What a stack's functions are allowed for one job, and waits itself for another: beside the growing parts.

Whoever makes a job after another makes its role after that one, too. All jobs wait for the parts of a growing
policy, so a part that named this role would close a circle. What waits for a job is in inline policies, of
which a role may have many; each job waits for its own alone.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import cast

import jsii
from aws_cdk import Annotations, Aspects, CfnCondition, CfnResource, IAspect, Reference
from aws_cdk import aws_iam as iam
from constructs import Construct, IConstruct

from constructs_lib.cdk.acknowledged.reasons import LATE_POLICY
from constructs_lib.cdk.conditions import resource_of
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


@dataclass
class _Beside:
    """A policy for all that waits for the same: none of its jobs is waited for by what it names."""

    resource: iam.CfnPolicy
    document: iam.PolicyDocument
    lists: dict[str, list[str]] = field(default_factory=dict)


@jsii.implements(IAspect)
class _SettingAside:
    def __init__(self, owner: Construct, policies: Sequence[GrowingPolicy]) -> None:
        self._owner, self._policies = owner, policies
        self._beside: dict[tuple[str, tuple[str, ...]], _Beside] = {}

    def visit(self, node: IConstruct) -> None:
        """Look for what is not beside them yet; called by CDK, whenever a template is made."""
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
                self._put_beside(policies, late)

    def _put_beside(self, policies: GrowingPolicy, late: Sequence[Grown]) -> None:
        for after, group in _groups(late).items():
            key = policies.id, after
            if key not in self._beside:
                self._beside[key] = _new_policy(policies, after)
            _add(policies, self._beside[key], group)
        length = sum(map(policies.size, _groups(policies.grown).values()))
        if length > MOST_INLINE:
            Annotations.of(policies.scope).add_warning_v2(
                "ConstructsLib::too-many-policies", _warning(policies.role, length)
            )


def _is_late(grown: Grown, before: MadeBefore) -> bool:
    sources = [resource_of(one) or one for one in _sources(grown, before)]
    if not any(before.found(one) for one in sources):
        return False
    grown.late_after = tuple(sorted({path for one in sources for path in _waits_for(one, before)}))
    return True


def _waits_for(source: Construct, before: MadeBefore) -> set[str]:
    """The paths of what something waits for, and of what it refers to that itself waits for a job."""
    referred = before.referred(source) if isinstance(source, CfnResource) else ()
    return before.signature(source) | {path_of(one) for one in referred if before.found(one)}


def _sources(grown: Grown, before: MadeBefore) -> Iterator[Construct]:
    """The constructs that are named."""
    for named in grown.names:
        yield from targets(named)
        unknown = [] if not isinstance(named, str) else tokens_in(named)
        for token in unknown:
            if not isinstance(token, Reference):
                yield from before.named(named_in(before.stack.resolve(token)))


def _groups(grown: Sequence[Grown]) -> dict[tuple[str, ...], list[Grown]]:
    """What is late, by what it waits for."""
    groups: dict[tuple[str, ...], list[Grown]] = {}
    for one in grown:
        if one.late_after is not None:
            groups.setdefault(one.late_after, []).append(one)
    return groups


def _new_policy(policies: GrowingPolicy, after: Sequence[str]) -> _Beside:
    """A policy without any statement."""
    name = f"{policies.id}{hashlib.sha256(json.dumps(after).encode()).hexdigest()[:DIGITS]}"
    document = iam.PolicyDocument()
    made = iam.CfnPolicy(
        _scope(policies.scope),
        name,
        policy_document=document,
        policy_name=name,
        roles=[policies.role.role_name],
    )
    acknowledge(made, made, LATE_POLICY)
    acknowledge_wildcards(made, [made], policies.given)
    return _Beside(made, document)


def _add(policies: GrowingPolicy, beside: _Beside, group: Sequence[Grown]) -> None:
    """Allow these in a policy, too, and let the jobs that need them wait for it."""
    for one in group:
        if one.kind not in beside.lists:
            listed = beside.lists[one.kind] = []
            statement = one.make(policies.late_list(one.kind, listed))
            policies.explain([statement])
            beside.document.add_statements(statement)
        beside.lists[one.kind].append(one.resource)
    for user in {
        id(resource): resource for one in group for resource in (use() for use in one.users)
    }.values():
        user.node.add_dependency(beside.resource)


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
