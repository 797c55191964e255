"""Managed policies that grow with the jobs of a stack, in as many parts as IAM's limit of size asks for.

The first part is there from the beginning, and what has room in it stays in it: a stack of few jobs has one.
All jobs wait for all parts, so what itself waits for a job is in none: it has a policy beside them, for which
only those wait that need it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import cast

from aws_cdk import Annotations
from aws_cdk import aws_iam as iam
from constructs import Construct

from constructs_lib.cdk.explained import explain_role
from constructs_lib.cdk.guards import Guard, Named
from constructs_lib.cdk.made_before import leave_unread
from constructs_lib.cdk.permissions import Permission
from constructs_lib.cdk.policies import MOST_CHARACTERS, size_of_text
from constructs_lib.cdk.role_policies import MOST_POLICIES
from constructs_lib.cdk.runtime_policies import ExplainedStatement
from constructs_lib.cdk.validation_plugin import acknowledge_wildcards
from constructs_lib.cdk.whereabouts import path_of

__all__ = ["LONGEST_ROLE_ARN", "PURPOSE", "GrowingPolicy", "Grown", "User"]

PURPOSE = "function at deployment"

# A role's ARN in a policy, of which the name has 64 characters, with its quotes and comma.
LONGEST_ROLE_ARN = len("arn:aws-us-gov:iam::123456789012:role/") + 64 + 3

Make = Callable[[list[str]], iam.PolicyStatement]
User = Callable[[], Construct]


@dataclass
class Grown:
    """One thing that is allowed in a statement that grows.

    Attributes:
        kind: which statement.
        resource: what is in its list.
        make: makes the statement of a list.
        names: what it comes from: a construct, or texts that may have tokens.
        users: each gives the resource of a job that needs it.
        part: the number of its policy.
        size: how many characters it has at most.
        late_after: the paths of what it waits for, where that has a job in it; it is then in no part.
    """

    kind: str
    resource: str
    make: Make
    names: tuple[Named, ...]
    users: list[User] = field(default_factory=list)
    part: int = 0
    size: int = 0
    late_after: tuple[str, ...] | None = None


class GrowingPolicy:
    """The managed policies of one role.

    Args:
        scope: what they belong to.
        id: the first one's construct id; a number follows it for each further one.
        role: whom they allow.
        statements: what is allowed in any case.

    Attributes:
        scope: what they belong to.
        id: the first one's construct id.
        role: whom they allow.
        parts: the policies.
        guard: of the names in them.
    """

    def __init__(
        self, scope: Construct, id: str, role: iam.Role, statements: Sequence[iam.PolicyStatement]
    ) -> None:
        self.scope, self.id, self.role = scope, id, role
        self.parts: list[iam.ManagedPolicy] = []
        self._permissions: list[Permission] = []
        self._given: list[iam.PolicyStatement] = []
        # Statements in their order; of one that grows, its kind.
        self._written: list[list[iam.PolicyStatement | str]] = []
        self._sizes: list[int] = []
        self._grown: dict[tuple[str, str], Grown] = {}
        self._names: dict[str, dict[str, Construct]] = {}
        self.guard = Guard(scope)
        self._lists: list[dict[str, list[str]]] = []
        self._frames: dict[str, int] = {}
        self._rewritten: set[int] = set()
        self._add_part(statements)

    @property
    def grown(self) -> list[Grown]:
        """What is in statements that grow."""
        return [*self._grown.values()]

    @property
    def given(self) -> Sequence[iam.PolicyStatement]:
        """All that is allowed; what is allowed later is added to it."""
        return self._given

    def size(self, grown: Sequence[Grown]) -> int:
        """How many characters a policy of these has at most."""
        return sum(one.size for one in grown) + sum(
            self._frames[kind] for kind in {one.kind for one in grown}
        )

    def late_list(self, kind: str, resources: list[str]) -> list[str]:
        """A token of a list of a kind's resources; each on the condition of what it names."""
        names = self._names.setdefault(kind, {})
        return self.guard.list(resources, names)

    def take_out(self, late: Sequence[Grown]) -> None:
        """Take things out of the parts again; a statement that has none left goes, and a part without any."""
        for one in late:
            self._lists[one.part][one.kind].remove(one.resource)
        for number in sorted({one.part for one in late}):
            if not all(self._lists[number].values()):
                self._write_again(number)

    def guard_texts(self) -> None:
        """Let statements stand on the conditions of what they name beside their lists."""
        self.guard.is_needed = True
        beside = {
            one.part: one.names for one in self.grown if self.guard.condition({*one.names} - {one.resource})
        }
        for number in beside:
            self._write_again(number)

    def _write_again(self, number: int) -> None:
        makes = {one.kind: one.make for one in self.grown}
        lists = self._lists[number]
        left: list[iam.PolicyStatement] = []
        for one in self._written[number]:
            if not isinstance(one, str):
                left.append(one)
            elif lists[one]:
                left.append(makes[one](self.late_list(one, lists[one])))
        if not left:
            self.scope.node.try_remove_child(self.parts[number].node.id)
            # Or what is allowed later would be in a part that is not there.
            self._sizes[number] = MOST_CHARACTERS + 1
            return
        self._rewritten.add(number)
        resource = cast("iam.CfnManagedPolicy", self.parts[number].node.default_child)
        resource.policy_document = iam.PolicyDocument(statements=left)

    def explain_permissions(self) -> list[Permission]:
        """What the role is allowed, and why; lists that grow are tokens."""
        return list(self._permissions)

    def add_statements(self, *statements: iam.PolicyStatement) -> None:
        """Allow this too."""
        self.explain(statements)
        for statement in statements:
            number = self._room(size := _size(statement))
            self.parts[number].add_statements(statement)
            self._written[number].append(statement)
            self._sizes[number] += size
            self._write_rewritten(number)

    def add_resource(
        self,
        kind: str,
        resource: str,
        make: Make,
        *,
        longest: int | None = None,
        names: Sequence[Named] = (),
        user: User | None = None,
    ) -> None:
        """Allow one thing more in a statement that grows; once for each.

        Args:
            kind: which statement; each part may have one of a kind.
            resource: what is added to it.
            make: makes the statement of a token of its list.
            longest: the characters that the resource may have, where it is a token; left out: estimated.
            names: the construct that is named, or all texts of the statement; left out: the resource.
            user: gives the resource of the job that needs it; None if nobody waits for it in particular.
        """
        known = self._grown.get((kind, resource))
        if known is not None:
            known.users += [] if user is None else [user]
            return
        grown = Grown(kind, resource, make, (*names,) or (resource,), [] if user is None else [user])
        self._grown[kind, resource] = grown
        named = next((one for one in names if not isinstance(one, str)), None)
        if named is not None:
            self._names.setdefault(kind, {})[resource] = named
        if kind not in self._frames:
            self._frames[kind] = _size(make([""]))
        size = grown.size = max(longest or 0, size_of_text(json.dumps(resource)) + 1)
        number = grown.part = self._room(size, kind)
        listed = self._lists[number].get(kind)
        if listed is None:
            listed = self._lists[number][kind] = []
            self.parts[number].add_statements(made := make(self.late_list(kind, listed)))
            self._written[number].append(kind)
            self.explain([made])
            self._sizes[number] += self._frames[kind]
        listed.append(resource)
        self._sizes[number] += size
        self._write_rewritten(number)

    def _write_rewritten(self, number: int) -> None:
        """Write a part again that has been: no statement comes into its document by itself any more."""
        if number in self._rewritten:
            self._write_again(number)

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
        id_ = self.id if number == 1 else f"{self.id}{number}"
        given = list(statements)
        self._written.append([*given])
        self.explain(given)
        self.parts.append(iam.ManagedPolicy(self.scope, id_, roles=[self.role], statements=given))
        leave_unread(self.parts[-1])
        acknowledge_wildcards(self.scope, self.parts[-1:], self._given)
        self._sizes.append(sum(map(_size, statements)) + len('{"Version":"2012-10-17","Statement":[]}'))
        self._lists.append({})
        if number == MOST_POLICIES + 1:
            Annotations.of(self.scope).add_warning_v2("ConstructsLib::too-many-policies", self._warning())

    def explain(self, statements: Sequence[iam.PolicyStatement]) -> None:
        """Note what the role is allowed by these, here or in a policy beside the parts."""
        self._given += statements
        known = [one.permission for one in statements if isinstance(one, ExplainedStatement)]
        self._permissions += known
        explain_role(self.scope, self.role, known, PURPOSE)

    def _warning(self) -> str:
        return (
            f"{path_of(self.role)}: what it must be allowed for the stack's training jobs takes more than "
            f"{MOST_POLICIES} managed policies, which is as many as IAM allows a role unless the account's "
            f"quota is raised: give several jobs one role, with role=, or divide them among several stacks"
        )


def _size(statement: iam.PolicyStatement) -> int:
    return size_of_text(json.dumps(statement.to_statement_json(), separators=(",", ":"))) + 1
