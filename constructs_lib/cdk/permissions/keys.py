"""KMS keys, by what each is used for.

Sources: developer guide, sagemaker-roles; CreateTrainingJob, OutputDataConfig.KmsKeyId and
ResourceConfig.VolumeKmsKeyId; the EBS guide on what an encrypted volume needs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from constructs_lib.cdk.arns import KeyTarget
from constructs_lib.cdk.permissions.permission import Permission, Request
from constructs_lib.cdk.pseudo_parameters import region, url_suffix
from constructs_lib.cdk.request_parts import part, text

__all__ = ["key_permission", "keys", "via_s3"]


def keys(request: Request, input_keys: Iterable[str], checkpoint_key: str | None) -> Iterator[Permission]:
    """The keys of inputs, checkpoints, results and volumes."""
    for key in input_keys:
        yield key_permission("InputDataConfig: decrypt what is encrypted", key, ("kms:Decrypt",), via_s3())
    if checkpoint_key and "CheckpointConfig" in request:
        encrypting = ("kms:Decrypt", "kms:GenerateDataKey")
        yield key_permission(
            "CheckpointConfig.S3Uri: encrypt checkpoints", checkpoint_key, encrypting, via_s3()
        )
    output = text(part(request, "OutputDataConfig").get("KmsKeyId"))
    if output:
        actions = ("kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey")
        yield key_permission("OutputDataConfig.KmsKeyId: encrypt results", output, actions)
    yield from _volume(text(part(request, "ResourceConfig").get("VolumeKmsKeyId")))


def _volume(key: str | None) -> Iterator[Permission]:
    if key:
        reason = "ResourceConfig.VolumeKmsKeyId"
        grant = {"Bool": {"kms:GrantIsForAWSResource": "true"}}
        yield key_permission(f"{reason}: let the volume use the key", key, ("kms:CreateGrant",), grant)
        actions = ("kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKeyWithoutPlaintext")
        yield key_permission(f"{reason}: encrypt the volume", key, actions)


def via_s3() -> dict[str, dict[str, Any]]:
    """The condition that S3 of the stack's region uses the key."""
    return {"StringEquals": {"kms:ViaService": f"s3.{region()}.{url_suffix()}"}}


def key_permission(
    reason: str, key: str, actions: tuple[str, ...], conditions: Mapping[str, Mapping[str, Any]] | None = None
) -> Permission:
    """To use a key, however it is named: see `KeyTarget`."""
    target = KeyTarget.parse(key)
    return Permission(reason, actions, (target.resource,), {**(conditions or {}), **target.conditions})
