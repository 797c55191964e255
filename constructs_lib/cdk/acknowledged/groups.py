"""Rules of security groups by which the instances of one training job reach each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from aws_cdk import Stack
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from constructs_lib.cdk.acknowledged.reasons import INSTANCES, Reasons

__all__ = ["instance_rules"]


def instance_rules(groups: Iterable[ec2.ISecurityGroup]) -> Iterator[tuple[Construct, Reasons]]:
    """The rules that let a group's own members in, and nobody else. Asked when the templates are written."""
    for group in groups:
        for rule in group.node.children:
            if isinstance(rule, ec2.CfnSecurityGroupIngress) and _is_own(rule):
                yield rule, INSTANCES


def _is_own(rule: ec2.CfnSecurityGroupIngress) -> bool:
    group, source = Stack.of(rule).resolve([rule.group_id, rule.source_security_group_id])
    return group is not None and group == source
