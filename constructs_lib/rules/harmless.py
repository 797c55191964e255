"""Values in which no rule can find a fault, by shape: rules that are about others are then not run.

Most values of most requests are such, and the service model's check has to look at each of them anyway. A
form here is narrower than what the service takes, and without braces and plus signs, which tokens have.
"""

from __future__ import annotations

from constructs_lib.service_model.create_training_job import SHAPES
from constructs_lib.spec.instance_types import has_local_nvme_or_none

__all__ = ["HARMLESS", "QUICK"]

# An access key id has 20 characters, the head of a private key more: shorter text holds neither.
_SHORT = 19

_TEXTS = {
    # Buckets without dots and without the doubled hyphens of S3's reserved prefixes and suffixes.
    "S3Uri": r"s3://(?![a-z0-9-]*--)[a-z0-9][a-z0-9-]{1,61}[a-z0-9](?:/[!-*,-z]{0,900})?",
    "AlgorithmImage": (
        r"[0-9]{12}\.dkr\.ecr\.[a-z0-9-]{1,30}\.amazonaws\.com(?:\.cn)?/[a-z0-9][a-z0-9._/-]{0,100}"
        r":(?!latest)[A-Za-z0-9_][A-Za-z0-9_.-]{0,70}"
    ),
    "HyperParameterKey": rf"(?!sagemaker_|_)[A-Za-z0-9_.:/-]{{1,{_SHORT}}}",
    "HyperParameterValue": rf"[ -z]{{0,{_SHORT}}}",
    "TrainingEnvironmentKey": (
        rf"(?!AWS_|SAGEMAKER_|SM_|TRAINING_JOB_)[A-Za-z_][A-Za-z0-9_]{{0,{_SHORT - 1}}}"
    ),
    "TrainingEnvironmentValue": rf"[ -z]{{0,{_SHORT}}}",
    "TagKey": r"[A-Za-z0-9 _./=@-]{1,128}",
    "TagValue": r"[A-Za-z0-9 _.:/=@-]{0,256}",
    "TrainingContainerEntrypointString": r"[ -*,-z]{0,256}",
    "TrainingContainerArgument": r"[ -*,-z]{0,256}",
    "SecurityGroupId": "sg-[0-9a-f]{8,17}",
    "SubnetId": "subnet-[0-9a-f]{8,17}",
    "ContentType": r"(?! *(?i:application/x-sagemaker))[A-Za-z0-9 ./;=_-]{0,256}",
}
_VALUES = {
    "S3DataType": ("S3Prefix",),
    "S3DataDistribution": ("FullyReplicated",),
    "CompressionType": ("None",),
    "RecordWrapper": ("None",),
    "TrainingInstanceType": tuple(
        name for name in SHAPES["TrainingInstanceType"]["enum"] if has_local_nvme_or_none(name) is False
    ),
}
# Of numbers their value, of lists and structures how many entries they have.
_RANGES = {
    "MaxRuntimeInSeconds": (1, 5 * 86_400),
    "TrainingInstanceCount": (1, 1),
    "OptionalVolumeSizeInGB": (1, 16_384),
    "InputDataConfig": (1, 1),
    "TagList": (0, 1),
    "DataSource": (1, 1),
}

HARMLESS: dict[str, object] = {
    **_TEXTS,
    **{name: frozenset(values) for name, values in _VALUES.items()},
    **_RANGES,
}
"""By shape: a pattern for text, a set of values, or the least and the most."""

QUICK: dict[str, str] = {
    # The service's own form repeats a group a letter at a time, which costs five times as much.
    "TrainingJobName": r"[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?",
    "RoleArn": r"arn:aws[a-z-]*:iam::[0-9]{12}:role/[a-zA-Z0-9_=,.@/-]{1,500}",
}
"""By shape: a narrower form that is quicker to see; what does not have it is looked at closely."""
