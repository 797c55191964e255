"""Permissions as managed policies: merged where they say the same, split at IAM's limit of their size."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from aws_cdk import aws_iam as iam
from constructs import Construct

from constructs_lib.cdk.conditions import role_names
from constructs_lib.cdk.explained import explain_role
from constructs_lib.cdk.permissions import Permission
from constructs_lib.cdk.validation_plugin import acknowledge_wildcards

PURPOSE = "training role"
# IAM counts 6,144 characters without white space; the rest is for what is estimated too short.
MOST_CHARACTERS = 5800
# A merged statement grows no longer than this, so that policies can be filled evenly.
LONGEST_STATEMENT = 2000
_TOKEN = re.compile(r"\$\{Token\[([^\]]*)\]\}")
_SHORT_TOKENS = ("AWS.", "AWS::")


def attach(scope: Construct, role: iam.IRole, permissions: Sequence[Permission]) -> list[iam.ManagedPolicy]:
    """Allow a role what it needs, in as many managed policies of the scope as it takes."""
    made = []
    for number, part in enumerate(_parts(_merged(permissions)), 1):
        id_ = "Policy" if number == 1 else f"Policy{number}"
        made.append(iam.ManagedPolicy(scope, id_, document=_document(part), roles=[role]))
    acknowledge_wildcards(scope, made, permissions)
    if id(scope) == id(role):  # else whoever asked for it says so
        explain_role(scope, role, permissions, PURPOSE)
    return made


class PolicyRow:
    """The managed policies of a role that several owners add to: as few as will do, one after another.

    Args:
        scope: what they belong to.
        role: whom they allow.
        id: what their construct ids begin with.
    """

    def __init__(self, scope: Construct, role: iam.IRole, id: str) -> None:
        self._scope, self._role, self._id = scope, role, id
        self._parts: list[list[Permission]] = []
        self._asked: list[Permission] = []
        self.policies: list[iam.CfnManagedPolicy] = []

    def add(self, permissions: Iterable[Permission]) -> None:
        """Allow the role this too."""
        asked = list(permissions)
        self._asked += asked
        changed = {self._place(permission) for permission in asked}
        for number in sorted(changed):
            document = document_of(self._parts[number])
            if number < len(self.policies):
                self.policies[number].policy_document = document
            else:
                roles = role_names(self._role, self._scope)
                made = make_policy(self._scope, f"{self._id}{number + 1}", document, roles=roles)
                self.policies.append(made)
                acknowledge_wildcards(self._scope, [made], self._asked)

    def _place(self, permission: Permission) -> int:
        """Put a permission where there is room for it; a policy's number never changes."""
        for number, part in enumerate(self._parts):
            filled = _merged([*part, permission])
            if sum(map(size_of, filled)) <= MOST_CHARACTERS:
                self._parts[number] = filled
                return number
        self._parts.append([permission])
        return len(self._parts) - 1


def make_policy(
    scope: Construct, id: str, document: dict[str, Any], *, roles: Sequence[str] = ()
) -> iam.CfnManagedPolicy:
    """A managed policy as one resource and nothing around it, which is a third of the cost.

    Args:
        scope: what it belongs to.
        id: the construct's id.
        document: as `document_of` gives it.
        roles: the names of the roles it is attached to; empty where the roles name it.
    """
    return iam.CfnManagedPolicy(scope, id, policy_document=document, roles=[*roles] or None)


def document_of(permissions: Iterable[Permission]) -> dict[str, Any]:
    """A policy's document, in the form that CDK writes."""
    return {"Statement": [_short(found) for found in permissions], "Version": "2012-10-17"}


def documents_of(permissions: Iterable[Permission]) -> list[dict[str, Any]]:
    """The documents of as many policies as it takes."""
    return [document_of(part) for part in _parts(_merged(permissions)) if part]


def _short(permission: Permission) -> dict[str, Any]:
    statement = {name: value for name, value in permission.statement().items() if value}
    for name in ("Action", "Resource"):
        if len(statement[name]) == 1:
            statement[name] = statement[name][0]
    return statement


def _document(permissions: Iterable[Permission]) -> iam.PolicyDocument:
    """A policy's document, in one call of CDK: a statement made by itself would be one each."""
    return iam.PolicyDocument.from_json({"Statement": [found.statement() for found in permissions]})


def _merged(permissions: Iterable[Permission]) -> list[Permission]:
    merged: list[Permission] = []
    for permission in permissions:
        for index, other in enumerate(merged):
            both = _together(other, permission)
            if both is not None and size_of(both) <= LONGEST_STATEMENT:
                merged[index] = both
                break
        else:
            merged.append(permission)
    return merged


def _together(one: Permission, other: Permission) -> Permission | None:
    """One statement for both, if there is one that allows neither more nor less."""
    if one.actions != other.actions:
        return None
    if one.conditions == other.conditions:
        return replace(one, resources=tuple(dict.fromkeys((*one.resources, *other.resources))))
    first, second = _prefixes(one), _prefixes(other)
    if one.resources == other.resources and first and second:
        prefixes = list(dict.fromkeys((*first, *second)))
        return replace(one, conditions={"StringLike": {"s3:prefix": prefixes}})
    return None


def _prefixes(permission: Permission) -> list[str]:
    """The key prefixes of a permission whose only condition they are."""
    like = permission.conditions.get("StringLike", {})
    alone = len(permission.conditions) == 1 and list(like) == ["s3:prefix"]
    return list(like["s3:prefix"]) if alone else []


def _parts(permissions: Iterable[Permission]) -> list[list[Permission]]:
    parts: list[list[Permission]] = [[]]
    filled = 0
    for permission in permissions:
        size = size_of(permission)
        if parts[-1] and filled + size > MOST_CHARACTERS:
            parts.append([])
            filled = 0
        parts[-1].append(permission)
        filled += size
    return parts


def size_of(permission: Permission) -> int:
    """The characters that IAM counts in a permission's statement, estimated where there are tokens in it."""
    statement: dict[str, Any] = {
        "Effect": "Allow",
        "Action": permission.actions,
        "Resource": permission.resources,
        "Condition": permission.conditions,
    }
    return size_of_text(json.dumps(statement, separators=(",", ":")))


def size_of_text(text: str) -> int:
    """The characters that a text of a template is counted as, estimated where there are tokens in it."""
    return len(_TOKEN.sub(_typical, text))


def _typical(token: re.Match[str]) -> str:
    """Text of a token's usual length: a pseudo parameter's, or that of the longest bucket name."""
    return "x" * (14 if token[1].startswith(_SHORT_TOKENS) else 63)
