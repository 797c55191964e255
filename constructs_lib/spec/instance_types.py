"""What an instance type's family tells: its disks and its processor."""

from __future__ import annotations

import re
from functools import lru_cache

from constructs_lib.spec.text import is_unknown

__all__ = [
    "DEFAULT_VOLUME_GIB",
    "EBS_FAMILIES",
    "NVME_FAMILIES",
    "default_volume_gib",
    "family",
    "has_local_nvme",
    "has_local_nvme_or_none",
    "may_be_several",
    "processor",
]

# Families whose training data lies on the instance's own disks: VolumeSizeInGB is not used there and
# VolumeKmsKeyId is refused. p4d, g4dn and g5 are named by ResourceConfig's documentation (botocore 1.44.5);
# the others have instance storage in EC2's published list; g7, g7e and p6-b300 are by analogy.
# fmt: off
NVME_FAMILIES = frozenset((
    "g4dn", "g5", "g6", "g6e", "g7", "g7e", "p3dn", "p4d", "p4de", "p5", "p5e", "p5en",
    "p6-b200", "p6-b300", "p6e-gb200", "r5d", "trn1", "trn1n", "trn2",
))
# fmt: on

DEFAULT_VOLUME_GIB = 30
"""The volume, in GiB, of a job whose spec gives no size (what AWS's own SDK asks for)."""

_TYPE = re.compile(r"ml\.([a-z0-9-]+)\.[a-z0-9-]+")
# Kinds of families by their letters, newer generations too; others (dl1, vt1, f2) have chips of their own.
_KIND = re.compile(r"(p|g|gr|trn|inf|c|m|r|t|x|z|i|d|h|hpc)\d")
_PROCESSORS = {"p": "gpu", "g": "gpu", "gr": "gpu", "trn": "neuron", "inf": "neuron"}


def family(instance_type: str) -> str | None:
    """The family in an instance type (``g5`` in ``ml.g5.xlarge``); None for a token or another form."""
    return None if is_unknown(instance_type) else _family(instance_type)


@lru_cache(maxsize=256)
def _family(instance_type: str) -> str | None:
    match = _TYPE.fullmatch(instance_type)
    return match.group(1) if match else None


# Families of TrainingInstanceType whose training data lies on EBS (the same enum, the rest of it).
# fmt: off
EBS_FAMILIES = frozenset((
    "c4", "c5", "c5n", "c6i", "c7i", "c7i-flex", "c8i", "c8i-flex", "m4", "m5", "m6i", "m7i", "m7i-flex",
    "m8i", "m8i-flex", "p2", "p3", "r5", "r6i", "r7i", "r8i", "r8i-flex", "t3",
))
# fmt: on


def has_local_nvme(instance_type: str) -> bool:
    """Whether the type keeps training data on its own disks; False when its family is not known."""
    return family(instance_type) in NVME_FAMILIES


@lru_cache(maxsize=256)
def has_local_nvme_or_none(instance_type: str) -> bool | None:
    """As `has_local_nvme`, but None for a family that this version does not know."""
    name = family(instance_type)
    return True if name in NVME_FAMILIES else False if name in EBS_FAMILIES else None


def default_volume_gib(instance_type: str) -> int | None:
    """The volume in GiB that is asked for when a spec gives none; None: no volume, the type has disks."""
    return None if has_local_nvme(instance_type) else DEFAULT_VOLUME_GIB


def may_be_several(instance_count: object) -> bool:
    """Whether a job may run on more than one instance: a count that only CloudFormation knows may be any."""
    return not isinstance(instance_count, int) or is_unknown(instance_count) or instance_count > 1


def processor(instance_type: str) -> str | None:
    """``gpu``, ``cpu`` or ``neuron`` (trn, inf); None when the family is not known."""
    match = _KIND.match(family(instance_type) or "")
    return _PROCESSORS.get(match.group(1), "cpu") if match else None
