"""Rules about where the training image is pulled from."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.rules.requests import TOKEN, found

PRIVATE = "reg.example.com/team/train:1"
AUTH = {"TrainingRepositoryCredentialsProviderArn": "arn:aws:lambda:us-west-2:123456789012:function:creds"}
VPC = {
    "VpcConfig": {
        "SecurityGroupIds": ["sg-0123456789abcdef0"],
        "Subnets": ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
    }
}
ACCESS_MODE = "AlgorithmSpecification.TrainingImageConfig.TrainingRepositoryAccessMode"


def pulled(mode: str | None = None, auth: Any = None, **members: Any) -> dict[str, Any]:
    config = {"TrainingRepositoryAccessMode": mode, "TrainingRepositoryAuthConfig": auth}
    return {"AlgorithmSpecification": {**members, "TrainingImageConfig": config if mode else None}}


CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "private-registry-needs-vpc-access-mode": (
        {**pulled("Vpc", TrainingImage=PRIVATE), **VPC},
        pulled(TrainingImage=PRIVATE),
    ),
    "private-registry-needs-vpc-config": (
        {**pulled("Vpc", TrainingImage=PRIVATE), **VPC},
        pulled("Vpc", TrainingImage=PRIVATE),
    ),
    "training-image-config-needs-image": (
        {},
        pulled("Platform", TrainingImage=None, AlgorithmName="my-algo"),
    ),
    "repository-auth-needs-vpc-mode": (
        {**pulled("Vpc", AUTH, TrainingImage=PRIVATE), **VPC},
        pulled("Platform", AUTH),
    ),
    "ecr-image-with-vpc-access-mode": ({}, {**pulled("Vpc"), **VPC}),
}


@pytest.mark.parametrize(("mode", "got"), [(None, "nothing"), ("Platform", "Platform")])
def test_a_private_registry_is_reached_through_a_vpc(mode: str | None, got: str) -> None:
    rule = "private-registry-needs-vpc-access-mode"
    assert found(rule, pulled(mode, TrainingImage=PRIVATE)) == [
        (
            "error",
            ACCESS_MODE,
            f"must be Vpc for an image outside ECR ({PRIVATE!r}), got {got}: SageMaker reaches other "
            "registries "
            "through your VPC only",
        )
    ]


@pytest.mark.parametrize(
    "image", ["ubuntu", "library/ubuntu:22.04", "public.ecr.aws/a/b:1", "docker.io/a/b:1"]
)
def test_public_registries_are_no_ecr_either(image: str) -> None:
    assert len(found("private-registry-needs-vpc-access-mode", pulled(TrainingImage=image))) == 1


@pytest.mark.parametrize(
    "fragment",
    [
        pulled("Vpc", TrainingImage=PRIVATE),
        pulled(TrainingImage=TOKEN),
        pulled(TOKEN, TrainingImage=PRIVATE),
        {"AlgorithmSpecification": {"TrainingImage": PRIVATE, "TrainingImageConfig": TOKEN}},
        pulled(TrainingImage="123456789012.dkr-ecr.us-west-2.on.aws/train:1"),
        pulled(TrainingImage=None, AlgorithmName="mine"),
    ],
)
def test_an_image_that_can_be_pulled_or_is_not_known(fragment: dict[str, Any]) -> None:
    assert found("private-registry-needs-vpc-access-mode", fragment) == []


def test_access_through_a_vpc_needs_one() -> None:
    rule = "private-registry-needs-vpc-config"
    assert found(rule, pulled("Vpc", TrainingImage=PRIVATE)) == [
        (
            "error",
            "VpcConfig",
            "is required with TrainingRepositoryAccessMode Vpc: the registry is reached through it",
        )
    ]
    assert found(rule, pulled("Platform")) == []
    assert found(rule, pulled(TOKEN)) == []
    assert found(rule, {**pulled("Vpc"), "VpcConfig": TOKEN}) == []


def test_how_an_image_is_pulled_needs_an_image() -> None:
    rule = "training-image-config-needs-image"
    assert found(rule, pulled(TOKEN, TrainingImage=None, AlgorithmName=TOKEN)) == [
        (
            "error",
            "AlgorithmSpecification.TrainingImageConfig",
            "can be set with TrainingImage only, which is left out: it says how that image is pulled",
        )
    ]
    assert found(rule, pulled("Platform", TrainingImage=TOKEN)) == []


def test_credentials_are_for_private_registries() -> None:
    rule = "repository-auth-needs-vpc-mode"
    assert found(rule, pulled("Platform", AUTH)) == [
        (
            "error",
            "AlgorithmSpecification.TrainingImageConfig.TrainingRepositoryAuthConfig",
            "can be set with TrainingRepositoryAccessMode Vpc only, got Platform: it is for private "
            "registries",
        )
    ]
    assert len(found(rule, pulled("Platform", TOKEN))) == 1
    assert found(rule, pulled(TOKEN, AUTH)) == []


def test_ecr_needs_no_vpc() -> None:
    rule = "ecr-image-with-vpc-access-mode"
    [(severity, path, message)] = found(rule, {**pulled("Vpc"), **VPC})
    assert (severity, path) == ("warning", ACCESS_MODE)
    assert message == (
        "is Vpc, and '123456789012.dkr.ecr.us-west-2.amazonaws.com/train:1.0' is in ECR, where Platform is "
        "what "
        "images are pulled with by default: Vpc is for private registries"
    )
    assert found(rule, pulled("Vpc", TrainingImage=PRIVATE)) == []
    assert found(rule, pulled("Vpc", TrainingImage=TOKEN)) == []
    assert found(rule, pulled(TOKEN)) == []
