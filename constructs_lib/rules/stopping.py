"""Rules about spot training, time limits and retries."""

from __future__ import annotations

from constructs_lib.rules.job import Job
from constructs_lib.rules.rule import Hits, rule
from constructs_lib.rules.wording import shown

__all__ = ["RULES"]

DEFAULT_MAX_RUNTIME = 86_400
"""MaxRuntimeInSeconds when it is left out: StoppingCondition's documentation."""
LONGEST_RUNTIME = 28 * 86_400
DEFAULT_QUOTA = 5 * 86_400
LONGEST_WAIT_WITHOUT_CHECKPOINT = 3_600

_MAX_WAIT = ("StoppingCondition", "MaxWaitTimeInSeconds")
_MAX_RUNTIME = ("StoppingCondition", "MaxRuntimeInSeconds")


@rule(
    "spot-needs-max-wait",
    "error",
    fields=("EnableManagedSpotTraining", "StoppingCondition.MaxWaitTimeInSeconds"),
    when=("EnableManagedSpotTraining",),
    violated_when="managed spot training is on and MaxWaitTimeInSeconds is left out",
    message="is required with managed spot training: it bounds the wait for capacity and the run together",
    fix="set StoppingCondition.MaxWaitTimeInSeconds to MaxRuntimeInSeconds or more",
    source='developer guide, model-managed-spot-training ("Set ... True and specify the '
    'MaxWaitTimeInSeconds")',
)
def _spot_needs_max_wait(job: Job) -> Hits:
    if job.get("EnableManagedSpotTraining") and job.get("StoppingCondition", "MaxWaitTimeInSeconds") is None:
        yield _MAX_WAIT, {}


@rule(
    "max-wait-only-with-spot",
    "error",
    fields=("StoppingCondition.MaxWaitTimeInSeconds", "EnableManagedSpotTraining"),
    when=("StoppingCondition.MaxWaitTimeInSeconds",),
    violated_when="MaxWaitTimeInSeconds is set and managed spot training is not on",
    message="can be set with managed spot training only, and EnableManagedSpotTraining is {spot}",
    fix="set EnableManagedSpotTraining to true, or leave out MaxWaitTimeInSeconds",
    source='message of the service ("Invalid MaxWaitTimeInSeconds. It is only supported when '
    'EnableManagedSpotTraining is set to true", Kenza-AI/sagify#111)',
)
def _max_wait_only_with_spot(job: Job) -> Hits:
    spot = job.get("EnableManagedSpotTraining")
    if not spot:
        yield _MAX_WAIT, {"spot": "left out" if spot is None else "false"}


@rule(
    "max-wait-ge-max-runtime",
    "error",
    fields=("StoppingCondition.MaxWaitTimeInSeconds", "StoppingCondition.MaxRuntimeInSeconds"),
    when=("StoppingCondition.MaxWaitTimeInSeconds",),
    violated_when="MaxWaitTimeInSeconds is less than MaxRuntimeInSeconds (86400 when left out); equality is "
    "legal",
    message="must be at least MaxRuntimeInSeconds ({runtime}), got {wait}: it holds the run and the wait "
    "before it",
    fix="raise MaxWaitTimeInSeconds or lower MaxRuntimeInSeconds",
    source='StoppingCondition$MaxWaitTimeInSeconds ("equal to or greater than")',
)
def _max_wait_ge_max_runtime(job: Job) -> Hits:
    stopping = job.section("StoppingCondition")
    wait, runtime = stopping["MaxWaitTimeInSeconds"], stopping.get("MaxRuntimeInSeconds", DEFAULT_MAX_RUNTIME)
    if wait < runtime:
        yield _MAX_WAIT, {"wait": wait, "runtime": runtime}


@rule(
    "max-runtime-28-days",
    "error",
    fields=("StoppingCondition.MaxRuntimeInSeconds",),
    doubts=("MaxRuntimeInSeconds",),
    violated_when="MaxRuntimeInSeconds is more than 2419200, 28 days",
    message="must be at most 2419200 (28 days), got {runtime}",
    fix="set 2419200 or less; a longer training resumes in a second job from its checkpoints",
    source='StoppingCondition$MaxRuntimeInSeconds ("The maximum value is 28 days")',
)
def _max_runtime_28_days(job: Job) -> Hits:
    runtime = job.section("StoppingCondition")["MaxRuntimeInSeconds"]
    if runtime > LONGEST_RUNTIME:
        yield _MAX_RUNTIME, {"runtime": runtime}


@rule(
    "max-runtime-default-quota",
    "warning",
    fields=("StoppingCondition.MaxRuntimeInSeconds",),
    doubts=("MaxRuntimeInSeconds",),
    violated_when="MaxRuntimeInSeconds is more than 432000, 5 days",
    message="is {runtime}, more than the 432000 (5 days) that an account's quota allows until it is raised",
    fix="set 432000 or less, or have the quota for the longest run time of a training job raised",
    source="quotas of SageMaker (longest run time for a training job; adjustable)",
    verified=False,
)
def _max_runtime_default_quota(job: Job) -> Hits:
    runtime = job.section("StoppingCondition")["MaxRuntimeInSeconds"]
    if runtime > DEFAULT_QUOTA:
        yield _MAX_RUNTIME, {"runtime": runtime}


