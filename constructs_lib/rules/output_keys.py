"""Rules about the key that encrypts a job's artifacts."""

from __future__ import annotations

from constructs_lib.rules.job import Job
from constructs_lib.rules.key_forms import is_alias, is_key
from constructs_lib.rules.rule import Hits, rule
from constructs_lib.rules.wording import shown

__all__ = ["RULES"]

_PATH = ("OutputDataConfig", "KmsKeyId")


@rule(
    "output-kms-key-form",
    "error",
    fields=("OutputDataConfig.KmsKeyId",),
    violated_when="KmsKeyId is no key id, key ARN, alias/... or ARN of an alias; an empty text counts as "
    "left out",
    message="must be the id or ARN of a KMS key, alias/NAME or an alias's ARN, got {key}",
    fix="set the key's id or ARN, or alias/ and the alias's name",
    source="OutputDataConfig$KmsKeyId (four formats)",
)
def _output_kms_key_form(job: Job) -> Hits:
    key = job.section("OutputDataConfig")["KmsKeyId"]
    if key and not (is_key(key) or is_alias(key)):
        yield _PATH, {"key": shown(key)}


@rule(
    "output-kms-not-on-express",
    "error",
    fields=("OutputDataConfig.KmsKeyId", "OutputDataConfig.S3OutputPath"),
    when=("OutputDataConfig.KmsKeyId",),
    violated_when="KmsKeyId is set and the output lies in a directory bucket of S3 Express One Zone",
    message="cannot be set with the directory bucket {bucket}: S3 Express One Zone encrypts with keys of "
    "its own",
    fix="leave out OutputDataConfig.KmsKeyId, or write to a general purpose bucket",
    source='OutputDataConfig$KmsKeyId ("KMS key is not supported for Amazon S3 Express One Zone")',
)
def _output_kms_not_on_express(job: Job) -> Hits:
    output = job.section("OutputDataConfig")
    if output["KmsKeyId"]:
        # An https address has the bucket in its first label; the names of directory buckets have no dots.
        bucket = output["S3OutputPath"].partition("://")[2].partition("/")[0].partition(".")[0]
        if bucket.endswith(("--x-s3", "--xa-s3")):  # the bucket itself, or an access point of one
            yield _PATH, {"bucket": shown(bucket)}


@rule(
    "output-not-encrypted-with-cmk",
    "warning",
    fields=("OutputDataConfig.KmsKeyId",),
    when=("OutputDataConfig.KmsKeyId",),
    when_missing=("OutputDataConfig.KmsKeyId",),
    violated_when="KmsKeyId is left out, empty, or AWS's own key for S3 (alias/aws/...)",
    message="got {key}: the model artifacts are encrypted with a key whose policy and use are not yours to "
    "control",
    fix="set OutputDataConfig.KmsKeyId to a customer managed key, or acknowledge this (a directory bucket "
    "takes none)",
    source="OutputDataConfig$KmsKeyId; developer guide, encryption-at-rest",
)
def _output_not_encrypted_with_cmk(job: Job) -> Hits:
    key = job.get("OutputDataConfig", "KmsKeyId")
    if not key:
        return ((_PATH, {"key": "no key"}),)
    theirs = key.startswith("alias/aws/") or ":alias/aws/" in key
    return ((_PATH, {"key": shown(key)}),) if theirs else ()


RULES = (
    _output_kms_key_form,
    _output_kms_not_on_express,
    _output_not_encrypted_with_cmk,
)
