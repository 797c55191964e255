"""Rules about what a job runs on: one type of instance and a count, or groups of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from constructs_lib.rules.items import known_items, repeats
from constructs_lib.rules.job import Job
from constructs_lib.rules.rule import Hits, rule
from constructs_lib.rules.values import UNKNOWN
from constructs_lib.rules.wording import shown

__all__ = ["RULES"]

_TYPE_AND_COUNT = ("InstanceType", "InstanceCount")


@rule(
    "instance-groups-xor-type-count",
    "error",
    fields=("ResourceConfig.InstanceGroups", "ResourceConfig.InstanceType", "ResourceConfig.InstanceCount"),
    when=("ResourceConfig.InstanceGroups",),
    violated_when="InstanceGroups has a group, and InstanceType or InstanceCount is set too",
    message="cannot be set together with InstanceGroups: each of the {groups} group(s) has a type and a "
    "count of its own",
    fix="leave out InstanceType and InstanceCount, or InstanceGroups",
    source='message of the service ("InstanceType or InstanceCount cannot be specified with InstanceGroups", '
    "aws/sagemaker-python-sdk#5564)",
)
def _instance_groups_xor_type_count(job: Job) -> Hits:
    resources = job.resources
    groups = resources["InstanceGroups"]
    if groups:
        for member in _TYPE_AND_COUNT:
            if member in resources:
                yield ("ResourceConfig", member), {"groups": len(groups)}


@rule(
    "instance-group-name-unique",
    "error",
    fields=("ResourceConfig.InstanceGroups[].InstanceGroupName",),
    violated_when="two instance groups share a name",
    message="{name} is the name of InstanceGroups[{first}] already: channels name the groups that they go to",
    fix="give each instance group a name of its own",
    source="InstanceGroup$InstanceGroupName; developer guide, train-heterogeneous-cluster",
)
def _instance_group_name_unique(job: Job) -> Hits:
    for index, name, first in repeats(job.resources["InstanceGroups"], "InstanceGroupName"):
        path = ("ResourceConfig", "InstanceGroups", index, "InstanceGroupName")
        yield path, {"name": shown(name), "first": first}


@rule(
    "hetero-with-builtin-algorithm",
    "warning",
    fields=("ResourceConfig.InstanceGroups", "AlgorithmSpecification.TrainingImage"),
    when=("ResourceConfig.InstanceGroups",),
    violated_when="InstanceGroups has a group and TrainingImage is one of AWS's own algorithms",
    message="got {groups} instance group(s) with AWS's algorithm {image}: heterogeneous clusters are for "
    "containers of PyTorch 1.10 or TensorFlow 2.6 and newer",
    fix="set InstanceType and InstanceCount in place of InstanceGroups, or train with a framework's "
    "container",
    source="developer guide, train-heterogeneous-cluster (note)",
)
def _hetero_with_builtin_algorithm(job: Job) -> Hits:
    groups = job.resources["InstanceGroups"]
    if groups and job.is_first_party and job.image is not None:
        yield (
            ("ResourceConfig", "InstanceGroups"),
            {"groups": len(groups), "image": shown(job.image.repository)},
        )


@rule(
    "resource-config-required",
    "error",
    fields=("ResourceConfig", "ServerlessJobConfig"),
    when_missing=("ResourceConfig",),
    violated_when="ResourceConfig and ServerlessJobConfig are both left out",
    message="is required: only a serverless job (ServerlessJobConfig) runs without instances of its own",
    fix="set ResourceConfig with InstanceType, InstanceCount and VolumeSizeInGB",
    source="CreateTrainingJobRequest (ResourceConfig is optional for serverless jobs alone)",
)
def _resource_config_required(job: Job) -> Hits:
    if "ResourceConfig" not in job.request and not job.is_serverless:
        yield ("ResourceConfig",), {}


@rule(
    "instance-type-count-required",
    "error",
    fields=(
        "ResourceConfig",
        "ResourceConfig.InstanceType",
        "ResourceConfig.InstanceCount",
        "ResourceConfig.InstanceGroups",
        "ResourceConfig.InstancePreferences",
        "ServerlessJobConfig",
    ),
    when_missing=("ResourceConfig.InstanceType", "ResourceConfig.InstanceCount"),
    violated_when="a job that is not serverless has no InstanceGroups and no InstancePreferences, and "
    "InstanceType or InstanceCount is left out",
    message="is required when neither InstanceGroups nor InstancePreferences choose the instances",
    fix="set ResourceConfig.InstanceType, such as ml.m5.xlarge, and InstanceCount, 1 or more",
    source="ResourceConfig; developer guide, train-heterogeneous-cluster (note)",
)
def _instance_type_count_required(job: Job) -> Hits:
    resources = job.resources
    if "ResourceConfig" not in job.request or ("InstanceType" in resources and "InstanceCount" in resources):
        return  # what has no resources at all is told so by resource-config-required
    if job.is_serverless or "InstancePreferences" in resources or resources.get("InstanceGroups"):
        return
    for member in _TYPE_AND_COUNT:
        if member not in resources:
            yield ("ResourceConfig", member), {}


_COUNTED: tuple[tuple[str, ...], ...] = (
    ("InstanceGroups",),
    ("InstancePlacementConfig", "PlacementSpecifications"),
    ("InstancePreferences",),
)


@rule(
    "instance-count-positive",
    "error",
    fields=(
        "ResourceConfig.InstanceCount",
        "ResourceConfig.InstanceGroups[].InstanceCount",
        "ResourceConfig.InstancePlacementConfig.PlacementSpecifications[].InstanceCount",
        "ResourceConfig.InstancePreferences[].InstanceCount",
    ),
    doubts=("TrainingInstanceCount",),
    violated_when="an InstanceCount is 0",
    message="must be 1 or more, got 0: a job needs an instance to run on",
    fix="set the count to 1 or more",
    source='ResourceConfig$InstanceCount; PlacementSpecification$InstanceCount ("Minimum value of 1")',
)
def _instance_count_positive(job: Job) -> Hits:
    resources = job.resources
    if _is_zero(resources.get("InstanceCount")):
        yield ("ResourceConfig", "InstanceCount"), {}
    for steps in _COUNTED:
        if steps[0] in resources:
            for index, entry in known_items(_below(resources, steps)):
                if _is_zero(entry.get("InstanceCount")):
                    yield ("ResourceConfig", *steps, index, "InstanceCount"), {}


def _is_zero(count: object) -> bool:
    return count is not UNKNOWN and count == 0


def _below(resources: dict[str, Any], steps: tuple[str, ...]) -> Sequence[Any]:
    """A list inside ResourceConfig; empty when it is left out or not known, so that the others are seen."""
    value: Any = resources
    for step in steps:
        value = value.get(step)
        if value is None or value is UNKNOWN:
            return ()
    found: Sequence[Any] = value
    return found


@rule(
    "selected-fields-read-only",
    "error",
    fields=("ResourceConfig.SelectedInstanceType", "ResourceConfig.SelectedInstanceCount"),
    violated_when="SelectedInstanceType or SelectedInstanceCount is in a request",
    message="cannot be set: it is what DescribeTrainingJob answers once an instance type has been selected",
    fix="leave it out; InstancePreferences lists the types to select from",
    source="ResourceConfig$SelectedInstanceType (\"read-only and isn't accepted in CreateTrainingJob "
    'requests")',
)
def _selected_fields_read_only(job: Job) -> Hits:
    for member in ("SelectedInstanceType", "SelectedInstanceCount"):
        if member in job.resources:
            yield ("ResourceConfig", member), {}


RULES = (
    _instance_groups_xor_type_count,
    _instance_group_name_unique,
    _hetero_with_builtin_algorithm,
    _resource_config_required,
    _instance_type_count_required,
    _instance_count_positive,
    _selected_fields_read_only,
)
