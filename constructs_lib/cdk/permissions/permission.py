"""One reason for which something is allowed, and the statement that allows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from aws_cdk import aws_iam as iam

__all__ = ["Permission", "Request"]

Request: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True)
class Permission:
    """One reason for which something is allowed.

    Attributes:
        reason: the field of the request it follows from, and what for.
        actions: IAM actions.
        resources: ARNs; ``*`` only where IAM has no resource for the action.
        conditions: an IAM condition block, empty for none.
    """

    reason: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def statement(self) -> dict[str, Any]:
        """The statement of a policy, as IAM writes it."""
        return {
            "Effect": "Allow",
            "Action": list(self.actions),
            "Resource": list(self.resources),
            "Condition": {key: dict(value) for key, value in self.conditions.items()},
        }

    def to_statement(self) -> iam.PolicyStatement:
        """The statement of a policy."""
        return iam.PolicyStatement.from_json(self.statement())
