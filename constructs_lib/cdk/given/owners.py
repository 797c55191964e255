"""What another account has to allow: the policies of its buckets and keys are not the app's to change."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from aws_cdk import aws_iam as iam
from constructs import Construct

from constructs_lib.cdk.findings import runner_finding
from constructs_lib.cdk.given.parts import Given
from constructs_lib.cdk.given.places import place_of
from constructs_lib.cdk.missing_rights import listed
from constructs_lib.cdk.permissions import Permission
from constructs_lib.cdk.pseudo_parameters import partition
from constructs_lib.cdk.whereabouts import arn_of, environment_of, stack_of
from constructs_lib.rules import Finding
from constructs_lib.spec.locations import BucketLike, key_id

__all__ = ["owner_findings"]

_WRITES = ("s3:AbortMultipartUpload", "s3:DeleteObject", "s3:PutObject")


def owner_findings(
    scope: Construct,
    parts: Iterable[Given],
    role: iam.IRole,
    permissions: Sequence[Permission],
    endpoint: str = "",
) -> list[Finding]:
    """A warning for each bucket and key of another account, which lists what its owner must allow.

    Args:
        scope: the job's.
        parts: what the job uses.
        role: the execution role, whom the owner must allow it.
        permissions: what the job needs.
        endpoint: the path of the platform's own S3 endpoint, which lets nothing be written to buckets of
            other accounts; empty where there is none.
    """
    _, here = environment_of(stack_of(scope))
    found: dict[str, Finding] = {}
    for given in parts if here is not None else ():
        owner = place_of(given.part).account if given.kind in ("bucket", "key") else None
        if owner is None or owner == here:
            continue
        arn = _arn(given)
        needed = [one for one in permissions if any(_is_of(arn, resource) for resource in one.resources)]
        if needed and arn not in found:
            way = _closed_way(needed, endpoint) if given.kind == "bucket" else ""
            facts = {"way": way, "owner": owner, "ours": here, "role": arn_of(role), "got": listed(needed)}
            found[arn] = runner_finding(f"{given.kind}-of-another-account", given.path, **facts)
    return [*found.values()]


def _closed_way(needed: Iterable[Permission], endpoint: str) -> str:
    """What the endpoint of the platform's own network does not let through, in words."""
    writes = sorted({action for one in needed for action in one.actions if action in _WRITES})
    if not endpoint or not writes:
        return ""
    return (
        f"\nand the policy of {endpoint} refuses {', '.join(writes)} on buckets of other accounts: give the "
        "platform a vpc of yours, whose S3 endpoint lets this through"
    )


def _arn(given: Given) -> str:
    if given.kind == "key":
        return key_id(given.part)  # type: ignore[arg-type]
    bucket: BucketLike = given.part  # type: ignore[assignment]
    return f"arn:{partition()}:s3:::{bucket.bucket_name}"


def _is_of(arn: str, resource: str) -> bool:
    return resource == arn or resource.startswith(f"{arn}/")
