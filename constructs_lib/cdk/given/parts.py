"""The buckets, keys and network that a job uses, as the CDK objects that they were given as."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import WeakKeyDictionary

from constructs import Construct

from constructs_lib.cdk.request_parts import known_items
from constructs_lib.spec import TrainingJobSpec
from constructs_lib.spec.locations import key_id

if TYPE_CHECKING:
    from constructs_lib.cdk.platform import TrainingPlatform

__all__ = ["Given", "bucket_key", "bucket_key_arn", "given_parts"]


class Given(NamedTuple):
    """Something that a job uses.

    Attributes:
        kind: ``bucket``, ``key``, ``vpc`` or ``security group``.
        field: the argument it was given as.
        part: the object; text for a key that was given so.
        path: the member of the request that is about it.
        rule: the rule that a bucket of another region breaks; empty for others.
    """

    kind: str
    field: str
    part: object
    path: str = ""
    rule: str = ""


def given_parts(spec: TrainingJobSpec, platform: TrainingPlatform) -> Iterator[Given]:
    """What a job of a spec uses; whatever is known as an object, and keys that are text."""
    yield from _buckets(spec, platform)
    yield from _keys(spec, platform)
    if spec.vpc_config is None:
        yield Given("vpc", "platform.vpc", platform.vpc, "VpcConfig")
        for index, group in enumerate(platform.security_groups):
            yield Given("security group", f"platform.security_groups[{index}]", group, "VpcConfig")


def _buckets(spec: TrainingJobSpec, platform: TrainingPlatform) -> Iterator[Given]:
    output, checkpoint = spec.output, spec.checkpoint
    path, rule = "OutputDataConfig.S3OutputPath", "output-bucket-region"
    if output is not None and output.bucket is not None:
        yield Given("bucket", "spec.output.bucket", output.bucket, path, rule)
    elif output is None or output.s3_uri is None:
        yield Given("bucket", "platform.bucket", platform.bucket, path, rule)
    if checkpoint is not None and checkpoint.s3_uri is None:
        own = checkpoint.bucket
        field, bucket = (
            ("platform.bucket", platform.bucket) if own is None else ("spec.checkpoint.bucket", own)
        )
        yield Given("bucket", field, bucket, "CheckpointConfig.S3Uri", "checkpoint-bucket-region")
    for index, channel in enumerate(known_items(spec.channels)):
        if channel.bucket is not None:
            path = f"InputDataConfig[{index}].DataSource.S3DataSource.S3Uri"
            yield Given(
                "bucket", f"spec.channels[{index}].bucket", channel.bucket, path, "input-bucket-region"
            )


def _keys(spec: TrainingJobSpec, platform: TrainingPlatform) -> Iterator[Given]:
    """Those that the request names, and those of the buckets."""
    results = "OutputDataConfig.KmsKeyId"
    own = None if spec.output is None else spec.output.encryption_key
    if own is not None:
        yield Given("key", "spec.output.encryption_key", own, results)
    if spec.volume_encryption_key is not None:
        path = "ResourceConfig.VolumeKmsKeyId"
        yield Given("key", "spec.volume_encryption_key", spec.volume_encryption_key, path)
    yield Given("key", "platform.encryption_key", platform.encryption_key, results)
    for index, channel in enumerate(known_items(spec.channels)):
        if channel.encryption_key is not None:
            field = f"spec.channels[{index}].encryption_key"
            yield Given("key", field, channel.encryption_key, f"InputDataConfig[{index}]")
    for bucket in _buckets(spec, platform):
        key = bucket_key(bucket.part)
        if key is not None and key is not platform.encryption_key:
            yield Given("key", f"{bucket.field}.encryption_key", key, bucket.path)


_bucket_keys: WeakKeyDictionary[object, object] = WeakKeyDictionary()


def bucket_key(bucket: object) -> object:
    """The key that a bucket's objects are encrypted with, where it is known; asked of CDK once."""
    if not isinstance(bucket, Construct):
        return getattr(bucket, "encryption_key", None)
    if bucket not in _bucket_keys:
        _bucket_keys[bucket] = getattr(bucket, "encryption_key", None)
    return _bucket_keys[bucket]


def bucket_key_arn(bucket: object) -> str | None:
    """The ARN of that key."""
    key: Any = bucket_key(bucket)
    return None if key is None else key_id(key)
