"""What a policy of a template allows: wildcards and conditions as IAM reads them, for one known stack."""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping
from typing import Any

ACCOUNT, REGION = "123456789012", "eu-west-1"
BLOCK = "1b2c3d4e"
STACK_ID = f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/Stack/{BLOCK}-0000-11f0-8000-0a0000000000"
PSEUDO = {
    "AWS::AccountId": ACCOUNT,
    "AWS::Partition": "aws",
    "AWS::Region": REGION,
    "AWS::StackId": STACK_ID,
    "AWS::URLSuffix": "amazonaws.com",
}


def deployed(value: Any) -> Any:
    """A part of a template with its functions carried out; what is not known is in brackets."""
    if isinstance(value, list):
        return [deployed(item) for item in value]
    if not isinstance(value, Mapping):
        return value
    if "Ref" in value:
        return PSEUDO.get(value["Ref"], f"<{value['Ref']}>")
    if "Fn::GetAtt" in value:
        return "<{}.{}>".format(*value["Fn::GetAtt"])
    if "Fn::Join" in value:
        separator, parts = value["Fn::Join"]
        return separator.join(deployed(parts))
    if "Fn::Select" in value:
        index, items = value["Fn::Select"]
        return deployed(items)[int(index)]
    if "Fn::Split" in value:
        separator, text = value["Fn::Split"]
        return deployed(text).split(separator)
    function = next(iter(value), "")
    if function.startswith("Fn::"):  # of which it is not known what it comes to
        return f"<{function}>"
    return {key: deployed(item) for key, item in value.items()}


POLICIES = ("AWS::IAM::ManagedPolicy", "AWS::IAM::Policy")


def statements(resources: Mapping[str, Any], start: str) -> list[dict[str, Any]]:
    """The statements of the policies whose logical ids begin so, with all lists written out."""
    found = []
    for name, resource in resources.items():
        if name.startswith(start) and resource["Type"] in POLICIES:
            for statement in deployed(resource["Properties"]["PolicyDocument"]["Statement"]):
                assert statement["Effect"] == "Allow"
                lists = {key: _listed(statement[key]) for key in ("Action", "Resource")}
                found.append({**statement, **lists})
    assert found
    return found


def allows(
    found: list[dict[str, Any]], action: str, resource: str, context: Mapping[str, str] | None = None
) -> bool:
    """Whether one of the statements allows an action on a resource."""
    return any(
        action in statement["Action"]
        and any(_like(resource, pattern) for pattern in statement["Resource"])
        and _met(statement.get("Condition", {}), context or {})
        for statement in found
    )


def _met(conditions: Mapping[str, Mapping[str, Any]], context: Mapping[str, str]) -> bool:
    for operator, keys in conditions.items():
        for key, allowed in keys.items():
            if operator == "Null":
                met = (key not in context) == (allowed == "true")
            else:
                assert operator in ("StringEquals", "StringLike"), operator
                given = context.get(key)
                met = given is not None and any(_like(given, pattern) for pattern in _listed(allowed))
            if not met:
                return False
    return True


def _like(text: str, pattern: str) -> bool:
    return fnmatch.fnmatchcase(text, pattern.replace("[", "[[]"))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
