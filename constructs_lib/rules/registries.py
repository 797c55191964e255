"""Rules about where the training image is pulled from: ECR, or a private registry inside a VPC."""

from __future__ import annotations

from constructs_lib.rules.job import Job
from constructs_lib.rules.rule import Hits, rule
from constructs_lib.rules.wording import shown

__all__ = ["RULES"]

_CONFIG = ("AlgorithmSpecification", "TrainingImageConfig")
_CONFIG_FIELD = "AlgorithmSpecification.TrainingImageConfig"
_MODE_FIELD = "AlgorithmSpecification.TrainingImageConfig.TrainingRepositoryAccessMode"
_AUTH_FIELD = "AlgorithmSpecification.TrainingImageConfig.TrainingRepositoryAuthConfig"
_IMAGE_FIELD = "AlgorithmSpecification.TrainingImage"


@rule(
    "private-registry-needs-vpc-access-mode",
    "error",
    fields=(_IMAGE_FIELD, _MODE_FIELD),
    doubts=("AlgorithmImage",),
    violated_when="TrainingImage is no image in ECR and TrainingRepositoryAccessMode is not Vpc",
    message="must be Vpc for an image outside ECR ({image}), got {got}: SageMaker reaches other registries "
    "through your VPC only",
    fix="set TrainingImageConfig.TrainingRepositoryAccessMode to Vpc, with VpcConfig, or copy the image to "
    "ECR",
    source='message of the service ("TrainingImageConfig with TrainingRepositoryAccessMode set to VPC must '
    'be provided when using a training image from a private Docker registry", '
    "aws-samples/amazon-sagemaker-tensorflow-object-detection-api#9)",
)
def _private_registry_needs_vpc_access_mode(job: Job) -> Hits:
    if job.image is None or job.image.account is not None:
        return ()
    uri = job.request["AlgorithmSpecification"]["TrainingImage"]
    mode = job.get(*_CONFIG, "TrainingRepositoryAccessMode")
    if mode == "Vpc" or uri.split() != [uri]:  # what is no uri has a rule of its own
        return ()
    got = "nothing" if mode is None else mode
    return [((*_CONFIG, "TrainingRepositoryAccessMode"), {"image": shown(uri), "got": got})]


@rule(
    "private-registry-needs-vpc-config",
    "error",
    fields=(_MODE_FIELD, "VpcConfig"),
    when=(_MODE_FIELD,),
    violated_when="TrainingRepositoryAccessMode is Vpc and VpcConfig is left out",
    message="is required with TrainingRepositoryAccessMode Vpc: the registry is reached through it",
    fix="set VpcConfig with the subnets and security groups that reach the registry, or leave out "
    "TrainingImageConfig for an image in ECR",
    source='developer guide, docker-containers-adapt-your-own-private-registry ("Input VpcConfig")',
)
def _private_registry_needs_vpc_config(job: Job) -> Hits:
    if "VpcConfig" not in job.request and job.get(*_CONFIG, "TrainingRepositoryAccessMode") == "Vpc":
        yield ("VpcConfig",), {}


@rule(
    "training-image-config-needs-image",
    "error",
    fields=(_CONFIG_FIELD, _IMAGE_FIELD),
    when=(_CONFIG_FIELD,),
    violated_when="TrainingImageConfig is set and TrainingImage is left out",
    message="can be set with TrainingImage only, which is left out: it says how that image is pulled",
    fix="leave out TrainingImageConfig, or set TrainingImage in place of AlgorithmName",
    source='SageMaker Python SDK ("training_image must be provided when using training_image_config")',
)
def _training_image_config_needs_image(job: Job) -> Hits:
    if "TrainingImage" not in job.request["AlgorithmSpecification"]:
        yield _CONFIG, {}


@rule(
    "repository-auth-needs-vpc-mode",
    "error",
    fields=(_AUTH_FIELD, _MODE_FIELD),
    when=(_AUTH_FIELD,),
    violated_when="TrainingRepositoryAuthConfig is set and TrainingRepositoryAccessMode is Platform",
    message="can be set with TrainingRepositoryAccessMode Vpc only, got Platform: it is for private "
    "registries",
    fix="set TrainingRepositoryAccessMode to Vpc, or leave out TrainingRepositoryAuthConfig for an image "
    "in ECR",
    source="TrainingRepositoryAuthConfig; developer guide, docker-containers-adapt-your-own-private-registry",
    verified=False,
)
def _repository_auth_needs_vpc_mode(job: Job) -> Hits:
    if job.get(*_CONFIG, "TrainingRepositoryAccessMode") == "Platform":
        yield (*_CONFIG, "TrainingRepositoryAuthConfig"), {}


@rule(
    "ecr-image-with-vpc-access-mode",
    "warning",
    fields=(_MODE_FIELD, _IMAGE_FIELD),
    when=(_MODE_FIELD,),
    violated_when="TrainingRepositoryAccessMode is Vpc and TrainingImage is an image in ECR",
    message="is Vpc, and {image} is in ECR, where Platform is what images are pulled with by default: Vpc is "
    "for private registries",
    fix="leave out TrainingImageConfig",
    source="TrainingImageConfig$TrainingRepositoryAccessMode",
)
def _ecr_image_with_vpc_access_mode(job: Job) -> Hits:
    mode = job.get(*_CONFIG, "TrainingRepositoryAccessMode")
    if mode == "Vpc" and job.image is not None and job.image.is_ecr:
        uri = job.request["AlgorithmSpecification"]["TrainingImage"]
        yield (*_CONFIG, "TrainingRepositoryAccessMode"), {"image": shown(uri)}


RULES = (
    _private_registry_needs_vpc_access_mode,
    _private_registry_needs_vpc_config,
    _training_image_config_needs_image,
    _repository_auth_needs_vpc_mode,
    _ecr_image_with_vpc_access_mode,
)
