"""The keys of the app's own buckets, by which objects are encrypted where the request names no key.

``OutputDataConfig.KmsKeyId`` is for results alone, those of another job under that job's key: what Debugger,
profiler and TensorBoard write is encrypted as its bucket encrypts by default. Source: S3 guide, "Setting
default server-side encryption behavior".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from constructs_lib.cdk.permissions.keys import key_permission, via_s3
from constructs_lib.cdk.permissions.permission import Permission, Request
from constructs_lib.cdk.request_parts import entries, part, place, text
from constructs_lib.runtime.content import PLACEHOLDER

__all__ = ["KeyOf", "KeysOf", "bucket_keys"]

KeyOf = Callable[[str], "str | None"]
KeysOf = Callable[[str], Iterable[str]]
_WRITTEN = ("DebugHookConfig", "ProfilerConfig", "TensorBoardOutputConfig")
_RULES = ("DebugRuleConfigurations", "ProfilerRuleConfigurations")
_READING, _WRITING = ("kms:Decrypt",), ("kms:Decrypt", "kms:GenerateDataKey")


def bucket_keys(
    request: Request, key_of: KeyOf, keys_of: KeysOf, read: frozenset[str], written: frozenset[str]
) -> Iterator[Permission]:
    """To use the keys of the buckets that the request's places lie in, and of other jobs' results, each once.

    Args:
        request: the rendered request.
        key_of: the ARN of the key of the platform's bucket, by its name; None for another bucket.
        keys_of: the keys of the results that an address names.
        read: keys that may be used to decrypt already.
        written: keys that may be used to encrypt already.
    """
    for field, uri in _written(request):
        key = _key_at(uri, key_of)
        if key is not None and key not in written:
            written, read = written | {key}, read | {key}
            yield key_permission(f"{field}: encrypt as the bucket does", key, _WRITING, via_s3())
    for field, uri in _read(request):
        key = _key_at(uri, key_of)
        if key is not None and key not in read:
            read = read | {key}
            yield key_permission(f"{field}: decrypt what the bucket encrypts", key, _READING, via_s3())
    volume = text(part(request, "ResourceConfig").get("VolumeKmsKeyId"))
    for field, uri in _read(request):
        for key in keys_of(uri) if isinstance(uri, str) else ():
            # With the volume's key the job decrypts whatever service asks.
            if key not in read and key != volume:
                read = read | {key}
                yield key_permission(f"{field}: decrypt other jobs' results", key, _READING, via_s3())


def _key_at(uri: object, key_of: KeyOf) -> str | None:
    # The bucket of an address that is one token is known to CloudFormation only.
    found = place(uri) if isinstance(uri, str) and "://" in uri else None
    return None if found is None else key_of(found.bucket)


def _written(request: Request) -> Iterator[tuple[str, object]]:
    kept = text(part(request, "CheckpointConfig").get("S3Uri"))
    yield "CheckpointConfig.S3Uri", kept.removesuffix(PLACEHOLDER) if kept else None
    for member in _WRITTEN:
        yield f"{member}.S3OutputPath", part(request, member).get("S3OutputPath")
    for member in _RULES:
        for index, rule in enumerate(entries(request.get(member))):
            yield f"{member}[{index}].S3OutputPath", rule.get("S3OutputPath")


def _read(request: Request) -> Iterator[tuple[str, object]]:
    for index, channel in enumerate(entries(request.get("InputDataConfig"))):
        source = part(channel, "DataSource", "S3DataSource")
        yield f"InputDataConfig[{index}] ({channel.get('ChannelName')})", source.get("S3Uri")
