"""Rules about the instances' disks: their size and the key that encrypts them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from constructs_lib.rules.items import known_items
from constructs_lib.rules.job import Job, has_local_nvme
from constructs_lib.rules.key_forms import is_key
from constructs_lib.rules.rule import Hits, rule
from constructs_lib.rules.values import UNKNOWN, Undecided
from constructs_lib.rules.wording import shown

__all__ = ["RULES"]

_VOLUME_TYPES = (
    "ResourceConfig.InstanceType",
    "ResourceConfig.InstanceGroups[].InstanceType",
    "ResourceConfig.InstancePreferences[].InstanceType",
)


@rule(
    "volume-size-required-for-ebs",
    "error",
    fields=("ResourceConfig.VolumeSizeInGB", *_VOLUME_TYPES, "ServerlessJobConfig"),
    when_missing=("ResourceConfig.VolumeSizeInGB",),
    doubts=("OptionalVolumeSizeInGB",),
    violated_when="an instance type without disks of its own is used, and VolumeSizeInGB is left out or 0",
    message="must be 1 or more with {type}, got {got}: that type has no disk but the volume asked for",
    fix="set ResourceConfig.VolumeSizeInGB, such as 30",
    source='ResourceConfig$VolumeSizeInGB ("you must define the size of EBS volume through VolumeSizeInGB")',
)
def _volume_size_required_for_ebs(job: Job) -> Hits:
    size = job.resources.get("VolumeSizeInGB")
    if size or job.is_serverless:
        return
    for name in _types(job.resources):
        if _is_ebs_only(name):
            facts = {"type": shown(name), "got": "nothing" if size is None else size}
            yield ("ResourceConfig", "VolumeSizeInGB"), facts
            return


def _types(resources: Mapping[str, Any]) -> Iterator[str]:
    """The types of what is known: an unknown list or item does not hide another's."""
    if "InstanceType" in resources:
        yield resources["InstanceType"]
    for several in ("InstanceGroups", "InstancePreferences"):
        entries = resources.get(several, ())
        if entries is not UNKNOWN:
            for _, entry in known_items(entries):
                yield entry["InstanceType"]


def _is_ebs_only(name: str) -> bool:
    try:
        return not has_local_nvme(name)
    except Undecided:
        return False  # of a family that this version does not know; another type may still be


@rule(
    "volume-size-ignored-on-nvme",
    "warning",
    fields=("ResourceConfig.VolumeSizeInGB", *_VOLUME_TYPES),
    doubts=("TrainingInstanceType",),
    violated_when="every instance type has disks of its own, and VolumeSizeInGB is set",
    message="has no effect on {type}, got {size}: data lies on the instance's own disks, whose size is "
    "fixed; the value still has to match for a warm pool to be reused",
    fix="leave out ResourceConfig.VolumeSizeInGB",
    source="ResourceConfig$VolumeSizeInGB (\"SageMaker doesn't provision Amazon EBS General Purpose SSD "
    '(gp2) storage")',
)
def _volume_size_ignored_on_nvme(job: Job) -> Hits:
    size = job.resources.get("VolumeSizeInGB")
    if size and job.all_nvme:
        yield ("ResourceConfig", "VolumeSizeInGB"), {"type": shown(job.instance_types[0]), "size": size}


@rule(
    "volume-kms-not-on-nvme",
    "error",
    fields=("ResourceConfig.VolumeKmsKeyId", *_VOLUME_TYPES),
    when=("ResourceConfig.VolumeKmsKeyId",),
    violated_when="VolumeKmsKeyId is set and every instance type has disks of its own",
    message="cannot be set with {type}: its own disks are encrypted by a module of their hardware, and take "
    "no key",
    fix="leave out ResourceConfig.VolumeKmsKeyId, or use a type without disks of its own",
    source="ResourceConfig$VolumeKmsKeyId (\"You can't request a VolumeKmsKeyId when using an instance type "
    "with local "
    'storage")',
)
def _volume_kms_not_on_nvme(job: Job) -> Hits:
    # Not its value but its presence counts: most keys are known at deployment only.
    if job.all_nvme:
        yield ("ResourceConfig", "VolumeKmsKeyId"), {"type": shown(job.instance_types[0])}


@rule(
    "volume-kms-key-form",
    "error",
    fields=("ResourceConfig.VolumeKmsKeyId",),
    violated_when="VolumeKmsKeyId is neither the id nor the ARN of a key (aliases are not listed)",
    message="must be the id or the ARN of a KMS key{alias}, got {key}",
    fix="set the key's id, such as 1234abcd-12ab-34cd-56ef-1234567890ab, or its ARN",
    source="ResourceConfig$VolumeKmsKeyId (two formats; that aliases are refused is unverified)",
    verified=False,
)
def _volume_kms_key_form(job: Job) -> Hits:
    key = job.resources["VolumeKmsKeyId"]
    if key and not is_key(key):
        alias = ", not an alias" if "alias/" in key else ""
        yield ("ResourceConfig", "VolumeKmsKeyId"), {"key": shown(key), "alias": alias}


RULES = (
    _volume_size_required_for_ebs,
    _volume_size_ignored_on_nvme,
    _volume_kms_not_on_nvme,
    _volume_kms_key_form,
)
