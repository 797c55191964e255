"""The explanation for programs, in a form of our own that later versions only add to."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from constructs_lib.cli.explain.explanation import Explained, Explanation
from constructs_lib.cli.explain.matching import Row
from constructs_lib.cli.explain.statements import Conditions, Statement

__all__ = ["json_report"]

_VERSION = 1


def json_report(explanation: Explanation, shown: Iterable[Explained]) -> str:
    """The report as one JSON document; docs/command-line.md lists its members.

    Args:
        explanation: what was read.
        shown: the part of it that was asked for.
    """
    listed = [*shown]
    found = [row for one in listed for row in one.rows]
    problems = explanation.inputs.problems
    document = {
        "version": _VERSION,
        "summary": {
            "templates": explanation.inputs.files,
            "roles": sum(one.holder.kind == "role" for one in listed),
            "resource_policies": sum(one.holder.kind != "role" for one in listed),
            "explained": sum(bool(row.reasons) for row in found),
            "own": sum(not row.reasons for row in found),
            "unusable": len(problems),
        },
        "holders": [_holder(one) for one in listed],
        "unusable": [{"file": problem.file, "reason": problem.reason} for problem in problems],
    }
    return json.dumps(document, indent=2) + "\n"


def _holder(one: Explained) -> dict[str, Any]:
    holder = one.holder
    return {
        "kind": holder.kind,
        "stack": holder.stack or None,
        "logical_id": holder.logical_id,
        "account": holder.account or None,
        "path": holder.path,
        "purposes": [*one.purposes],
        "trust": [_trusted(statement) for statement in holder.trust],
        "permissions_boundary": next(iter(holder.boundary), None),
        "permissions": [_permission(row) for row in one.rows],
    }


def _trusted(one: Statement) -> dict[str, Any]:
    return {
        "effect": one.effect,
        "principals": [*one.principals],
        "actions": [*one.actions],
        "conditions": _conditions(one.conditions),
    }


def _permission(row: Row) -> dict[str, Any]:
    return {
        "effect": row.effect,
        "principals": [*row.principals],
        "actions": [*row.actions],
        "resources": [*row.resources],
        "conditions": _conditions(row.conditions),
        "reasons": [{"construct": by, "reason": reason} for by, reason in row.reasons],
    }


def _conditions(conditions: Conditions) -> dict[str, dict[str, list[str]]]:
    return {
        operator: {key: [*values] for key, values in keys.items()} for operator, keys in conditions.items()
    }
