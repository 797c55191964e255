"""Rules about where a job runs: its region and its account, when they are known."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from constructs_lib.rules.items import known_items
from constructs_lib.rules.job import Job
from constructs_lib.rules.rule import Hits, Path, rule
from constructs_lib.rules.values import UNKNOWN
from constructs_lib.rules.wording import shown

__all__ = ["RULES"]


@rule(
    "role-account-mismatch",
    "error",
    fields=("RoleArn",),
    needs_place=True,
    violated_when="the account of the role differs from the known account of the job",
    message="is a role of account {theirs}, and the job runs in account {ours}: a role cannot be passed to "
    "another account",
    fix="set the ARN of a role of the job's own account; it may assume the other role in turn",
    source="IAM user guide, PassRole",
)
def _role_account_mismatch(job: Job) -> Hits:
    if job.account is not None:
        theirs = job.request["RoleArn"].split(":")[4]
        if theirs != job.account:
            yield ("RoleArn",), {"theirs": theirs, "ours": job.account}


@rule(
    "kms-region-or-account-mismatch",
    "warning",
    fields=("OutputDataConfig.KmsKeyId", "ResourceConfig.VolumeKmsKeyId"),
    needs_place=True,
    violated_when="the region in a key's ARN differs from the known region of the job",
    message="is a key of {theirs}, and the job runs in {ours}: KMS uses keys of its own region only",
    fix="set a key of the job's region; a key of several regions has an ARN in each",
    source="developer guide, encryption-at-rest-nbi",
)
def _kms_region_or_account_mismatch(job: Job) -> Hits:
    if job.region is None:
        return
    for path in (("OutputDataConfig", "KmsKeyId"), ("ResourceConfig", "VolumeKmsKeyId")):
        section: Any = job.section(path[0])
        key = UNKNOWN if section is UNKNOWN else section.get(path[1])
        if key is UNKNOWN or not key or not key.startswith("arn:"):
            continue
        theirs = key.split(":")[3] if key.count(":") > 3 else ""  # else its form is wrong, which is said
        if theirs and theirs != job.region:
            yield path, {"theirs": shown(theirs), "ours": job.region}


@rule(
    "training-plan-region-mismatch",
    "error",
    fields=("ResourceConfig.TrainingPlanArn", "ResourceConfig.InstancePreferences[].TrainingPlanArns"),
    needs_place=True,
    violated_when="the region or account in a training plan's ARN differs from the known region or account "
    "of the job",
    message="is a plan of {theirs}, and the job runs in {ours}: a plan's capacity is in its own {what}",
    fix="set a training plan of the job's own region and account",
    source="TrainingPlanArn (its pattern names region and account)",
    verified=False,
)
def _training_plan_region_mismatch(job: Job) -> Hits:
    if job.region is None and job.account is None:
        return
    for path, arn in _plans(job):
        _, _, _, region, account, _ = arn.split(":", 5)
        if job.region is not None and region != job.region:
            yield path, {"theirs": shown(region), "ours": job.region, "what": "region"}
        elif job.account is not None and account != job.account:
            yield path, {"theirs": f"account {account}", "ours": f"account {job.account}", "what": "account"}


def _plans(job: Job) -> Iterator[tuple[Path, str]]:
    """Each known ARN of a training plan, with its path."""
    arn = job.resources.get("TrainingPlanArn")
    if arn is not None and arn is not UNKNOWN:
        yield ("ResourceConfig", "TrainingPlanArn"), arn
    for index, preference in known_items(job.resources.get("InstancePreferences", ())):
        plans = preference.get("TrainingPlanArns", ())
        if plans is not UNKNOWN:
            for place, each in known_items(plans):
                yield ("ResourceConfig", "InstancePreferences", index, "TrainingPlanArns", place), each


RULES = (
    _role_account_mismatch,
    _kms_region_or_account_mismatch,
    _training_plan_region_mismatch,
)
