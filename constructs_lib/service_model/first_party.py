"""Which images are AWS's own: their repositories, and the accounts that hold them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache

from constructs_lib.service_model.image_data import FrameworkData, image_data

__all__ = ["aws_accounts_by_region", "first_party_accounts"]

_Accounts = Mapping[str, frozenset[str]]
_NONE: _Accounts = {}


def first_party_accounts(repository: str) -> frozenset[str]:
    """The accounts that hold one of AWS's algorithms under this repository's name, in any region."""
    return _algorithms().get(repository, frozenset())


def aws_accounts_by_region(repository: str) -> _Accounts:
    """The accounts of each region that hold an algorithm or container of AWS's under a repository's name."""
    return _images().get(repository, _NONE)


@cache
def _algorithms() -> dict[str, frozenset[str]]:
    by_region = _by_repository(image_data()["algorithms"].values())
    return {repository: frozenset().union(*regions.values()) for repository, regions in by_region.items()}


@cache
def _images() -> dict[str, _Accounts]:
    data = image_data()
    groups = (data["algorithms"], data["frameworks"], data["containers"])
    return _by_repository(entry for group in groups for entry in group.values())


def _by_repository(images: Iterable[FrameworkData]) -> dict[str, _Accounts]:
    """The accounts of each region, by repository; versions of one repository may have several."""
    registries = image_data()["registries"]
    # Versions share few sets of registries: each is read once.
    sets = {(v["repository"], v["registries"]) for image in images for v in image["versions"].values()}
    found: dict[str, dict[str, frozenset[str]]] = {}
    for repository, name in sets:
        regions = found.setdefault(repository, {})
        for region, account in registries[name].items():
            regions[region] = regions.get(region, frozenset()) | {account}
    return {**found}
