"""Places in S3 and keys of KMS, given as text or as the CDK objects that stand for them."""

from __future__ import annotations

from typing import Any, Protocol, TypeAlias

from constructs_lib.errors import SpecError
from constructs_lib.spec.checks import check_prefix, check_s3_uri, check_text, kind, offers

__all__ = [
    "BucketLike",
    "KeyLike",
    "SupportsKeyArn",
    "check_bucket",
    "check_key",
    "check_location",
    "key_id",
    "s3_uri",
    "target_key",
]


class BucketLike(Protocol):
    """What this library needs of an `aws_cdk.aws_s3.IBucket`."""

    @property
    def bucket_name(self) -> str:
        """The bucket's name, or a token of it."""


class SupportsKeyArn(Protocol):
    """What this library needs of an `aws_cdk.aws_kms.IKey`."""

    @property
    def key_arn(self) -> str:
        """The key's ARN, or a token of it."""


KeyLike: TypeAlias = str | SupportsKeyArn


def s3_uri(bucket: BucketLike, prefix: str | None) -> str:
    """The ``s3://`` uri of a prefix in a bucket; without a prefix, of the whole bucket."""
    return f"s3://{bucket.bucket_name}/{prefix or ''}"


def key_id(key: KeyLike) -> str:
    """What AWS takes as a key's id: the text as given, or the ARN of a key object."""
    return key if isinstance(key, str) else str(target_key(key).key_arn)


def target_key(key: Any) -> Any:
    """The key that an alias object stands for, as IAM knows keys by their own ARNs; else the object as it is.

    Args:
        key: an `aws_cdk.aws_kms.IKey`, which an alias is too.
    """
    try:
        return key.alias_target_key
    except (AttributeError, RuntimeError):  # CDK's word for an alias that is known by its name alone
        return key


def check_bucket(path: str, bucket: object) -> None:
    """Refuse what has no ``bucket_name``; None passes."""
    if bucket is None or offers(bucket, "bucket_name"):
        return
    fix = "pass an aws_s3.IBucket; for a name, give the s3 uri instead"
    raise SpecError(path, f"must be a bucket, got {kind(bucket)}", fix)


def check_key(path: str, key: object) -> None:
    """Refuse what is neither text nor an object with ``key_arn``; None passes."""
    if isinstance(key, str):
        check_text(path, key)
    elif key is not None and not offers(key, "key_arn"):
        raise SpecError(path, f"must be a key, got {kind(key)}", "pass an aws_kms.IKey, or a key's ARN or id")


def check_location(path: str, uri: object, bucket: object, prefix: object) -> None:
    """Refuse a place in S3 that is given twice, or in a wrong form; nothing given passes."""
    check_s3_uri(f"{path}.s3_uri", uri)
    check_bucket(f"{path}.bucket", bucket)
    if prefix is not None:
        check_prefix(f"{path}.prefix", prefix)
    if uri is not None and (bucket is not None or prefix is not None):
        raise SpecError(
            path, "s3_uri and bucket or prefix exclude each other", "give s3_uri, or bucket and prefix"
        )
