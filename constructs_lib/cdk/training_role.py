"""The execution role of a training job: least privilege for one spec."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, cast

from aws_cdk import Annotations, Token
from aws_cdk import aws_iam as iam
from constructs import Construct, IDependable

from constructs_lib.cdk.arns import repository_arn
from constructs_lib.cdk.binding import PlatformBinding
from constructs_lib.cdk.given import take_parts
from constructs_lib.cdk.given.covering import covers
from constructs_lib.cdk.given.parts import bucket_key_arn, given_parts
from constructs_lib.cdk.given.places import check_role_place, place_of
from constructs_lib.cdk.lazy import late_text
from constructs_lib.cdk.permissions import Permission, execution_permissions
from constructs_lib.cdk.platform import TrainingPlatform
from constructs_lib.cdk.policies import attach
from constructs_lib.cdk.request_parts import known_items, part, text
from constructs_lib.cdk.results import keys_of
from constructs_lib.cdk.role_policies import allow_job, takes_policies
from constructs_lib.cdk.role_ready import role_ready
from constructs_lib.cdk.trust import TRAINING_ONLY, Trust, training_principal, trust_of
from constructs_lib.cdk.whereabouts import child_path, environment_of, path_of, remember, stack_of
from constructs_lib.errors import SpecError
from constructs_lib.spec import Channel, TrainingJobSpec, render_request
from constructs_lib.spec.locations import key_id
from constructs_lib.spec.text import is_resolvable, is_token

_ROLE_ARN = re.compile(r"arn:[^:]+:iam::[^:]*:role/.+")


class ExecutionRole(iam.Role):
    """A role that SageMaker may assume for this account's training jobs, with the permissions given."""

    def __init__(
        self, scope: Construct, id: str, *, permissions: Sequence[Permission], trust: Trust = TRAINING_ONLY
    ) -> None:
        principal = training_principal(trust)
        super().__init__(scope, id, assumed_by=principal, description="SageMaker training job")
        remember(self, scope, child_path(scope, id))
        self._permissions = tuple(permissions)
        attach(self, self, permissions)

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
        if not isinstance(spec, TrainingJobSpec):
            problem = f"must be of type TrainingJobSpec, got {type(spec).__name__}"
            raise SpecError("spec", problem, "make it with TrainingJobSpec", construct=scope.node.path)
        chosen = platform or TrainingPlatform.of(scope)
        request = render_request(spec, PlatformBinding(scope, spec, chosen))
        permissions = permissions_for(spec, request, chosen, job_names)
        take_parts(scope, [*given_parts(spec, chosen)])
        super().__init__(scope, id, permissions=permissions, trust=trust_of(request))


def named_role(scope: Construct, id: str, arn: str, *, mutable: bool = True) -> iam.IRole:
    """The role of an ARN; text that is none goes through as it is, for the rules to report.

    Args:
        scope: what the role's construct belongs to.
        id: the construct's id.
        arn: the ARN.
        mutable: False for a role that is not to be extended.

    Raises:
        SpecError: an ARN with a token where it is the same for every role, which no rule can read.
    """
    given = Token.as_string(arn) if is_resolvable(arn) else arn
    if _ROLE_ARN.fullmatch(given):
        return iam.Role.from_role_arn(scope, id, given, mutable=mutable)
    if is_token(given) and given.startswith("arn:"):
        problem = "is an ARN with a token in its fixed part, so that it cannot be taken apart"
        fix = "write arn:<partition>:iam::<account>:role/<name>; what is in brackets, or all, may be tokens"
        raise SpecError("role_arn", problem, fix, construct=path_of(scope))
    # CDK would take text apart, and raise; what is written later it does not look into.
    text = given if is_token(given) else late_text(given)
    return iam.Role.from_role_arn(scope, id, text, mutable=mutable)


def permissions_for(
    spec: TrainingJobSpec, request: dict[str, Any], platform: TrainingPlatform, job_names: str
) -> list[Permission]:
    """The permissions of a spec's rendered request; keys of buckets are known to spec and platform alone."""
    channels = known_items(spec.channels)
    keys = {key: None for channel in channels if (key := _input_key(channel)) is not None}
    return execution_permissions(
        request,
        input_keys=list(keys),
        manifest_data={c.name: c.manifest_data for c in channels if c.manifest_data is not None},
        checkpoint_key=_checkpoint_key(spec, platform),
        job_names=job_names,
        key_of=lambda name: bucket_key_arn(platform.bucket) if name == platform.bucket_name else None,
        keys_of=keys_of,
    )


def warn_of_unknown_parts(spec: TrainingJobSpec, request: dict[str, Any], scope: Construct) -> None:
    """Say that an image or channels that are tokens are not granted: only CloudFormation can read them."""
    if is_token(spec.channels):
        message = (
            "channels: they are a token, so no permission to read them can be derived; "
            "use Channel, whose members may be tokens, or grant_read the buckets to the job's role"
        )
        Annotations.of(scope).add_warning_v2("ConstructsLib::channels-are-a-token", message)
    image = text(part(request, "AlgorithmSpecification").get("TrainingImage"))
    if image and is_token(image) and repository_arn(image) is None:
        message = (
            "algorithm: the image's address is a token, so no permission to pull it can be derived; "
            "use Algorithm.from_ecr_repository, or grant_pull the repository to the job's role"
        )
        Annotations.of(scope).add_warning_v2("ConstructsLib::image-is-a-token", message)


def _input_key(channel: Channel) -> str | None:
    return key_id(channel.encryption_key) if channel.encryption_key else bucket_key_arn(channel.bucket)


def _checkpoint_key(spec: TrainingJobSpec, platform: TrainingPlatform) -> str | None:
    """Checkpoints are encrypted as their bucket's objects are by default."""
    checkpoint = spec.checkpoint
    if checkpoint is None or checkpoint.s3_uri is not None:
        return None
    return bucket_key_arn(checkpoint.bucket or platform.bucket)


def extend_role(
    role: iam.IRole, permissions: Sequence[Permission], scope: Construct
) -> tuple[list[IDependable], list[Permission]]:
    """Add what a job needs to a role of the user's, as far as it can be changed.

    A role of the app's, or an imported one that can be changed, gets policies in the job's own stack: the
    role's first job there has its own, all further jobs share theirs.

    Returns:
        What the job must be created after, so that it never starts before its rights; and what could not be
        added, so that the role must allow it by itself.

    Raises:
        SpecError: the role is of another account, or a `TrainingRole` of another region.
    """
    check_role_place(scope, role, in_region=isinstance(role, ExecutionRole))
    if isinstance(role, ExecutionRole):
        known = role.explain_permissions()
        permissions = [found for found in permissions if not any(covers(one, found) for one in known)]
    made = isinstance(role, (iam.Role, iam.LazyRole))
    if not made and not _can_be_changed(scope, role):
        return [], [*permissions]
    # What the app allows an imported role by itself may be in a stack that is deployed after this one.
    own = (
        [role_ready(role)]
        if made or path_of(stack_of(cast("Construct", role))) == path_of(stack_of(scope))
        else []
    )
    return [*own, *(allow_job(scope, role, permissions) if permissions else ())], []


def _can_be_changed(scope: Construct, role: iam.IRole) -> bool:
    """Whether an imported role takes policies of the scope's stack: not one of another account."""
    account, theirs = environment_of(stack_of(scope))[1], place_of(role).account
    if account is not None and theirs is not None and account != theirs:
        return False
    return takes_policies(scope, role)
