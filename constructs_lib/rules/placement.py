"""Rules about placement on UltraServers."""

from __future__ import annotations

from typing import Any

from constructs_lib.rules.items import known_items
from constructs_lib.rules.job import Job
from constructs_lib.rules.rule import Hits, rule
from constructs_lib.rules.values import UNKNOWN, Undecided
from constructs_lib.rules.wording import listed
from constructs_lib.spec.instance_types import EBS_FAMILIES, NVME_FAMILIES, family

__all__ = ["RULES"]

_ULTRASERVER_FAMILIES = frozenset(("p6e-gb200", "trn2"))


@rule(
    "placement-ultraserver-only",
    "warning",
    fields=(
        "ResourceConfig.InstancePlacementConfig",
        "ResourceConfig.InstanceType",
        "ResourceConfig.InstanceGroups[].InstanceType",
        "ResourceConfig.InstancePreferences[].InstanceType",
    ),
    when=("ResourceConfig.InstancePlacementConfig",),
    violated_when="InstancePlacementConfig is set and no instance type has an UltraServer form (p6e-gb200, "
    "trn2)",
    message="applies to UltraServers only (p6e-gb200, trn2), got {types}",
    fix="leave out InstancePlacementConfig, or train on ml.p6e-gb200.36xlarge",
    source='ResourceConfig$InstancePlacementConfig ("Only applicable for UltraServer capacity")',
)
def _placement_ultraserver_only(job: Job) -> Hits:
    types = job.instance_types
    if types and not any(_has_ultraserver(name) for name in types):
        yield ("ResourceConfig", "InstancePlacementConfig"), {"types": listed(types)}


def _has_ultraserver(name: Any) -> bool:
    found = None if name is UNKNOWN else family(name)
    if found not in NVME_FAMILIES and found not in EBS_FAMILIES:
        raise Undecided  # a newer family may have one
    return found in _ULTRASERVER_FAMILIES


@rule(
    "placement-counts-sum",
    "warning",
    fields=(
        "ResourceConfig.InstancePlacementConfig.PlacementSpecifications[].InstanceCount",
        "ResourceConfig.InstanceCount",
    ),
    when=("ResourceConfig.InstancePlacementConfig.PlacementSpecifications",),
    violated_when="the counts of PlacementSpecifications add up to more than ResourceConfig.InstanceCount",
    message="places {placed} instances, and ResourceConfig.InstanceCount is {count}",
    fix="lower the InstanceCount of the placement specifications, or raise ResourceConfig.InstanceCount",
    source="PlacementSpecification (the relation is inferred)",
    verified=False,
)
def _placement_counts_sum(job: Job) -> Hits:
    count = job.resources.get("InstanceCount")
    if count is None:
        return
    path = ("ResourceConfig", "InstancePlacementConfig", "PlacementSpecifications")
    counts = [entry["InstanceCount"] for _, entry in known_items(job.get(*path))]
    placed = sum(each for each in counts if each is not UNKNOWN)
    if placed > count:
        yield path, {"placed": placed, "count": count}


RULES = (
    _placement_ultraserver_only,
    _placement_counts_sum,
)
