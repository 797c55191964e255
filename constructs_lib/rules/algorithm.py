"""Rules about what is trained: an image or a named algorithm, and how its container is started."""

from __future__ import annotations

from constructs_lib.rules.job import Job
from constructs_lib.rules.rule import Hits, rule
from constructs_lib.rules.wording import shown

__all__ = ["RULES"]

_SPECIFICATION = "AlgorithmSpecification"


@rule(
    "algo-spec-required",
    "error",
    fields=("AlgorithmSpecification", "ServerlessJobConfig"),
    when_missing=("AlgorithmSpecification",),
    violated_when="AlgorithmSpecification and ServerlessJobConfig are both left out",
    message="is required: only a serverless job (ServerlessJobConfig) trains without an algorithm of its own",
    fix="set AlgorithmSpecification with TrainingInputMode, and TrainingImage or AlgorithmName",
    source="CreateTrainingJobRequest (AlgorithmSpecification is optional for serverless jobs alone)",
)
def _algo_spec_required(job: Job) -> Hits:
    if _SPECIFICATION in job.request or job.is_serverless:
        return ()
    return [((_SPECIFICATION,), {})]


@rule(
    "algo-image-xor-name",
    "error",
    fields=("AlgorithmSpecification.TrainingImage", "AlgorithmSpecification.AlgorithmName"),
    when=("AlgorithmSpecification.AlgorithmName",),
    when_missing=("AlgorithmSpecification.TrainingImage",),
    violated_when="not exactly one of TrainingImage and AlgorithmName is set",
    message="exactly one of TrainingImage and AlgorithmName must be set, got {got}: each names what trains",
    fix="set TrainingImage for a container image, or AlgorithmName for an algorithm resource or a "
    "subscription, and leave the other out",
    source='AlgorithmSpecification$AlgorithmName ("mutually exclusive")',
)
def _algo_image_xor_name(job: Job) -> Hits:
    algorithm = job.request[_SPECIFICATION]
    has_name = "AlgorithmName" in algorithm
    if has_name is not ("TrainingImage" in algorithm):
        return ()
    member, got = ("AlgorithmName", "both") if has_name else ("TrainingImage", "neither")
    return [((_SPECIFICATION, member), {"got": got})]


@rule(
    "entrypoint-with-builtin-algorithm",
    "warning",
    fields=(
        "AlgorithmSpecification.ContainerEntrypoint",
        "AlgorithmSpecification.ContainerArguments",
        "AlgorithmSpecification.TrainingImage",
        "AlgorithmSpecification.AlgorithmName",
    ),
    when=("AlgorithmSpecification.ContainerEntrypoint", "AlgorithmSpecification.ContainerArguments"),
    violated_when="ContainerEntrypoint or ContainerArguments is set with one of AWS's own algorithms or with "
    "AlgorithmName",
    message="replaces how the container of {what} is started: the algorithm itself would not run",
    fix="leave out ContainerEntrypoint and ContainerArguments, or train with an image of your own",
    source='AlgorithmSpecification$ContainerEntrypoint ("takes precedence over the default train '
    'processing")',
)
def _entrypoint_with_builtin_algorithm(job: Job) -> Hits:
    algorithm = job.request[_SPECIFICATION]
    if "AlgorithmName" in algorithm:
        what = "AlgorithmName"
    elif job.is_first_party and job.image is not None:
        what = f"AWS's algorithm {shown(job.image.repository)}"
    else:
        return
    for member in ("ContainerEntrypoint", "ContainerArguments"):
        if member in algorithm:
            yield (_SPECIFICATION, member), {"what": what}


@rule(
    "marketplace-needs-network-isolation",
    "error",
    fields=("AlgorithmSpecification.AlgorithmName", "EnableNetworkIsolation", "RoleArn"),
    when=("AlgorithmSpecification.AlgorithmName",),
    violated_when="AlgorithmName is the ARN of an algorithm of another account, so of AWS Marketplace, and "
    "EnableNetworkIsolation is not true",
    message="must be true, got {got}: AlgorithmName is an algorithm of account {owner}, one of AWS "
    "Marketplace, which trains without a network",
    fix="set EnableNetworkIsolation to true",
    source='message of the service ("EnableNetworkIsolation must be true for jobs using SageMaker '
    'Marketplace algorithms", aws/aws-cdk#16779); developer guide, mkt-algo-model-internet-free',
)
def _marketplace_needs_network_isolation(job: Job) -> Hits:
    isolation = job.get("EnableNetworkIsolation")
    if not isolation and job.is_marketplace:
        owner = job.request[_SPECIFICATION]["AlgorithmName"].split(":")[4]
        yield (
            ("EnableNetworkIsolation",),
            {"got": "nothing" if isolation is None else "false", "owner": owner},
        )


RULES = (
    _algo_spec_required,
    _algo_image_xor_name,
    _entrypoint_with_builtin_algorithm,
    _marketplace_needs_network_isolation,
)
