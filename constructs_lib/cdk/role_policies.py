"""The managed policies of a role that several jobs of a stack share: as few as will do.

IAM lets a role have ten. The first job's policies belong to it, as those of a role's only job do. What
further jobs need is together in policies of the stack's, made when the template is. They belong to no job, so
that a job which is made after another does not make that one's policies wait.

An imported role gets such policies, too, and no inline policy: that would be one for all jobs, in the stack
of the import, with a name that another stack's may have, and no longer than 10,240 characters.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import cast
from weakref import WeakKeyDictionary

import jsii
from aws_cdk import Annotations, Aspects, CfnResource, IAspect, Stack
from aws_cdk import aws_iam as iam
from constructs import Construct, IConstruct, IDependable

from constructs_lib.cdk.made_before import MadeBefore
from constructs_lib.cdk.permissions import Permission
from constructs_lib.cdk.policies import PolicyRow, attach
from constructs_lib.cdk.references import named_in
from constructs_lib.cdk.whereabouts import arn_of, path_of, stack_of
from constructs_lib.spec.text import is_token

__all__ = ["MOST_POLICIES", "POLICIES_ID", "allow_job", "takes_policies"]

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


def takes_policies(scope: Construct, role: iam.IRole) -> bool:
    """Whether an imported role can be given managed policies of a stack of its account.

    CDK does not tell which it can: one that it leaves alone ignores a policy that it is given.

    Args:
        scope: where one can be made for a moment.
        role: imported, or any that is not made by the app.
    """
    if role not in _takes:
        tried = iam.ManagedPolicy(scope, "Tried")
        role.add_managed_policy(tried)
        made = tried.node.default_child  # none where the app's roles are made elsewhere (customize_roles)
        _takes[role] = isinstance(made, iam.CfnManagedPolicy) and bool(stack_of(scope).resolve(made.roles))
        scope.node.try_remove_child("Tried")
    return _takes[role]


_takes: WeakKeyDictionary[iam.IRole, bool] = WeakKeyDictionary()


def allow_job(scope: Construct, role: iam.IRole, permissions: Sequence[Permission]) -> list[IDependable]:
    """Allow a role what a job needs.

    Args:
        scope: the job's.
        role: made by the app, or imported and `takes_policies`; other jobs may have it, too.
        permissions: what the job needs.

    Returns:
        What the job has to be created after, so that it never starts before its rights.
    """
    roles = _known.setdefault(stack_of(scope), {})
    # Each job may have imported it for itself.
    made = isinstance(role, (iam.Role, iam.LazyRole))
    key = role.node.addr if made else arn_of(role)
    if key not in roles:
        # What several tasks have in common may be the scope for several roles.
        around = scope if made else Construct(scope, f"Given{_digits(role)}")
        policies = attach(around, role, permissions)
        roles[key] = _First(len(policies))
        return [*policies]
    further = roles[key]
    if isinstance(further, _First):
        further = roles[key] = _Shared(stack_of(scope), role, _digits(role), further.count)
    return further.allow(scope, permissions)


def _digits(role: iam.IRole) -> str:
    """Of the role's address; of an imported one's ARN, whichever job imported it first."""
    arn = "" if isinstance(role, (iam.Role, iam.LazyRole)) else arn_of(role)
    if not arn or is_token(arn):
        return str(role.node.addr[-DIGITS:])
    return hashlib.sha256(arn.encode()).hexdigest()[:DIGITS]


class _First:
    """The policies of a role that one job has yet."""

    def __init__(self, count: int) -> None:
        self.count = count


@jsii.implements(IAspect)
class _Shared:
    """The policies of a role's further jobs, and those of what one of them has to itself."""

    def __init__(self, stack: Stack, role: iam.IRole, id: str, count: int) -> None:
        found = stack.node.try_find_child(POLICIES_ID)
        around = cast("Construct", found) if found is not None else Construct(stack, POLICIES_ID)
        self._scope = Construct(around, f"Role{id}")
        self._together = Construct(self._scope, "Jobs")
        self._role, self._count = role, count
        self._row = PolicyRow(self._together, role, "Policy")
        self._own: dict[str, Construct] = {}
        self._asked: dict[str, list[Permission]] = {}
        Aspects.of(self._scope).add(cast("IAspect", self))

    def allow(self, scope: Construct, permissions: Sequence[Permission]) -> list[IDependable]:
        id_ = f"Job{scope.node.addr[-DIGITS:]}"
        if id_ not in self._own:
            self._own[id_] = Construct(self._scope, id_)
        self._asked.setdefault(id_, []).extend(permissions)
        return [self._together, self._own[id_]]

    def visit(self, node: IConstruct) -> None:
        """Write the policies; called by CDK."""
        if node.node.path != path_of(self._scope) or not self._asked:
            return
        asked, self._asked = self._asked, {}
        before = MadeBefore(stack_of(self._scope), [self._together])
        early = _early([found for some in asked.values() for found in some], before)
        for id_, permissions in asked.items():
            self._row.add(found for found in permissions if found in early)
            late = [found for found in permissions if found not in early]
            self._count += len(attach(self._own[id_], self._role, late)) if late else 0
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


def _early(permissions: Sequence[Permission], before: MadeBefore) -> list[Permission]:
    """Those that refer to nothing which may itself wait for a job."""
    resolved = before.stack.resolve([[*found.resources, found.conditions] for found in permissions])
    kinds = _kinds(before.stack)
    return [
        found
        for found, document in zip(permissions, resolved, strict=True)
        if _are_early({*named_in(document)}, kinds, before)
    ]


def _are_early(names: set[str], kinds: Mapping[str, str], before: MadeBefore) -> bool:
    if not all(kinds.get(name, _HOLDS_DATA[0]).startswith(_HOLDS_DATA) for name in names):
        return False
    return not any(before.found(one) for one in before.named(sorted(names)))


def _kinds(stack: Stack) -> dict[str, str]:
    """The types of the stack's resources, by logical id."""
    found = [node for node in stack.node.find_all() if isinstance(node, CfnResource)]
    names = stack.resolve([node.logical_id for node in found])
    return dict(zip(names, (node.cfn_resource_type for node in found), strict=True))
