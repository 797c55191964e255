"""The whole derivation: every field of the request that something must be allowed for, topic by topic."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from constructs_lib.cdk.permissions.bucket_keys import KeyOf, KeysOf, bucket_keys
from constructs_lib.cdk.permissions.debugging import debugging
from constructs_lib.cdk.permissions.every_job import every_job
from constructs_lib.cdk.permissions.images import images
from constructs_lib.cdk.permissions.inputs import inputs
from constructs_lib.cdk.permissions.keys import keys
from constructs_lib.cdk.permissions.known import known_before
from constructs_lib.cdk.permissions.network import network
from constructs_lib.cdk.permissions.outputs import outputs
from constructs_lib.cdk.permissions.permission import Permission, Request
from constructs_lib.cdk.permissions.serverless import serverless
from constructs_lib.cdk.permissions.tracking import tracking
from constructs_lib.cdk.request_parts import part, text

__all__ = ["execution_permissions"]


def execution_permissions(
    request: Request,
    *,
    input_keys: Sequence[str] = (),
    manifest_data: Mapping[str, Sequence[str]] | None = None,
    checkpoint_key: str | None = None,
    job_names: str = "*",
    key_of: KeyOf = lambda _: None,
    keys_of: KeysOf = lambda _: (),
) -> list[Permission]:
    """The permissions of the role that a job runs under.

    What a state machine's expression stands for is known to the execution alone, so nothing is derived of it;
    of a place in S3 whose bucket is written out, any key that its literal text allows.

    Args:
        request: the rendered CreateTrainingJob request, so that members which come by ``overrides`` are in it
            too; tokens may stand anywhere.
        input_keys: KMS keys of encrypted inputs (no field of the request names them).
        manifest_data: where the objects lie that a channel's manifest names, as ``s3://bucket/prefix`` each,
            by the channel's name; anywhere in the manifest's bucket for a channel that is not in it.
        checkpoint_key: the KMS key of the checkpoints' bucket, which encrypts them.
        job_names: the pattern of the names that the jobs will have; results may be written below it only.
        key_of: the ARN of the key by which a bucket encrypts, by the bucket's name, where it is known.
        keys_of: the keys of the results of other jobs that an address names.

    Returns:
        In a fixed order, topic by topic; several fields may ask for the same thing, each with its reason.
    """
    given = (request, [*input_keys], manifest_data or {}, checkpoint_key)
    request, named_keys, manifest_data, checkpoint_key = known_before(given)
    input_keys, checkpoint_key = [key for key in named_keys if text(key)], text(checkpoint_key)
    return [
        *every_job(),
        *images(request),
        *inputs(request, manifest_data),
        *outputs(request, job_names),
        *keys(request, input_keys, checkpoint_key),
        *network(request),
        *debugging(request, job_names),
        *tracking(request, job_names),
        *serverless(request, job_names),
        *_bucket_keys(request, (key_of, keys_of), input_keys, checkpoint_key),
    ]


def _bucket_keys(
    request: Request, known: tuple[KeyOf, KeysOf], input_keys: Sequence[str], checkpoint_key: str | None
) -> Iterator[Permission]:
    """What is left to grant after the keys that the request, its channels and checkpoints name."""
    output = text(part(request, "OutputDataConfig").get("KmsKeyId"))
    written = frozenset(key for key in (output, checkpoint_key) if key)
    yield from bucket_keys(request, *known, written | frozenset(input_keys), written)
