"""Managed spot training, and the checkpoints that an interrupted job continues from."""

from __future__ import annotations

from dataclasses import dataclass

from constructs_lib.errors import SpecError
from constructs_lib.spec.checks import check_text, shown
from constructs_lib.spec.durations import DurationLike, normalize
from constructs_lib.spec.frozen import set_field
from constructs_lib.spec.locations import BucketLike, check_location, s3_uri
from constructs_lib.spec.text import is_unknown

__all__ = ["Checkpoint", "SpotTraining"]


@dataclass(frozen=True)
class SpotTraining:
    """Train on spot capacity: cheaper, and it can be interrupted.

    Args:
        max_wait: how long the job may take in all, waiting for capacity included; an `aws_cdk.Duration` or
            a `datetime.timedelta` of whole seconds, not shorter than the spec's ``max_runtime``. Left out:
            twice the max runtime; without a max runtime it is left out of the request.

    Raises:
        SpecError: not a positive duration of whole seconds.
    """

    max_wait: DurationLike | None = None

    def __post_init__(self) -> None:
        set_field(self, "max_wait", normalize("spot.max_wait", self.max_wait))


@dataclass(frozen=True)
class Checkpoint:
    """Where a job keeps its checkpoints, so that an interrupted one continues.

    Args:
        s3_uri: the place, as ``s3://bucket/prefix``; excludes ``bucket`` and ``prefix``.
        bucket: an `aws_cdk.aws_s3.IBucket`; what reads and writes there is granted on it.
        prefix: a key prefix in that bucket; needs ``bucket``.
        local_path: the absolute folder in the container; left out: ``/opt/ml/checkpoints``, AWS's own.

    Without a location a job gets a prefix of its own, so that no job resumes another's checkpoints.

    Raises:
        SpecError: the location is given twice or in a wrong form, or ``local_path`` is not absolute.
    """

    s3_uri: str | None = None
    bucket: BucketLike | None = None
    prefix: str | None = None
    local_path: str | None = None

    def __post_init__(self) -> None:
        check_location("checkpoint", self.s3_uri, self.bucket, self.prefix)
        if self.prefix is not None and self.bucket is None:
            raise SpecError("checkpoint.prefix", "needs a bucket", "give bucket too, or leave both out")
        check_text("checkpoint.local_path", self.local_path)
        path = self.local_path
        if isinstance(path, str) and not is_unknown(path) and not path.startswith("/"):
            raise SpecError(
                "checkpoint.local_path", f"must be absolute, got {shown(path)}", "start it with a slash"
            )

    def location(self) -> str | None:
        """The ``s3://`` uri that was asked for; None when a construct has to choose one."""
        return s3_uri(self.bucket, self.prefix) if self.bucket is not None else self.s3_uri
