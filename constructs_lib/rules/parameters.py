"""Rules about hyperparameters and environment: secrets that would be readable, and names that are taken."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from constructs_lib.rules.job import Job
from constructs_lib.rules.rule import Hits, Path, rule
from constructs_lib.rules.texts import map_texts, quick_text, raw_member, text_of
from constructs_lib.rules.wording import holds_credential

__all__ = ["RULES", "SECRETS"]

_CREDENTIAL_MARKS = ("AKIA", "ASIA", "PRIVATE KEY")
_CREDENTIAL_WORDS = (
    "holds an AWS access key id or a private key (not shown): whoever may describe the job, or read "
    "its logs, "
    "gets it"
)
_CREDENTIAL_FIX = (
    "take it out and revoke it; the job gets credentials from its execution role, and other secrets "
    "from Secrets "
    "Manager at run time"
)


def _credentials(job: Job, name: str) -> Hits:
    quick = quick_text(job, name)
    if quick is None or any(mark in quick for mark in _CREDENTIAL_MARKS):
        for path, text in map_texts(job, name):
            if holds_credential(text):
                yield path, {}


@rule(
    "hyperparameter-credentials",
    "error",
    fields=("HyperParameters",),
    doubts=("HyperParameterKey", "HyperParameterValue"),
    violated_when="a key or value contains an AWS access key id or a private key block",
    message=_CREDENTIAL_WORDS,
    fix=_CREDENTIAL_FIX,
    source='CreateTrainingJobRequest$HyperParameters ("Do not include any security-sensitive information")',
)
def _hyperparameter_credentials(job: Job) -> Hits:
    return _credentials(job, "HyperParameters")


@rule(
    "environment-credentials",
    "error",
    fields=("Environment",),
    doubts=("TrainingEnvironmentKey", "TrainingEnvironmentValue"),
    violated_when="a key or value contains an AWS access key id or a private key block",
    message=_CREDENTIAL_WORDS,
    fix=_CREDENTIAL_FIX,
    source='CreateTrainingJobRequest$Environment ("Do not include any security-sensitive information")',
)
def _environment_credentials(job: Job) -> Hits:
    return _credentials(job, "Environment")


_TOOLKIT_KEYS = ("sagemaker_", "_tuning_objective_metric", "_kfold_tuning_objective_metric")


def _keys(job: Job, name: str) -> list[str]:
    """The keys of a map as they were given: what starts with known text does so whatever follows."""
    given = raw_member(job, name)
    return [key for key in given if isinstance(key, str)] if isinstance(given, Mapping) else []


@rule(
    "hyperparameter-reserved-keys",
    "warning",
    fields=("HyperParameters",),
    doubts=("HyperParameterKey",),
    violated_when="a key starts with sagemaker_, _tuning_objective_metric or _kfold_tuning_objective_metric",
    message=(
        "is a name that SageMaker's toolkits and tuning keep for themselves (prefix {prefix}): a "
        "training script "
        "may not get it, or it changes how the container runs"
    ),
    fix="use another name, unless it is meant for the toolkit (script mode), then acknowledge it",
    source=(
        "sagemaker-training-toolkit, params; developer guide, debugger-built-in-rules-api (sagemaker_program)"
    ),
)
def _hyperparameter_reserved_keys(job: Job) -> Hits:
    for key in _keys(job, "HyperParameters"):
        if key.startswith(_TOOLKIT_KEYS):
            yield ("HyperParameters", key), {"prefix": next(p for p in _TOOLKIT_KEYS if key.startswith(p))}


_PLATFORM_KEYS = ("AWS_", "SAGEMAKER_", "SM_")
_PLATFORM_NAMES = ("TRAINING_JOB_NAME", "TRAINING_JOB_ARN")


@rule(
    "environment-reserved-keys",
    "warning",
    fields=("Environment",),
    doubts=("TrainingEnvironmentKey",),
    violated_when="a key starts with AWS_, SAGEMAKER_ or SM_, or is TRAINING_JOB_NAME or TRAINING_JOB_ARN",
    message=(
        "is a name that the platform or its toolkit sets itself (AWS_, SAGEMAKER_, SM_, TRAINING_JOB_NAME, "
        "TRAINING_JOB_ARN): one of the two values is lost"
    ),
    fix="use another name, unless it is meant to set the toolkit's own behaviour, then acknowledge it",
    source=(
        "developer guide, your-algorithms-training-algo-running-container; sagemaker-training-toolkit, "
        "ENVIRONMENT_VARIABLES"
    ),
)
def _environment_reserved_keys(job: Job) -> Hits:
    for key in _keys(job, "Environment"):
        if key.startswith(_PLATFORM_KEYS) or key in _PLATFORM_NAMES:
            yield ("Environment", key), {}


@rule(
    "hyperparameter-key-nonempty",
    "warning",
    fields=("HyperParameters",),
    doubts=("HyperParameterKey",),
    violated_when="a key is empty",
    message="has an empty key, which no script can ask for; it should have 1 to 256 characters",
    fix="give the hyperparameter a name, or leave it out",
    source="HyperParameterKey (its least length is 0)",
)
def _hyperparameter_key_nonempty(job: Job) -> Hits:
    given = raw_member(job, "HyperParameters")
    if isinstance(given, Mapping) and "" in given:
        yield ("HyperParameters", ""), {}


SECRETS = {
    "{{resolve:secretsmanager:": "a secret of Secrets Manager",
    "{{resolve:ssm-secure:": "a SecureString parameter of Systems Manager",
}
_MARK = "{{resolve:s"  # how they all begin


def _readable_texts(job: Job) -> Iterator[tuple[Path, str]]:
    """The texts that may hold a secret, with their paths; all others are passed over as fast as can be."""
    for name in ("HyperParameters", "Environment"):
        quick = quick_text(job, name)
        if quick is None or _MARK in quick:
            yield from map_texts(job, name)
    for name in ("ContainerEntrypoint", "ContainerArguments"):
        yield from _item_texts(
            raw_member(job, "AlgorithmSpecification", name), ("AlgorithmSpecification", name)
        )
    yield from _item_texts(raw_member(job, "Tags"), ("Tags",))


def _item_texts(given: Any, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(given, (list, tuple)):
        for index, item in enumerate(given):
            if type(item) is dict and ("Key" in item or "Value" in item):
                yield from _tag_texts(item, (*path, index))
            elif type(item) is not str or _MARK in item:
                yield (*path, index), text_of(item)
    elif given is not None:
        yield path, text_of(given)


def _tag_texts(tag: dict[str, Any], path: Path) -> Iterator[tuple[Path, str]]:
    for member, text in tag.items():
        if type(text) is not str or _MARK in text:
            yield (*path, member), text_of(text)


@rule(
    "secret-in-plain-parameter",
    "error",
    fields=(
        "HyperParameters",
        "Environment",
        "Tags",
        "AlgorithmSpecification.ContainerEntrypoint",
        "AlgorithmSpecification.ContainerArguments",
    ),
    doubts=(
        "HyperParameterKey",
        "HyperParameterValue",
        "TrainingEnvironmentKey",
        "TrainingEnvironmentValue",
        "TagKey",
        "TagValue",
        "TrainingContainerEntrypointString",
        "TrainingContainerArgument",
    ),
    violated_when=(
        "a dynamic reference to a secret ({{resolve:secretsmanager:...}}, "
        "{{resolve:ssm-secure:...}}) is in a "
        "member that anyone who may describe the job can read"
    ),
    message=(
        "refers to {secret}: CloudFormation puts the secret itself in its place, and "
        "DescribeTrainingJob shows it "
        "as plain text"
    ),
    fix="pass the secret's name or ARN, and let the script read it with the execution role",
    source=(
        'CreateTrainingJobRequest$Environment ("Do not include any security-sensitive information"); '
        "CloudFormation user guide, dynamic-references"
    ),
)
def _secret_in_plain_parameter(job: Job) -> Hits:
    for path, text in _readable_texts(job):
        for mark, secret in SECRETS.items():
            if mark in text:
                yield path, {"secret": secret}


RULES = (
    _hyperparameter_credentials,
    _environment_credentials,
    _hyperparameter_reserved_keys,
    _environment_reserved_keys,
    _hyperparameter_key_nonempty,
    _secret_in_plain_parameter,
)
