"""What a job uses of its users' own: refused, extended or told of, once when the job is made."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, cast

from aws_cdk import aws_iam as iam
from constructs import Construct

from constructs_lib.cdk.given.key_policies import admit_jobs
from constructs_lib.cdk.given.owners import owner_findings
from constructs_lib.cdk.given.parts import Given, given_parts
from constructs_lib.cdk.given.places import check_made, region_findings
from constructs_lib.cdk.permissions import Permission
from constructs_lib.cdk.whereabouts import environment_of, path_of, stack_of
from constructs_lib.rules import Finding
from constructs_lib.spec import TrainingJobSpec

if TYPE_CHECKING:
    from constructs_lib.cdk.platform import TrainingPlatform

__all__ = ["take_given", "take_parts"]


def take_given(
    scope: Construct,
    spec: TrainingJobSpec,
    platform: TrainingPlatform,
    role: iam.IRole,
    permissions: Sequence[Permission],
) -> list[Finding]:
    """Check what a job uses, and let it use the keys whose policies are the app's.

    Args:
        scope: the job's.
        spec: what it trains.
        platform: where.
        role: the execution role.
        permissions: what the job needs.

    Returns:
        What is wrong, or is another account's to allow.

    Raises:
        SpecError: something is made where no job of the scope's stack can use it.
    """
    parts = list(given_parts(spec, platform))
    take_parts(scope, parts)
    if environment_of(stack_of(scope)) == (None, None):
        return []
    found = [finding for part in parts for finding in region_findings(scope, part)]
    endpoint = _own_endpoint(spec, platform)
    return [*found, *owner_findings(scope, parts, role, permissions, endpoint)]


def _own_endpoint(spec: TrainingJobSpec, platform: TrainingPlatform) -> str:
    """The path of the S3 endpoint that the platform makes with its own network; empty for another network."""
    if platform.vpc is None or spec.vpc_config is not None:
        return ""
    path = path_of(cast("Construct", platform.vpc))
    return f"{path}/S3" if path.startswith(f"{path_of(platform)}/") else ""


def take_parts(scope: Construct, parts: Iterable[Given]) -> None:
    """Refuse what no job of the scope's stack can use, and let jobs use the keys.

    Raises:
        SpecError: something is made where no job of the scope's stack can use it.
    """
    is_somewhere = environment_of(stack_of(scope)) != (None, None)
    for given in parts:
        if is_somewhere:
            check_made(scope, given)
        if given.kind == "key":
            admit_jobs(given.part)
