"""To pull images: from the repository of each, and with the credentials of a private registry.

An algorithm (``AlgorithmName``) needs nothing of the role: SageMaker pulls its image by itself. Sources:
developer guide, sagemaker-roles, docker-containers-adapt-your-own-private-registry.
"""

from __future__ import annotations

from collections.abc import Iterator

from constructs_lib.cdk.arns import repository_arn
from constructs_lib.cdk.permissions.permission import Permission, Request
from constructs_lib.cdk.request_parts import part, text

__all__ = ["images", "pull"]

_PULLING = ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")


def images(request: Request) -> Iterator[Permission]:
    """The training image."""
    algorithm = part(request, "AlgorithmSpecification")
    yield from pull("AlgorithmSpecification.TrainingImage", algorithm.get("TrainingImage"))
    access = part(algorithm, "TrainingImageConfig", "TrainingRepositoryAuthConfig")
    function = text(access.get("TrainingRepositoryCredentialsProviderArn"))
    if function:
        reason = "AlgorithmSpecification.TrainingImageConfig: ask for the registry's credentials"
        yield Permission(reason, ("lambda:InvokeFunction",), (function,))


def pull(field: str, image: object) -> Iterator[Permission]:
    """To pull an image of ECR, in whatever account its repository is.

    Args:
        field: the request's member that names the image.
        image: its address; nothing is needed for one that is not (visibly) in ECR.
    """
    address = text(image)
    arn = repository_arn(address) if address else None
    if arn is None:
        return
    yield Permission(f"{field}: pull the image", _PULLING, (arn,))
    reason = f"{field}: log in to ECR (it has no resource to name)"
    yield Permission(reason, ("ecr:GetAuthorizationToken",), ("*",))
