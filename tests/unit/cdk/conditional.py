"""A template as CloudFormation sees it when conditions hold, or do not."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from cfnlint.api import lint
from cfnlint.config import ManualArgs

from tests.unit.cdk.graph import references

NOTHING = object()
# A reference to what may not be there; by Ref and GetAtt, and by DependsOn.
UNGUARDED = ("W1001", "E3005")

Template = Mapping[str, Any]


def evaluated(template: Template, *, holds: bool) -> dict[str, Any]:
    """The resources that are made, with every ``Fn::If`` carried out; all conditions hold, or none does."""
    return {
        name: _carried_out(resource, holds=holds)
        for name, resource in template["Resources"].items()
        if holds or "Condition" not in resource
    }


def dangling(template: Template, *, holds: bool) -> set[str]:
    """What the resources, and the outputs, refer to that is not there."""
    made = evaluated(template, holds=holds)
    outputs = _carried_out(template.get("Outputs", {}), holds=holds)
    known = {*made, *template.get("Parameters", {}), *template.get("Mappings", {})}
    named = {*references([*made.values()]), *references(outputs)}
    for resource in made.values():
        after = resource.get("DependsOn", [])
        named |= {after} if isinstance(after, str) else {*after}
    return {name for name in named - known if not name.startswith("AWS::")}


def unguarded(template: Template) -> list[str]:
    """What cfn-lint says of references to resources that have a condition."""
    found = lint(json.dumps(template), config=ManualArgs(regions=["eu-west-1"]))
    return [one.message for one in found if one.rule.id in UNGUARDED]


def _carried_out(value: Any, *, holds: bool) -> Any:
    if isinstance(value, list):
        items = [_carried_out(item, holds=holds) for item in value]
        return [item for item in items if item is not NOTHING]
    if not isinstance(value, dict):
        return value
    if value == {"Ref": "AWS::NoValue"}:
        return NOTHING
    if "Fn::If" in value:
        return _carried_out(value["Fn::If"][1 if holds else 2], holds=holds)
    members = {name: _carried_out(member, holds=holds) for name, member in value.items()}
    return {name: member for name, member in members.items() if member is not NOTHING}
