"""Rules about which instance groups a channel's data goes to, in a heterogeneous cluster."""

from __future__ import annotations

from constructs_lib.rules.items import known_items
from constructs_lib.rules.job import Job
from constructs_lib.rules.rule import Hits, rule
from constructs_lib.rules.values import UNKNOWN
from constructs_lib.rules.wording import listed, shown

__all__ = ["RULES"]

_NAMES = "InputDataConfig[].DataSource.S3DataSource.InstanceGroupNames"


@rule(
    "instance-group-names-known",
    "error",
    fields=(_NAMES, "ResourceConfig.InstanceGroups[].InstanceGroupName"),
    when=(_NAMES,),
    violated_when="InstanceGroupNames has a name that no entry of ResourceConfig.InstanceGroups has",
    message="{name} is no instance group of ResourceConfig, which has {groups}",
    fix="name a group of ResourceConfig.InstanceGroups, or leave out InstanceGroupNames to give the data to "
    "all instances",
    source="S3DataSource$InstanceGroupNames; developer guide, train-heterogeneous-cluster",
)
def _instance_group_names_known(job: Job) -> Hits:
    groups = [group["InstanceGroupName"] for group in job.resources.get("InstanceGroups") or ()]
    if any(group is UNKNOWN for group in groups):
        return  # it may be the one that is meant
    known, names_of_groups = set(groups), listed(groups) or "no InstanceGroups"
    for path, source, _ in job.s3_sources():
        names = source.get("InstanceGroupNames")
        if names is None or names is UNKNOWN:
            continue
        for index, name in known_items(names):
            if name not in known:
                yield (*path, "InstanceGroupNames", index), {"name": shown(name), "groups": names_of_groups}


@rule(
    "instance-group-names-all-or-none",
    "error",
    fields=(_NAMES,),
    violated_when="a channel in S3 has InstanceGroupNames and another has not",
    message="is required here too: InputDataConfig[{other}] has it, and either all channels name instance "
    "groups or none does",
    fix="set InstanceGroupNames in every channel, or in none",
    source='message of the service ("Some channels have assigned instance groups: [...] while others not: '
    '[...]", aws/sagemaker-python-sdk#6089 and #5225)',
)
def _instance_group_names_all_or_none(job: Job) -> Hits:
    other, without = None, []
    for path, source, _ in job.s3_sources():
        names = source.get("InstanceGroupNames")
        if names is UNKNOWN or names:
            other = path[1] if other is None else other
        else:
            without.append(path)
    if other is not None:
        for path in without:
            yield (*path, "InstanceGroupNames"), {"other": other}


RULES = (
    _instance_group_names_known,
    _instance_group_names_all_or_none,
)
