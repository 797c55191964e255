"""The rules between security groups of a template, whoever's resources they are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from tests.unit.cdk.graph import Template
from tests.unit.cdk.runners import template_of

__all__ = ["Rule", "rules", "template_of"]

_TYPES = {
    "AWS::EC2::SecurityGroupIngress": ("in", "SourceSecurityGroupId"),
    "AWS::EC2::SecurityGroupEgress": ("out", "DestinationSecurityGroupId"),
}


class Rule(NamedTuple):
    """One rule.

    Attributes:
        way: ``in`` or ``out``.
        group: whose it is, by a name of the test's.
        other: from or to which group.
        ports: the first and last port; nothing for all.
    """

    way: str
    group: str
    other: str
    ports: tuple[int, ...]


def rules(template: Template, names: dict[str, str]) -> list[Rule]:
    """The rules that are resources of their own, sorted.

    Args:
        template: the template.
        names: a part of a group's logical id, and what to call that group.
    """
    return sorted(_rules(template, names))


def _rules(template: Template, names: dict[str, str]) -> Iterator[Rule]:
    for resource in template["Resources"].values():
        if resource["Type"] in _TYPES:
            way, other = _TYPES[resource["Type"]]
            found = resource["Properties"]
            ports = tuple(found[name] for name in ("FromPort", "ToPort") if name in found)
            yield Rule(way, _named(found["GroupId"], names), _named(found[other], names), ports)


def _named(reference: object, names: dict[str, str]) -> str:
    text = str(reference)
    (name,) = (name for part, name in names.items() if part in text)
    return name
