"""The execution role of a training job: least privilege for one spec."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aws_cdk import Annotations, Aws
from aws_cdk import aws_iam as iam
from constructs import Construct

from constructs_lib.cdk.arns import training_job_arn
from constructs_lib.cdk.binding import PlatformBinding
from constructs_lib.cdk.permissions import Permission, execution_permissions
from constructs_lib.cdk.platform import TrainingPlatform
from constructs_lib.spec import Channel, TrainingJobSpec, render_request
from constructs_lib.spec.locations import key_id


class ExecutionRole(iam.Role):
    """A role that SageMaker may assume for this account's training jobs, with the permissions given."""

    def __init__(self, scope: Construct, id: str, *, permissions: Sequence[Permission]) -> None:
        super().__init__(scope, id, assumed_by=training_principal(), description="SageMaker training job")
        self._permissions = tuple(permissions)
        statements = [permission.to_statement() for permission in permissions]
        iam.ManagedPolicy(self, "Policy", statements=statements, roles=[self])

    def explain_permissions(self) -> list[Permission]:
        """What the role is allowed, and because of which field."""
        return list(self._permissions)


class TrainingRole(ExecutionRole):
    """The execution role for one spec: allowed what its request needs, and nothing beside it.

    Args:
        scope: the stack, or a construct in it.
        id: the construct's id.
        spec: the job that will run under the role.
        platform: where it runs; the default platform of the outermost stack when left out.
        job_names: the pattern of the names its jobs will have, with ``*`` for any text; results may be
            written below such names only. Every name when left out.

    Raises:
        SpecError: the spec cannot be rendered: see `TrainingJobSpec`.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        spec: TrainingJobSpec,
        platform: TrainingPlatform | None = None,
        job_names: str = "*",
    ) -> None:
        request = render_request(spec, PlatformBinding(scope, spec, platform or TrainingPlatform.of(scope)))
        super().__init__(scope, id, permissions=permissions_for(spec, request, job_names))


def training_principal() -> iam.PrincipalBase:
    """SageMaker, for training jobs of this account and region only (the confused-deputy conditions)."""
    conditions = {
        "StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID},
        "ArnLike": {"aws:SourceArn": training_job_arn("*")},
    }
    return iam.ServicePrincipal("sagemaker.amazonaws.com").with_conditions(conditions)


def permissions_for(spec: TrainingJobSpec, request: dict[str, Any], job_names: str) -> list[Permission]:
    """The permissions of a spec's rendered request; the keys of its inputs are known to the spec alone."""
    keys = {key: None for channel in spec.channels if (key := _input_key(channel)) is not None}
    return execution_permissions(request, input_keys=list(keys), job_names=job_names)


def _input_key(channel: Channel) -> str | None:
    if channel.encryption_key is not None:
        return key_id(channel.encryption_key)
    key = getattr(channel.bucket, "encryption_key", None)
    return None if key is None else str(key.key_arn)


def add_permissions(role: iam.IRole, permissions: Sequence[Permission], scope: Construct) -> list[Any]:
    """Add what a job needs to a role of the user's; where it cannot be changed, say what it must allow.

    Returns:
        What the job must be created after, so that it never starts before its rights.
    """
    dependables, missing = [], []
    for permission in permissions:
        result = role.add_to_principal_policy(permission.to_statement())
        if not _was_added(role, result):
            missing.append(permission)
        elif result.policy_dependable is not None:
            dependables.append(result.policy_dependable)
    if missing:
        listed = "; ".join(f"{', '.join(p.actions)} ({p.reason})" for p in missing)
        text = f"role: cannot be extended, so it must allow by itself: {listed}"
        Annotations.of(scope).add_warning_v2("ConstructsLib::role-cannot-be-extended", text)
    return dependables


def _was_added(role: iam.IRole, result: iam.AddToPrincipalPolicyResult) -> bool:
    """Whether a statement really went into a policy: a role that cannot be changed says so all the same."""
    return bool(result.statement_added) and isinstance(
        role if isinstance(role, iam.Role) else result.policy_dependable, (iam.Role, iam.Policy)
    )
