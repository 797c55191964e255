"""One rule of a security group, made once in an app, and whether it could be made."""

from __future__ import annotations

from typing import Literal, NamedTuple, cast
from weakref import WeakKeyDictionary

from aws_cdk import aws_ec2 as ec2
from constructs import Construct, IConstruct

from constructs_lib.cdk.whereabouts import root_of
from constructs_lib.spec.text import is_token

__all__ = ["Opening", "open_way"]

# By the app: the rules of groups that are known by their ids, of which EC2 takes each once.
_made: WeakKeyDictionary[IConstruct, set[tuple[str, ...]]] = WeakKeyDictionary()
_fixed: WeakKeyDictionary[ec2.ISecurityGroup, bool] = WeakKeyDictionary()


class Opening(NamedTuple):
    """A rule.

    Attributes:
        way: ``in`` or ``out``.
        group: whose it is.
        peer: from or to which group.
        port: of whoever is called.
        description: of the rule.
    """

    way: Literal["in", "out"]
    group: ec2.ISecurityGroup
    peer: ec2.ISecurityGroup
    port: ec2.Port
    description: str

    def __str__(self) -> str:
        ids = self.group.security_group_id, self.peer.security_group_id
        words = "{} must admit {} on {}" if self.way == "in" else "{} must let out to {} on {}"
        named = (_named(group, id) for group, id in zip((self.group, self.peer), ids, strict=True))
        return words.format(*named, self.port.to_string())


def open_way(opening: Opening, *, with_peer: bool = False) -> list[Opening]:
    """Make the rule, unless the app has it already.

    Args:
        opening: the rule.
        with_peer: whether it is a resource of the peer's stack.

    Returns:
        The rule, if its group is not to be changed; else nothing.
    """
    if _is_there(opening):
        return []
    group, peer = opening.group, opening.peer
    asks = not isinstance(group, ec2.SecurityGroup) and group not in _fixed
    before = _children(group, peer) if asks else 0
    add = group.add_ingress_rule if opening.way == "in" else group.add_egress_rule
    add(peer, opening.port, opening.description, with_peer)
    if asks:
        # A group that was imported with mutable=False takes rules, and makes nothing of them. Another one may
        # have this very rule already.
        _fixed[group] = _children(group, peer) == before and not group.node.children
    return [opening] if _fixed.get(group) else []


def _children(*groups: ec2.ISecurityGroup) -> int:
    return sum(len(group.node.children) for group in groups)


def _is_there(opening: Opening) -> bool:
    groups = (opening.group, opening.peer)
    if any(isinstance(group, ec2.SecurityGroup) for group in groups) or _fixed.get(opening.group):
        return False
    ids = [group.security_group_id for group in groups]
    if any(map(is_token, ids)):
        return False
    known = _made.setdefault(root_of(cast("Construct", opening.group)), set())
    rule = (opening.way, *ids, opening.port.to_string())
    is_known = rule in known
    known.add(rule)
    return is_known


def _named(group: ec2.ISecurityGroup, id: str) -> str:
    return group.node.path if is_token(id) else id
