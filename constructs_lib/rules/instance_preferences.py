"""Rules about InstancePreferences: the instance types a job may run on, in order."""

from __future__ import annotations

from constructs_lib.rules.items import known_items, repeats
from constructs_lib.rules.job import Job
from constructs_lib.rules.rule import Hits, rule
from constructs_lib.rules.values import UNKNOWN
from constructs_lib.rules.wording import shown

__all__ = ["RULES"]


@rule(
    "instance-preferences-exclusive",
    "error",
    fields=(
        "ResourceConfig.InstancePreferences",
        "ResourceConfig.InstanceType",
        "ResourceConfig.InstanceGroups",
        "ResourceConfig.InstancePlacementConfig",
        "EnableManagedSpotTraining",
    ),
    when=("ResourceConfig.InstancePreferences",),
    violated_when="InstancePreferences is set together with InstanceType, InstanceGroups, "
    "InstancePlacementConfig or managed spot training",
    message="cannot be set together with InstancePreferences, which chooses among on-demand and planned "
    "capacity itself",
    fix="leave it out, or leave out InstancePreferences",
    source='ResourceConfig$InstancePreferences ("mutually exclusive with InstanceType, InstanceGroups, '
    'InstancePlacementConfig, and EnableManagedSpotTraining")',
)
def _instance_preferences_exclusive(job: Job) -> Hits:
    resources = job.resources
    for member in ("InstanceType", "InstancePlacementConfig"):
        if member in resources:
            yield ("ResourceConfig", member), {}
    groups = resources.get("InstanceGroups")
    if groups is not UNKNOWN and groups:
        yield ("ResourceConfig", "InstanceGroups"), {}
    if job.get("EnableManagedSpotTraining"):
        yield ("EnableManagedSpotTraining",), {}


@rule(
    "instance-preferences-count-consistent",
    "error",
    fields=(
        "ResourceConfig.InstancePreferences",
        "ResourceConfig.InstancePreferences[].InstanceCount",
        "ResourceConfig.InstanceCount",
    ),
    when=("ResourceConfig.InstancePreferences",),
    violated_when="InstanceCount is on some preferences only, on preferences and in ResourceConfig, or "
    "nowhere",
    message="{problem}: the count stands either on every preference, or once in ResourceConfig",
    fix="set InstanceCount on each preference, or in ResourceConfig alone",
    source='InstancePreference$InstanceCount ("SageMaker rejects requests that set InstanceCount on only '
    "some preferences, that set it both per preference and in ResourceConfig, or that omit it in both "
    'places")',
)
def _instance_preferences_count_consistent(job: Job) -> Hits:
    preferences = job.resources["InstancePreferences"]
    known = list(known_items(preferences))
    counted = [index for index, preference in known if "InstanceCount" in preference]
    if "InstanceCount" in job.resources:
        if counted:
            problem = f"cannot be set together with the InstanceCount of InstancePreferences[{counted[0]}]"
            yield ("ResourceConfig", "InstanceCount"), {"problem": problem}
    elif counted:
        problem = f"is missing, while InstancePreferences[{counted[0]}] has one"
        for index, preference in known:
            if "InstanceCount" not in preference:
                path = ("ResourceConfig", "InstancePreferences", index, "InstanceCount")
                yield path, {"problem": problem}
    elif known:  # wherever an unknown preference may have one, these have none
        yield ("ResourceConfig", "InstanceCount"), {"problem": "is missing here and on the preferences"}


@rule(
    "instance-preferences-unique-types",
    "error",
    fields=("ResourceConfig.InstancePreferences[].InstanceType",),
    violated_when="an instance type appears twice in InstancePreferences",
    message="{name} is InstancePreferences[{first}] already: a type can be listed only once",
    fix="leave out the second one, or name another type",
    source='InstancePreference$InstanceType ("can appear only once in an InstancePreferences list")',
)
def _instance_preferences_unique_types(job: Job) -> Hits:
    for index, name, first in repeats(job.resources["InstancePreferences"], "InstanceType"):
        path = ("ResourceConfig", "InstancePreferences", index, "InstanceType")
        yield path, {"name": shown(name), "first": first}


@rule(
    "instance-preferences-plan-exclusive",
    "error",
    fields=("ResourceConfig.InstancePreferences[].TrainingPlanArns", "ResourceConfig.TrainingPlanArn"),
    when=("ResourceConfig.InstancePreferences[].TrainingPlanArns",),
    violated_when="a preference has TrainingPlanArns and ResourceConfig.TrainingPlanArn is set",
    message="cannot be set together with the TrainingPlanArns of InstancePreferences[{first}]: the plan is "
    "either the job's or each preference's",
    fix="leave out ResourceConfig.TrainingPlanArn, or the TrainingPlanArns of the preferences",
    source='InstancePreference$TrainingPlanArns ("mutually exclusive with the job-level TrainingPlanArn")',
)
def _instance_preferences_plan_exclusive(job: Job) -> Hits:
    if "TrainingPlanArn" not in job.resources:
        return
    for index, preference in known_items(job.resources["InstancePreferences"]):
        if "TrainingPlanArns" in preference:
            yield ("ResourceConfig", "TrainingPlanArn"), {"first": index}
            return


RULES = (
    _instance_preferences_exclusive,
    _instance_preferences_count_consistent,
    _instance_preferences_unique_types,
    _instance_preferences_plan_exclusive,
)
