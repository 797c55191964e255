"""Rules about capacity that is kept or reserved: warm pools and training plans."""

from __future__ import annotations

from constructs_lib.rules.items import known_items
from constructs_lib.rules.job import Job, is_cpu
from constructs_lib.rules.rule import Hits, rule
from constructs_lib.rules.values import Undecided
from constructs_lib.rules.wording import shown

__all__ = ["RULES"]

DOCUMENTED_KEEP_ALIVE = 3_600
_KEEP_ALIVE = ("ResourceConfig", "KeepAlivePeriodInSeconds")


@rule(
    "keepalive-not-with-instance-groups",
    "error",
    fields=("ResourceConfig.KeepAlivePeriodInSeconds", "ResourceConfig.InstanceGroups"),
    when=("ResourceConfig.KeepAlivePeriodInSeconds",),
    violated_when="KeepAlivePeriodInSeconds is more than 0 and InstanceGroups has a group",
    message="cannot be set with InstanceGroups, got {seconds}: there are no warm pools for heterogeneous "
    "clusters",
    fix="leave out KeepAlivePeriodInSeconds, or InstanceGroups",
    source="developer guide, train-warm-pools (considerations)",
)
def _keepalive_not_with_instance_groups(job: Job) -> Hits:
    seconds = job.resources["KeepAlivePeriodInSeconds"]
    if seconds > 0 and job.resources.get("InstanceGroups"):
        yield _KEEP_ALIVE, {"seconds": seconds}


@rule(
    "keepalive-not-with-spot",
    "error",
    fields=("ResourceConfig.KeepAlivePeriodInSeconds", "EnableManagedSpotTraining"),
    when=("ResourceConfig.KeepAlivePeriodInSeconds",),
    violated_when="KeepAlivePeriodInSeconds is more than 0 and managed spot training is on",
    message="cannot be set with managed spot training, got {seconds}: spot instances are not kept in a warm "
    "pool",
    fix="leave out KeepAlivePeriodInSeconds, or EnableManagedSpotTraining",
    source="developer guide, train-warm-pools (considerations)",
)
def _keepalive_not_with_spot(job: Job) -> Hits:
    seconds = job.resources["KeepAlivePeriodInSeconds"]
    if seconds > 0 and job.get("EnableManagedSpotTraining"):
        yield _KEEP_ALIVE, {"seconds": seconds}


@rule(
    "keepalive-above-documented-hour",
    "warning",
    fields=("ResourceConfig.KeepAlivePeriodInSeconds",),
    violated_when="KeepAlivePeriodInSeconds is more than 3600",
    message="is {seconds}, and the developer guide allows 3600 at most: the service's model admits 21600, "
    "and an account's quota for warm pools is 0 until it is raised",
    fix="set 3600 or less, or acknowledge this when longer pools work for the account",
    source="KeepAlivePeriodInSeconds (21600) against developer guide, train-warm-pools (3600)",
)
def _keepalive_above_documented_hour(job: Job) -> Hits:
    seconds = job.resources["KeepAlivePeriodInSeconds"]
    if seconds > DOCUMENTED_KEEP_ALIVE:
        yield _KEEP_ALIVE, {"seconds": seconds}


@rule(
    "training-plan-not-with-spot",
    "error",
    fields=("ResourceConfig.TrainingPlanArn", "EnableManagedSpotTraining"),
    when=("ResourceConfig.TrainingPlanArn",),
    violated_when="TrainingPlanArn is set and managed spot training is on",
    message="cannot be on with ResourceConfig.TrainingPlanArn: a plan's capacity is reserved, and not spot",
    fix="leave out EnableManagedSpotTraining and MaxWaitTimeInSeconds, or TrainingPlanArn",
    source='ResourceConfig$InstancePreferences ("supports only Flexible Training Plans (FTP) and On-Demand '
    'capacity"); '
    "inferred for TrainingPlanArn",
    verified=False,
)
def _training_plan_not_with_spot(job: Job) -> Hits:
    if job.get("EnableManagedSpotTraining"):
        yield ("EnableManagedSpotTraining",), {}


@rule(
    "training-plan-accelerated-type",
    "warning",
    fields=(
        "ResourceConfig.TrainingPlanArn",
        "ResourceConfig.InstanceType",
        "ResourceConfig.InstanceGroups[].InstanceType",
        "ResourceConfig.InstancePreferences[].InstanceType",
        "ResourceConfig.InstancePreferences[].TrainingPlanArns",
    ),
    when=("ResourceConfig.TrainingPlanArn", "ResourceConfig.InstancePreferences[].TrainingPlanArns"),
    violated_when="a training plan is set for instance types without an accelerator",
    message="is set for {type}, which has no accelerator: training plans reserve instances with GPUs or "
    "Trainium",
    fix="leave out the training plan, or use the instance type that it reserves",
    source='ResourceConfig$TrainingPlanArn; ListTrainingJobs$TrainingPlanArnEquals ("reserving GPU '
    'capacity")',
)
def _training_plan_accelerated_type(job: Job) -> Hits:
    resources = job.resources
    for index, preference in known_items(resources.get("InstancePreferences", ())):
        if "TrainingPlanArns" in preference and _is_surely_cpu(preference["InstanceType"]):
            path = ("ResourceConfig", "InstancePreferences", index, "TrainingPlanArns")
            yield path, {"type": shown(preference["InstanceType"])}
    if "TrainingPlanArn" in resources and job.all_cpu:
        yield ("ResourceConfig", "TrainingPlanArn"), {"type": shown(job.instance_types[0])}


def _is_surely_cpu(name: str) -> bool:
    try:
        return is_cpu(name)
    except Undecided:
        return False


RULES = (
    _keepalive_not_with_instance_groups,
    _keepalive_not_with_spot,
    _keepalive_above_documented_hour,
    _training_plan_not_with_spot,
    _training_plan_accelerated_type,
)
