"""What an instance type's family tells: its disks and its processor."""

from __future__ import annotations

import re

from constructs_lib.spec.text import is_unknown

__all__ = [
    "DEFAULT_VOLUME_GIB",
    "NVME_FAMILIES",
    "default_volume_gib",
    "family",
    "has_local_nvme",
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


def family(instance_type: str) -> str | None:
    """The family in an instance type (``g5`` in ``ml.g5.xlarge``); None for a token or another form."""
    match = None if is_unknown(instance_type) else _TYPE.fullmatch(instance_type)
    return match.group(1) if match else None


def has_local_nvme(instance_type: str) -> bool:
    """Whether the type keeps training data on its own disks; False when its family is not known."""
    return family(instance_type) in NVME_FAMILIES


def default_volume_gib(instance_type: str) -> int | None:
    """The volume in GiB that is asked for when a spec gives none; None: no volume, the type has disks."""
    return None if has_local_nvme(instance_type) else DEFAULT_VOLUME_GIB


def may_be_several(instance_count: object) -> bool:
    """Whether a job may run on more than one instance: a count that only CloudFormation knows may be any."""
    return not isinstance(instance_count, int) or is_unknown(instance_count) or instance_count > 1


def processor(instance_type: str) -> str | None:
    """``gpu``, ``cpu`` or ``neuron`` (trn, inf); None when the family is not known."""
    name = family(instance_type)
    if name is None:
        return None
    if name.startswith(("trn", "inf")):
        return "neuron"
    return "gpu" if name.startswith(("p", "g")) else "cpu"
