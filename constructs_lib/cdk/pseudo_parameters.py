"""CloudFormation's pseudo parameters: as tokens, and what a stack's own account and region tell of them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from aws_cdk import Aws

_PARTITIONS = {"cn-": ("aws-cn", "amazonaws.com.cn"), "us-gov-": ("aws-us-gov", "amazonaws.com")}
# Isolated partitions have other suffixes; what is not known stays unknown.
_OTHERS = ("us-iso", "eu-iso", "eusc-")


# The tokens are the same for every app, and each look at one is a call into jsii.
@cache
def partition() -> str:
    """A token of the partition."""
    return Aws.PARTITION


@cache
def region() -> str:
    """A token of the region."""
    return Aws.REGION


@cache
def account_id() -> str:
    """A token of the account's id."""
    return Aws.ACCOUNT_ID


@cache
def url_suffix() -> str:
    """A token of the domain that AWS's addresses end with."""
    return Aws.URL_SUFFIX


@cache
def regional_arn(service: str, resource: str) -> str:
    """The ARN of a resource of this account and region."""
    return f"arn:{partition()}:{service}:{region()}:{account_id()}:{resource}"


def fill_pseudo_parameters(value: object, region: str | None, account: str | None) -> object:
    """A template's value with references to a known account and region made text.

    Args:
        value: a JSON value; not changed.
        region: the stack's region, where it is known.
        account: the stack's account, where it is known.
    """
    return _filled(value, _known(region, account))


def _known(region: str | None, account: str | None) -> dict[str, str]:
    known = {}
    if account is not None:
        known["AWS::AccountId"] = account
    if region is not None:
        known["AWS::Region"] = region
        if not region.startswith(_OTHERS):
            found = (names for start, names in _PARTITIONS.items() if region.startswith(start))
            known["AWS::Partition"], known["AWS::URLSuffix"] = next(found, ("aws", "amazonaws.com"))
    return known


def _filled(value: object, known: Mapping[str, str]) -> object:
    if isinstance(value, list):
        return [_filled(item, known) for item in value]
    if not isinstance(value, Mapping):
        return value
    filled = {key: _filled(item, known) for key, item in value.items()}
    name = filled.get("Ref") if len(filled) == 1 else None
    return known.get(name, filled) if isinstance(name, str) else filled
