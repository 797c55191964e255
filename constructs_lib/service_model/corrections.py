"""Where the service model that botocore ships says less, or other, than the service does.

`scripts/generate_service_model.py` applies each correction to the generated table beside this file, and fails
on one that changes nothing any more.
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["CORRECTIONS", "Correction"]


class Correction(NamedTuple):
    """One entry of a shape that is set or replaced.

    Args:
        shape: AWS's name of the shape.
        what: the entry (``open_enum``, ``min``, ``max``, ``enum``, ``pattern``).
        value: what it becomes.
        source: where it can be read that the service does so.
    """

    shape: str
    what: str
    value: object
    source: str


_NEW_TYPES = (
    "instance types are added between releases of botocore: aws-sdk-go v1.44.130 (ml.trn1 for training), "
    "aws-sdk-js-v3 v3.1137.0 (r6i, m8i, c8i, r8i for training and processing)"
)

CORRECTIONS: tuple[Correction, ...] = (
    Correction("TrainingInstanceType", "open_enum", True, _NEW_TYPES),
    Correction("ProcessingInstanceType", "open_enum", True, _NEW_TYPES),
)