@rule(
    "stopping-condition-missing",
    "warning",
    fields=("StoppingCondition", "StoppingCondition.MaxRuntimeInSeconds", "ServerlessJobConfig"),
    when_missing=("StoppingCondition", "StoppingCondition.MaxRuntimeInSeconds"),
    violated_when="a job that is not serverless has no MaxRuntimeInSeconds",
    message="is left out: the job is stopped after AWS's default of 86400 seconds, one day, finished or not",
    fix="set StoppingCondition.MaxRuntimeInSeconds to what the training may take",
    source='StoppingCondition$MaxRuntimeInSeconds ("The default value is 1 day")',
)
def _stopping_condition_missing(job: Job) -> Hits:
    if job.get("StoppingCondition", "MaxRuntimeInSeconds") is None and not job.is_serverless:
        yield _MAX_RUNTIME, {}


@rule(
    "spot-builtin-max-wait-hour",
    "error",
    fields=(
        "StoppingCondition.MaxWaitTimeInSeconds",
        "EnableManagedSpotTraining",
        "CheckpointConfig",
        "AlgorithmSpecification.TrainingImage",
        "AlgorithmSpecification.AlgorithmName",
    ),
    when=("StoppingCondition.MaxWaitTimeInSeconds",),
    violated_when="managed spot training of AWS's own or a Marketplace algorithm, without CheckpointConfig "
    "and with MaxWaitTimeInSeconds over 3600",
    message="must be at most 3600 for AWS's own and Marketplace algorithms without checkpoints, got {wait}: "
    "an interrupted job would start from nothing",
    fix="set CheckpointConfig when the algorithm writes checkpoints, or lower MaxWaitTimeInSeconds to 3600",
    source='developer guide, model-checkpoints ("does not allow a maximum wait time greater than an hour"), '
    "and "
    "model-managed-spot-training (note)",
)
def _spot_builtin_max_wait_hour(job: Job) -> Hits:
    wait = job.section("StoppingCondition")["MaxWaitTimeInSeconds"]
    if wait <= LONGEST_WAIT_WITHOUT_CHECKPOINT or "CheckpointConfig" in job.request:
        return
    if job.get("EnableManagedSpotTraining") and (job.is_first_party or job.is_marketplace):
        yield _MAX_WAIT, {"wait": wait}


@rule(
    "spot-without-checkpoint",
    "warning",
    fields=("EnableManagedSpotTraining", "CheckpointConfig"),
    when=("EnableManagedSpotTraining",),
    violated_when="managed spot training is on and CheckpointConfig is left out",
    message="is left out with managed spot training: an interrupted job starts from nothing, and its time "
    "is lost",
    fix="set CheckpointConfig.S3Uri, and have the training code write and resume checkpoints",
    source="developer guide, model-managed-spot-training (note)",
)
def _spot_without_checkpoint(job: Job) -> Hits:
    if "CheckpointConfig" not in job.request and job.get("EnableManagedSpotTraining"):
        yield ("CheckpointConfig",), {}


@rule(
    "max-pending-only-accelerated",
    "warning",
    fields=(
        "StoppingCondition.MaxPendingTimeInSeconds",
        "ResourceConfig.InstanceType",
        "ResourceConfig.InstanceGroups[].InstanceType",
        "ResourceConfig.InstancePreferences[].InstanceType",
    ),
    when=("StoppingCondition.MaxPendingTimeInSeconds",),
    violated_when="MaxPendingTimeInSeconds is set and no instance type has an accelerator",
    message="has no effect on {type}: it bounds the wait for instances with an accelerator only",
    fix="leave out MaxPendingTimeInSeconds",
    source='StoppingCondition$MaxPendingTimeInSeconds ("has no effect on jobs that request CPU-only '
    'instance types")',
)
def _max_pending_only_accelerated(job: Job) -> Hits:
    if job.all_cpu:
        path = ("StoppingCondition", "MaxPendingTimeInSeconds")
        yield path, {"type": shown(job.instance_types[0])}


@rule(
    "retry-without-max-runtime",
    "warning",
    fields=("RetryStrategy", "StoppingCondition.MaxRuntimeInSeconds"),
    when=("RetryStrategy",),
    violated_when="RetryStrategy is set and MaxRuntimeInSeconds is left out",
    message="is left out with RetryStrategy: AWS's default of 86400 seconds holds for all attempts together",
    fix="set StoppingCondition.MaxRuntimeInSeconds to what all attempts may take",
    source='RetryStrategy; StoppingCondition$MaxRuntimeInSeconds ("the maximum time for all of the attempts '
    'in total")',
)
def _retry_without_max_runtime(job: Job) -> Hits:
    if job.get("StoppingCondition", "MaxRuntimeInSeconds") is None:
        yield _MAX_RUNTIME, {}


RULES = (
    _spot_needs_max_wait,
    _max_wait_only_with_spot,
    _max_wait_ge_max_runtime,
    _max_runtime_28_days,
    _max_runtime_default_quota,
    _stopping_condition_missing,
    _spot_builtin_max_wait_hour,
    _spot_without_checkpoint,
    _max_pending_only_accelerated,
    _retry_without_max_runtime,
)
