"""A role of the user's that tasks of one stack share: each thing is allowed once."""

from __future__ import annotations

from collections.abc import Iterable

from aws_cdk import aws_iam as iam
from constructs import Construct, IDependable

from constructs_lib.cdk.given.covering import covers
from constructs_lib.cdk.given.places import check_role_place
from constructs_lib.cdk.job_notes import note_role
from constructs_lib.cdk.job_role import JobRole
from constructs_lib.cdk.permissions import Permission
from constructs_lib.cdk.policies import PolicyRow
from constructs_lib.cdk.training_role import ExecutionRole, extend_role

__all__ = ["GivenRole", "covers"]

DIGITS = 8


class GivenRole:
    """What a role is allowed so far, and how it is allowed more.

    IAM lets a role have ten managed policies, so those that are written here are shared by all its tasks.

    Args:
        scope: what the policies belong to: one for the tasks of a stack.
        role: the role.
    """

    def __init__(self, scope: Construct, role: iam.IRole) -> None:
        check_role_place(scope, role, in_region=isinstance(role, ExecutionRole))
        self._scope, self._role = scope, role
        # Only its own: what other stacks allow it may be deployed later than this one.
        self._allowed = role.explain_permissions() if isinstance(role, ExecutionRole) else []
        self._missing: list[Permission] = []
        self._rights: list[IDependable] = [role] if self._is_ours else []
        self._row: PolicyRow | None = None

    @property
    def _is_ours(self) -> bool:
        return isinstance(self._role, (iam.Role, iam.LazyRole))

    def allow(self, permissions: Iterable[Permission]) -> JobRole:
        """Allow it what it is not allowed yet; a warning for what cannot be added."""
        asked = list(permissions)
        known = [*self._allowed, *self._missing]
        new = [found for found in asked if not any(covers(one, found) for one in known)]
        if new:
            self._add(new)
        missing = [found for found in asked if any(covers(one, found) for one in self._missing)]
        policies = [] if self._row is None else self._row.policies
        return JobRole(self._role, [*self._rights, *policies], note_role(missing))

    def _add(self, permissions: list[Permission]) -> None:
        if self._is_ours:
            if self._row is None:
                self._row = PolicyRow(self._scope, self._role, f"Role{self._role.node.addr[-DIGITS:]}Policy")
            self._row.add(permissions)
            self._allowed += permissions
            return
        rights, missing = extend_role(self._role, permissions, self._scope)
        self._rights += [right for right in rights if right not in self._rights]
        self._missing += missing
        self._allowed += [found for found in permissions if found not in missing]
