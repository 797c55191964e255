"""Security groups of jobs: whose they are, and the rules between them and others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import cast

from aws_cdk import Stack
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from constructs_lib.cdk.acknowledged.reasons import INSTANCES
from constructs_lib.cdk.network.opening import Opening, open_way
from constructs_lib.cdk.validation_plugin import acknowledge
from constructs_lib.cdk.whereabouts import outermost, stack_of
from constructs_lib.spec import TrainingJobSpec
from constructs_lib.spec.text import is_unknown

__all__ = ["admit", "admit_each_other", "made_with", "spec_connections"]


def spec_connections(scope: Construct, spec: TrainingJobSpec) -> ec2.Connections | None:
    """The security groups of a spec's own network; None for a spec that has none.

    Groups that are one list token cannot be told apart, so there is nothing to connect to.
    """
    if spec.vpc_config is None:
        return None
    ids = getattr(spec.vpc_config, "security_group_ids", ())
    known = () if is_unknown(spec.vpc_config) or is_unknown(ids) else ids
    groups = [
        ec2.SecurityGroup.from_security_group_id(scope, f"SecurityGroup{number}", group)
        for number, group in enumerate(known, 1)
    ]
    return ec2.Connections(security_groups=groups)


def made_with(scope: Construct, parts: Iterable[object]) -> bool:
    """Whether one of these VPCs and security groups is made in the scope's outermost stack.

    Such a stack deletes them after its jobs, and cannot while a job's network interface lingers in them.
    """
    made = (part for part in parts if isinstance(part, (ec2.Vpc, ec2.SecurityGroup)))
    return any(outermost(part) == outermost(scope) for part in made)


def admit_each_other(groups: Sequence[ec2.ISecurityGroup], port: ec2.Port, description: str) -> list[Opening]:
    """Open a port between whatever is in these groups.

    Who is in one of a job's groups is in all of them, so groups of different stacks need no rule for each
    other: each refers to itself, and the stacks stay independent.

    Returns:
        The rules that could not be made.
    """
    lost: list[Opening] = []
    for target in groups:
        for source in groups:
            if source is target or _stack(source) is _stack(target):
                lost += _acknowledged(target, source, port, description)
                if not source.allow_all_outbound:
                    lost += open_way(Opening("out", source, target, port, description))
    return lost


def _acknowledged(
    target: ec2.ISecurityGroup, source: ec2.ISecurityGroup, port: ec2.Port, description: str
) -> list[Opening]:
    """Let a group in, and acknowledge this rule alone: one that the user made before stays the user's."""
    known = {child.node.id for child in target.node.children}
    lost = open_way(Opening("in", target, source, port, description))
    for rule in target.node.children:
        if isinstance(rule, ec2.CfnSecurityGroupIngress) and rule.node.id not in known:
            acknowledge(cast("Construct", target), rule, INSTANCES)
    return lost


def _stack(group: ec2.ISecurityGroup) -> Stack:
    return stack_of(cast("Construct", group))


def admit(
    sources: Iterable[ec2.ISecurityGroup],
    targets: Sequence[ec2.ISecurityGroup],
    port: ec2.Port,
    description: str,
    *,
    made_with_targets: bool,
) -> list[Opening]:
    """Open a port from some groups to others: out of the one, into the other.

    Args:
        sources: who calls.
        targets: who is called.
        port: of the targets.
        description: of the rules.
        made_with_targets: whether the rules are resources of the targets' stack, which then refers to the
            sources'; else it is the other way round.

    Returns:
        The rules that could not be made.
    """
    lost: list[Opening] = []
    for source in sources:
        for target in targets:
            one = Opening("in", target, source, port, description)
            lost += open_way(one, with_peer=not made_with_targets)
            # CDK warns of a rule for a group that lets everything out.
            if not source.allow_all_outbound:
                one = Opening("out", source, target, port, description)
                lost += open_way(one, with_peer=made_with_targets)
    return lost
