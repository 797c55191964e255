"""Permissions as managed policies: merged where they say the same, split at IAM's limit of their size."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from aws_cdk import aws_iam as iam
from constructs import Construct

from constructs_lib.cdk.permissions import Permission

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
        statements = [permission.to_statement() for permission in part]
        made.append(iam.ManagedPolicy(scope, id_, statements=statements, roles=[role]))
    return made


def _merged(permissions: Iterable[Permission]) -> list[Permission]:
    merged: list[Permission] = []
    for permission in permissions:
        for index, other in enumerate(merged):
            both = _together(other, permission)
            if both is not None and _size(both) <= LONGEST_STATEMENT:
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
        size = _size(permission)
        if parts[-1] and filled + size > MOST_CHARACTERS:
            parts.append([])
            filled = 0
        parts[-1].append(permission)
        filled += size
    return parts


def _size(permission: Permission) -> int:
    statement: dict[str, Any] = {
        "Effect": "Allow",
        "Action": permission.actions,
        "Resource": permission.resources,
        "Condition": permission.conditions,
    }
    return len(_TOKEN.sub(_typical, json.dumps(statement, separators=(",", ":"))))


def _typical(token: re.Match[str]) -> str:
    """Text of a token's usual length: a pseudo parameter's, or that of the longest bucket name."""
    return "x" * (14 if token[1].startswith(_SHORT_TOKENS) else 63)
