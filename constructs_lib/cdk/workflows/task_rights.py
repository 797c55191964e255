"""The execution roles of a stack's tasks: what is the same for many jobs is written once.

A task's own role is allowed what all jobs of its kind need by policies that it shares, and what is its own by
one of its own. A role that the user gives to several tasks is allowed each thing once.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import Any
from weakref import WeakKeyDictionary, ref

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from constructs import Construct

from constructs_lib.cdk.expressions import JsonPaths, note_no_path
from constructs_lib.cdk.given import take_parts
from constructs_lib.cdk.given.parts import given_parts
from constructs_lib.cdk.job_role import JobRole
from constructs_lib.cdk.permissions import Permission, execution_permissions
from constructs_lib.cdk.platform import TrainingPlatform
from constructs_lib.cdk.policies import documents_of, make_policy
from constructs_lib.cdk.role_trust import need_trust
from constructs_lib.cdk.training_role import named_role
from constructs_lib.cdk.trust import TRAINING_ONLY, Trust, training_principal
from constructs_lib.cdk.validation_plugin import acknowledge_wildcards
from constructs_lib.cdk.whereabouts import arn_of, child_path, remember, stack_of
from constructs_lib.cdk.workflows.given_role import GivenRole
from constructs_lib.spec import TrainingJobSpec
from constructs_lib.spec.render import in_order
from constructs_lib.spec.text import is_expression, is_unknown

__all__ = ["RIGHTS_ID", "TaskRights", "platform_permissions", "task_role", "with_role"]

RIGHTS_ID = "TrainingTaskPolicies"
DIGEST_DIGITS = 8
# Of it, only the log-in to ECR is shared: the pull is from a repository that is no task's.
ANY_IMAGE = "-.dkr.ecr.-.-/-"


def task_role(
    scope: Construct,
    spec: TrainingJobSpec,
    given: iam.IRole | None,
    permissions: Sequence[Permission],
    platform: TrainingPlatform,
    trust: Trust = TRAINING_ONLY,
) -> JobRole:
    """The role that was given or that the spec names; else a new one, ``Role`` in the scope."""
    # Before a shared policy is named by what it says, for which every reference must be one that works.
    take_parts(scope, [*given_parts(spec, platform)])
    rights = TaskRights.of(scope)
    if given is None and spec.role_arn is not None:
        given = rights.named(scope, spec.role_arn)
    if given is not None:
        need_trust(given, trust)
        return rights.extend(given, permissions)
    role = rights.own_role(scope, permissions, platform, trust)
    return JobRole(role, [role], [])


def with_role(
    request: dict[str, Any], spec: TrainingJobSpec, role: iam.IRole, *, is_new: bool
) -> dict[str, Any]:
    """A request that was rendered without a role, with it; what the spec says of it stays.

    Args:
        request: as rendered.
        spec: what it was rendered from.
        role: the execution role.
        is_new: whether it was made here, so that its ARN cannot come from an execution.
    """
    if spec.role_arn is not None or "RoleArn" in spec.overrides:
        return request
    arn = arn_of(role)
    if is_new:
        note_no_path(arn)
    return in_order({**request, "RoleArn": arn})


def platform_permissions(platform: TrainingPlatform) -> list[Permission]:
    """What jobs of a platform may have in common: what neither image, data nor name changes."""
    key = platform.key_arn
    request = {
        "AlgorithmSpecification": {"TrainingImage": ANY_IMAGE},
        "OutputDataConfig": {"S3OutputPath": platform.output_path, "KmsKeyId": key},
        "ResourceConfig": {"VolumeKmsKeyId": key},
        "CheckpointConfig": {"S3Uri": platform.checkpoint_path},
        "VpcConfig": {"SecurityGroupIds": platform.security_group_ids, "Subnets": platform.subnet_ids},
    }
    return execution_permissions(request, input_keys=[key], checkpoint_key=key)


_known: WeakKeyDictionary[Stack, ref[TaskRights]] = WeakKeyDictionary()


class TaskRights(Construct):
    """The policies that the execution roles of one stack's tasks share.

    Args:
        scope: the stack.
        id: the construct's id.
    """

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id)
        self._stack = stack_of(scope)
        self._platforms: dict[int, tuple[TrainingPlatform, list[Permission]]] = {}
        self._made: dict[str, iam.IManagedPolicy] = {}
        self._shared: dict[str, list[iam.IManagedPolicy]] = {}
        self._given: dict[int, GivenRole] = {}
        self._named: dict[str, iam.IRole] = {}

    @classmethod
    def of(cls, scope: Construct) -> TaskRights:
        """Those of the scope's stack, made on first use."""
        stack = stack_of(scope)
        kept = _known.get(stack)
        found = stack.node.try_find_child(RIGHTS_ID) if kept is None or kept() is None else kept()
        rights = found if isinstance(found, TaskRights) else cls(stack, RIGHTS_ID)
        _known[stack] = ref(rights)
        return rights

    def own_role(
        self,
        scope: Construct,
        permissions: Sequence[Permission],
        platform: TrainingPlatform,
        trust: Trust = TRAINING_ONLY,
    ) -> iam.Role:
        """A new role for one task."""
        common = self._common(platform)
        shared = [found for found in permissions if found in common]
        own = [found for found in permissions if found not in common]
        role = iam.Role(
            scope,
            "Role",
            assumed_by=training_principal(trust),
            description="SageMaker training job",
            managed_policies=self._policies(shared),
        )
        remember(role, scope, child_path(scope, "Role"))
        name = role.role_name
        for number, document in enumerate(documents_of(own), 1):
            made = make_policy(role, "Policy" if number == 1 else f"Policy{number}", document, roles=[name])
            acknowledge_wildcards(role, [made], own)
        return role

    def named(self, scope: Construct, arn: str) -> iam.IRole:
        """The role of an ARN: one for all tasks that name it, where it is known now.

        One that an execution names is nobody's to extend: no template can hold its name.
        """
        if is_expression(arn) or JsonPaths({"RoleArn": arn}).within(arn):
            return named_role(scope, "Role", arn, mutable=False)
        if is_unknown(arn):
            return named_role(scope, "Role", arn)
        if arn not in self._named:
            self._named[arn] = named_role(self, f"Role{_digest(arn)}", arn)
        return self._named[arn]

    def extend(self, role: iam.IRole, permissions: Iterable[Permission]) -> JobRole:
        """Allow a role of the user's what it is not allowed yet, as far as it can be changed."""
        given = self._given.get(id(role))
        if given is None:
            given = self._given[id(role)] = GivenRole(self, role)
        return given.allow(permissions)

    def _common(self, platform: TrainingPlatform) -> list[Permission]:
        if id(platform) not in self._platforms:
            self._platforms[id(platform)] = (platform, platform_permissions(platform))
        return self._platforms[id(platform)][1]

    def _policies(self, permissions: Sequence[Permission]) -> list[iam.IManagedPolicy]:
        """The shared policies of just these permissions."""
        key = repr([(found.actions, found.resources, found.conditions) for found in permissions])
        if key not in self._shared:
            self._shared[key] = [
                self._policy(document, permissions) for document in documents_of(permissions)
            ]
        return self._shared[key]

    def _policy(self, document: dict[str, Any], permissions: Sequence[Permission]) -> iam.IManagedPolicy:
        """A policy that is named by what it says, in the template's words: no order of tasks changes it."""
        written = json.dumps(self._stack.resolve(document), sort_keys=True)
        id_ = f"Shared{_digest(written)}"
        if id_ not in self._made:
            made = make_policy(self, id_, document)
            acknowledge_wildcards(self, [made], permissions)
            self._made[id_] = iam.ManagedPolicy.from_managed_policy_arn(made, "Arn", made.ref)
        return self._made[id_]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:DIGEST_DIGITS]
