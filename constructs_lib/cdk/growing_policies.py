"""Managed policies that grow with the jobs of a stack, in as many parts as IAM's limit of size asks for.

The first part is there from the beginning, and what has room in it stays in it: a stack of few jobs has one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from aws_cdk import Annotations
from aws_cdk import aws_iam as iam
from constructs import Construct

from constructs_lib.cdk.explained import explain_role
from constructs_lib.cdk.lazy import late_list
from constructs_lib.cdk.permissions import Permission
from constructs_lib.cdk.policies import MOST_CHARACTERS, size_of_text
from constructs_lib.cdk.role_policies import MOST_POLICIES
from constructs_lib.cdk.runtime_policies import ExplainedStatement
from constructs_lib.cdk.validation_plugin import acknowledge_wildcards
from constructs_lib.cdk.whereabouts import path_of

__all__ = ["LONGEST_ROLE_ARN", "PURPOSE", "GrowingPolicy"]

PURPOSE = "function at deployment"

# A role's ARN in a policy, of which the name has 64 characters, with its quotes and comma.
LONGEST_ROLE_ARN = len("arn:aws-us-gov:iam::123456789012:role/") + 64 + 3

Make = Callable[[list[str]], iam.PolicyStatement]


class GrowingPolicy:
    """The managed policies of one role.

    Args:
        scope: what they belong to.
        id: the first one's construct id; a number follows it for each further one.
        role: whom they allow.
        statements: what is allowed in any case.

    Attributes:
        parts: the policies.
    """

    def __init__(
        self, scope: Construct, id: str, role: iam.Role, statements: Sequence[iam.PolicyStatement]
    ) -> None:
        self._scope, self._id, self._role = scope, id, role
        self.parts: list[iam.ManagedPolicy] = []
        self._permissions: list[Permission] = []
        self._given: list[iam.PolicyStatement] = []
        self._sizes: list[int] = []
        self._lists: list[dict[str, list[str]]] = []
        self._frames: dict[str, int] = {}
        self._add_part(statements)

    def explain_permissions(self) -> list[Permission]:
        """What the role is allowed, and why; lists that grow are tokens."""
        return list(self._permissions)

    def add_statements(self, *statements: iam.PolicyStatement) -> None:
        """Allow this too."""
        self._explain(statements)
        for statement in statements:
            number = self._room(size := _size(statement))
            self.parts[number].add_statements(statement)
            self._sizes[number] += size

    def add_resource(self, kind: str, resource: str, make: Make, *, longest: int | None = None) -> None:
        """Allow one thing more in a statement that grows; once for each.

        Args:
            kind: which statement; each part may have one of a kind.
            resource: what is added to it.
            make: makes the statement of a token of its list.
            longest: the characters that the resource may have, where it is a token; left out: estimated.
        """
        if any(resource in lists.get(kind, ()) for lists in self._lists):
            return
        if kind not in self._frames:
            self._frames[kind] = _size(make([""]))
        size = max(longest or 0, size_of_text(json.dumps(resource)) + 1)
        number = self._room(size, kind)
        known = self._lists[number].get(kind)
        if known is None:
            known = self._lists[number][kind] = []
            self.parts[number].add_statements(made := make(late_list(known)))
            self._explain([made])
            self._sizes[number] += self._frames[kind]
        known.append(resource)
        self._sizes[number] += size

    def _room(self, size: int, kind: str = "") -> int:
        """The number of the first part that has room; a new one, if none has."""
        for number, filled in enumerate(self._sizes):
            frame = 0 if kind in self._lists[number] else self._frames.get(kind, 0)
            if filled + frame + size <= MOST_CHARACTERS:
                return number
        self._add_part([])
        return len(self.parts) - 1

    def _add_part(self, statements: Sequence[iam.PolicyStatement]) -> None:
        number = len(self.parts) + 1
        id_ = self._id if number == 1 else f"{self._id}{number}"
        given = list(statements)
        self._explain(given)
        self.parts.append(iam.ManagedPolicy(self._scope, id_, roles=[self._role], statements=given))
        acknowledge_wildcards(self._scope, self.parts[-1:], self._given)
        self._sizes.append(sum(map(_size, statements)) + len('{"Version":"2012-10-17","Statement":[]}'))
        self._lists.append({})
        if number == MOST_POLICIES + 1:
            Annotations.of(self._scope).add_warning_v2("ConstructsLib::too-many-policies", self._warning())

    def _explain(self, statements: Sequence[iam.PolicyStatement]) -> None:
        self._given += statements
        known = [one.permission for one in statements if isinstance(one, ExplainedStatement)]
        self._permissions += known
        explain_role(self._scope, self._role, known, PURPOSE)

    def _warning(self) -> str:
        return (
            f"{path_of(self._role)}: what it must be allowed for the stack's training jobs takes more than "
            f"{MOST_POLICIES} managed policies, which is as many as IAM allows a role unless the account's "
            f"quota is raised: give several jobs one role, with role=, or divide them among several stacks"
        )


def _size(statement: iam.PolicyStatement) -> int:
    return size_of_text(json.dumps(statement.to_statement_json(), separators=(",", ":"))) + 1
