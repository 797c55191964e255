"""The managed policies of a role that several jobs of a stack share: as few as will do.

IAM lets a role have ten. The first job's policies belong to it, as those of a role's only job do. What
further jobs need is together in policies of the stack's, made when the template is. They belong to no job, so
that a job which is made after another does not make that one's policies wait.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias, cast
from weakref import WeakKeyDictionary

import jsii
from aws_cdk import Annotations, Aspects, CfnResource, IAspect, Stack
from aws_cdk import aws_iam as iam
from constructs import Construct, IConstruct, IDependable

from constructs_lib.cdk.permissions import Permission
from constructs_lib.cdk.policies import PolicyRow, attach
from constructs_lib.cdk.references import references
from constructs_lib.cdk.whereabouts import path_of, stack_of

__all__ = ["MOST_POLICIES", "POLICIES_ID", "allow_job"]

OwnRole: TypeAlias = iam.Role | iam.LazyRole

MOST_POLICIES = 10
"""How many managed policies a role may have (quotas of IAM, "Managed policies attached to an IAM role")."""
POLICIES_ID = "TrainingRolePolicies"
DIGITS = 8
# What is there before any job. A shared policy that named another job would close a circle with it.
_HOLDS_DATA = (
    "AWS::EC2::",
    "AWS::ECR::",
    "AWS::EFS::",
    "AWS::FSx::",
    "AWS::IAM::Role",
    "AWS::KMS::",
    "AWS::S3::",
    "AWS::SecretsManager::Secret",
)


def allow_job(scope: Construct, role: OwnRole, permissions: Sequence[Permission]) -> list[IDependable]:
    """Allow a role what a job needs.

    Args:
        scope: the job's.
        role: made by the app; other jobs may have it, too.
        permissions: what the job needs.

    Returns:
        What the job has to be created after, so that it never starts before its rights.
    """
    roles = _known.setdefault(stack_of(scope), {})
    address = role.node.addr
    if address not in roles:
        policies = attach(scope, role, permissions)
        roles[address] = _First(len(policies))
        return [*policies]
    further = roles[address]
    if isinstance(further, _First):
        further = roles[address] = _Shared(stack_of(scope), role, address[-DIGITS:], further.count)
    return further.allow(scope, permissions)


class _First:
    """The policies of a role that one job has yet."""

    def __init__(self, count: int) -> None:
        self.count = count


@jsii.implements(IAspect)
class _Shared:
    """The policies of a role's further jobs, and those of what one of them has to itself."""

    def __init__(self, stack: Stack, role: OwnRole, id: str, count: int) -> None:
        found = stack.node.try_find_child(POLICIES_ID)
        around = cast("Construct", found) if found is not None else Construct(stack, POLICIES_ID)
        self._scope = Construct(around, f"Role{id}")
        self._together = Construct(self._scope, "Jobs")
        self._role, self._count = role, count
        self._row = PolicyRow(self._together, role, "Policy")
        self._asked: list[tuple[Construct, Sequence[Permission]]] = []
        Aspects.of(self._scope).add(cast("IAspect", self))

    def allow(self, scope: Construct, permissions: Sequence[Permission]) -> list[IDependable]:
        own = Construct(self._scope, f"Job{scope.node.addr[-DIGITS:]}")
        self._asked.append((own, permissions))
        return [self._together, own]

    def visit(self, node: IConstruct) -> None:
        """Write the policies; called by CDK."""
        if node.node.path != path_of(self._scope) or not self._asked:
            return
        asked, self._asked = self._asked, []
        early = _early([found for _, permissions in asked for found in permissions], stack_of(self._scope))
        for own, permissions in asked:
            self._row.add(found for found in permissions if found in early)
            late = [found for found in permissions if found not in early]
            self._count += len(attach(own, self._role, late)) if late else 0
        count = self._count + len(self._row.policies)
        if count > MOST_POLICIES:
            _warn(self._scope, cast("Construct", self._role), count)


_known: WeakKeyDictionary[Stack, dict[str, _First | _Shared]] = WeakKeyDictionary()


def _warn(scope: Construct, role: Construct, count: int) -> None:
    message = (
        f"{path_of(role)}: the role has {count} managed policies for its training jobs, and IAM allows "
        f"{MOST_POLICIES}, unless the account's quota is raised: divide the jobs among several roles, or "
        f"leave the role out, so that each job has one of its own"
    )
    Annotations.of(scope).add_warning_v2("ConstructsLib::too-many-policies", message)


def _early(permissions: Sequence[Permission], stack: Stack) -> list[Permission]:
    """Those that refer to nothing which may itself wait for a job."""
    resolved = stack.resolve([[*found.resources, found.conditions] for found in permissions])
    kinds = _kinds(stack)
    return [
        found
        for found, document in zip(permissions, resolved, strict=True)
        if all(kinds.get(name, _HOLDS_DATA[0]).startswith(_HOLDS_DATA) for name in _named_in(document))
    ]


def _kinds(stack: Stack) -> dict[str, str]:
    """The types of the stack's resources, by logical id."""
    found = [node for node in stack.node.find_all() if isinstance(node, CfnResource)]
    names = stack.resolve([node.logical_id for node in found])
    return dict(zip(names, (node.cfn_resource_type for node in found), strict=True))


def _named_in(document: Any) -> Iterator[str]:
    """The logical ids that a resolved document refers to."""
    if isinstance(document, list):
        for item in document:
            yield from _named_in(item)
    elif isinstance(document, dict):
        yield from (name.partition(".")[0] for name in references(document) if name)
        yield from _named_in([*document.values()])
