"""Where given things are, and that a job can use them there.

A region or an account that only the deployment knows is unknown, and not wrong. What is made by the app and
cannot be referred to from elsewhere is refused at once: CDK would, too, but of the reference and not of the
job. The rest is reported at synthesis.
"""

from __future__ import annotations

from typing import NamedTuple, NoReturn, cast
from weakref import WeakKeyDictionary

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from constructs_lib.cdk.findings import runner_finding
from constructs_lib.cdk.given.parts import Given
from constructs_lib.cdk.whereabouts import environment_of, path_of, stack_of
from constructs_lib.errors import SpecError
from constructs_lib.rules import Finding
from constructs_lib.spec.text import is_token

__all__ = ["Place", "check_made", "check_role_place", "place_of", "region_findings"]

_MADE = (s3.Bucket, kms.Key, ec2.Vpc, ec2.SecurityGroup, iam.Role, iam.LazyRole)
_FIXES = {
    "bucket": "make it in the job's region, or keep a copy there (S3 replicates between regions)",
    "key": (
        "make a key in the job's stack; or, within its region, give that one's ARN to kms.Key.from_key_arn "
        "and let its policy admit the job's account"
    ),
    "role": "make the role in a stack of the job's account; it may assume the other role in turn",
    "network": "make it in a stack of the job's region and account, or share its subnets with the account",
}


class Place(NamedTuple):
    """Where something is; None for what is known at deployment only."""

    region: str | None
    account: str | None


_places: WeakKeyDictionary[object, Place] = WeakKeyDictionary()


def place_of(part: object) -> Place:
    """Where something is: a resource in its stack, an imported one where it was said to be, or by its ARN."""
    if isinstance(part, str):
        return _of_arn(part)
    if isinstance(part, _MADE):
        return Place(*environment_of(stack_of(part)))
    return _of_imported(part)


def _of_imported(part: object) -> Place:
    try:
        found = _places.get(part)
    except TypeError:  # of no class of CDK's
        return Place(None, None)
    if found is None:
        environment = getattr(part, "env", None)  # a call into jsii
        known = (getattr(environment, name, "") for name in Place._fields)
        found = _places[part] = Place(*(_known(text) for text in known))
    return found


def _of_arn(text: str) -> Place:
    parts = text.split(":")
    if is_token(text) or len(parts) < 6 or parts[0] != "arn":
        return Place(None, None)
    return Place(parts[3] or None, parts[4] or None)


def _known(text: str) -> str | None:
    return None if not text or is_token(text) else text


def check_made(scope: Construct, given: Given) -> None:
    """Refuse what is made by the app where no job of the scope's stack can use it, or even refer to it.

    Raises:
        SpecError: it is in another region or account.
    """
    here = Place(*environment_of(stack_of(scope)))
    if given.kind == "bucket":
        _check_bucket(scope, given, here)
    elif given.kind == "key":
        if isinstance(given.part, kms.Key):
            _refuse_elsewhere(
                scope, given, here, "a key is used in its own region, and has no name elsewhere"
            )
    else:
        made = isinstance(given.part, (ec2.Vpc, ec2.SecurityGroup))
        # Subnets may be shared with another account, where they are imported.
        where = here if made else Place(here.region, None)
        _refuse_elsewhere(scope, given, where, "a job joins a network of its own region and account only")


def _check_bucket(scope: Construct, given: Given, here: Place) -> None:
    """One that has a name can be referred to from anywhere, so the report can tell of it with its rules."""
    if not isinstance(given.part, s3.Bucket):
        return
    what = _difference(here, place_of(given.part))
    if what is None or _is_named(given.part):
        return
    if what == "region":
        _refuse(scope, given, what, here.region, "SageMaker uses buckets of its own region only")
    why = "it has no name by which another account could refer to it"
    fix = "give it a bucket_name; a warning then lists what its policy has to allow the job's role"
    _refuse(scope, given, what, here.account, why, fix)


def check_role_place(scope: Construct, role: iam.IRole | None, *, in_region: bool) -> None:
    """Refuse a role that is made in another account, and one that only jobs of another region may assume.

    Args:
        scope: the job's.
        role: the role; None for one that will be made.
        in_region: whether its trust names the region of its own stack.

    Raises:
        SpecError: no job of the scope's stack can have it.
    """
    if not isinstance(role, (iam.Role, iam.LazyRole)):
        return
    here = Place(*environment_of(stack_of(scope)))
    where = here if in_region else Place(None, here.account)
    why = "its trust is for training jobs of its own region" if in_region else "no role can be passed to it"
    _refuse_elsewhere(scope, Given("role", "role", role), where, why)


def _refuse_elsewhere(scope: Construct, given: Given, here: Place, why: str) -> None:
    what = _difference(here, place_of(given.part))
    if what is not None:
        _refuse(scope, given, what, getattr(here, what), why)


def _difference(here: Place, there: Place) -> str | None:
    """In what two places are known to differ: in their regions, else in their accounts."""
    for what, mine, theirs in zip(Place._fields, here, there, strict=True):
        if mine is not None and theirs is not None and mine != theirs:
            return what
    return None


def _refuse(
    scope: Construct, given: Given, what: str, mine: str | None, why: str, fix: str | None = None
) -> NoReturn:
    theirs, path = getattr(place_of(given.part), what), path_of(cast("Construct", given.part))
    problem = f"got a {given.kind} of {what} {theirs} ({path}), and the job runs in {mine}: {why}"
    fix = fix or _FIXES.get(given.kind, _FIXES["network"])
    raise SpecError(given.field, problem, fix, construct=path_of(scope))


def region_findings(scope: Construct, given: Given) -> list[Finding]:
    """What a bucket of another region breaks."""
    here, _ = environment_of(stack_of(scope))
    if not given.rule or _difference(Place(here, None), place_of(given.part)) is None:
        return []
    return [runner_finding(given.rule, given.path, theirs=place_of(given.part).region, ours=here)]


def _is_named(bucket: s3.Bucket) -> bool:
    name = cast("s3.CfnBucket", bucket.node.default_child).bucket_name
    return stack_of(bucket).resolve(name) is not None
