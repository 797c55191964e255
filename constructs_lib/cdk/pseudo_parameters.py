"""What a stack's own account and region tell of its template."""

from __future__ import annotations

from collections.abc import Mapping

_PARTITIONS = {"cn-": ("aws-cn", "amazonaws.com.cn"), "us-gov-": ("aws-us-gov", "amazonaws.com")}
# Isolated partitions have other suffixes; what is not known stays unknown.
_OTHERS = ("us-iso", "eu-iso", "eusc-")


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
