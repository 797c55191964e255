"""Where a job leaves its model."""

from __future__ import annotations

from dataclasses import dataclass

from constructs_lib.spec.checks import check_one_of
from constructs_lib.spec.locations import BucketLike, KeyLike, check_key, check_location, s3_uri

__all__ = ["Output"]


@dataclass(frozen=True)
class Output:
    """Where a job leaves its model artifacts, and how they are kept.

    Args:
        s3_uri: the place, as ``s3://bucket/prefix``; excludes ``bucket`` and ``prefix``.
        bucket: an `aws_cdk.aws_s3.IBucket`; writing there is granted on it. Left out: the platform's.
        prefix: a key prefix in that bucket. Left out: the platform's, or the whole of ``bucket``.
        encryption_key: an `aws_cdk.aws_kms.IKey`, or the ARN or id of a key, that encrypts the artifacts.
            Left out: the platform's.
        compression: ``GZIP`` for a ``model.tar.gz``, ``NONE`` for single files. Left out: AWS's ``GZIP``.

    Raises:
        SpecError: the location is given twice or in a wrong form, or a value is of another type.
    """

    s3_uri: str | None = None
    bucket: BucketLike | None = None
    prefix: str | None = None
    encryption_key: KeyLike | None = None
    compression: str | None = None

    def __post_init__(self) -> None:
        check_location("output", self.s3_uri, self.bucket, self.prefix)
        check_key("output.encryption_key", self.encryption_key)
        check_one_of("output.compression", self.compression, ("GZIP", "NONE"))

    def location(self) -> str | None:
        """The ``s3://`` uri that was asked for; None when a construct has to choose one."""
        return s3_uri(self.bucket, self.prefix) if self.bucket is not None else self.s3_uri
