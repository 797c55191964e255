"""Rules about what is trained, and how its container is started."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.rules.requests import TOKEN, found

BUILT_IN = "174872318107.dkr.ecr.us-west-2.amazonaws.com/linear-learner:1"
THEIRS = "arn:aws:sagemaker:us-west-2:594846645681:algorithm/mkt-algo"
SERVERLESS = {
    "AlgorithmSpecification": None,
    "ResourceConfig": None,
    "StoppingCondition": None,
    "ServerlessJobConfig": {
        "BaseModelArn": "arn:aws:sagemaker:us-west-2:aws:hub-content/SageMakerPublicHub/Model/m",
        "JobType": "FineTuning",
        "CustomizationTechnique": "SFT",
        "AcceptEula": True,
    },
    "ModelPackageConfig": {
        "ModelPackageGroupArn": "arn:aws:sagemaker:us-west-2:123456789012:model-package-group/grp"
    },
}


def algorithm(**members: Any) -> dict[str, Any]:
    return {"AlgorithmSpecification": members}


CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "algo-spec-required": (SERVERLESS, {"AlgorithmSpecification": None}),
    "algo-image-xor-name": (
        algorithm(TrainingImage=None, AlgorithmName="my-algo"),
        algorithm(AlgorithmName="my-algo"),
    ),
    "entrypoint-with-builtin-algorithm": (
        algorithm(ContainerEntrypoint=["python", "train.py"]),
        algorithm(TrainingImage=BUILT_IN, ContainerEntrypoint=["python", "x.py"]),
    ),
    "marketplace-needs-network-isolation": (
        {**algorithm(TrainingImage=None, AlgorithmName=THEIRS), "EnableNetworkIsolation": True},
        algorithm(TrainingImage=None, AlgorithmName=THEIRS),
    ),
}


def test_a_job_needs_an_algorithm_unless_it_is_serverless() -> None:
    assert found("algo-spec-required", {"AlgorithmSpecification": None}) == [
        (
            "error",
            "AlgorithmSpecification",
            "is required: only a serverless job (ServerlessJobConfig) trains without an algorithm of its own",
        )
    ]
    assert found("algo-spec-required", {}) == []
    assert found("algo-spec-required", SERVERLESS) == []
    assert found("algo-spec-required", {**SERVERLESS, "ServerlessJobConfig": TOKEN}) == []


@pytest.mark.parametrize("name", ["my-algo", TOKEN])
def test_image_and_name_are_exclusive_whatever_they_are(name: str) -> None:
    assert found("algo-image-xor-name", algorithm(AlgorithmName=name)) == [
        (
            "error",
            "AlgorithmSpecification.AlgorithmName",
            "exactly one of TrainingImage and AlgorithmName must be set, got both: each names what trains",
        )
    ]


def test_neither_image_nor_name() -> None:
    [(_, path, message)] = found("algo-image-xor-name", algorithm(TrainingImage=None))
    assert path == "AlgorithmSpecification.TrainingImage"
    assert "got neither" in message
    assert found("algo-image-xor-name", algorithm(TrainingImage=TOKEN)) == []
    assert found("algo-image-xor-name", {"AlgorithmSpecification": TOKEN}) == []


def test_an_entrypoint_replaces_an_algorithm() -> None:
    rule = "entrypoint-with-builtin-algorithm"
    both = algorithm(TrainingImage=BUILT_IN, ContainerEntrypoint=["sh"], ContainerArguments=["-c"])
    assert found(rule, both) == [
        (
            "warning",
            f"AlgorithmSpecification.{member}",
            "replaces how the container of AWS's algorithm 'linear-learner' is started: the algorithm itself "
            "would not run",
        )
        for member in ("ContainerEntrypoint", "ContainerArguments")
    ]
    assert found(rule, algorithm(TrainingImage=TOKEN, ContainerEntrypoint=["sh"])) == []


def test_an_entrypoint_replaces_a_named_algorithm() -> None:
    rule = "entrypoint-with-builtin-algorithm"
    [(_, path, message)] = found(
        rule, algorithm(TrainingImage=None, AlgorithmName="a", ContainerArguments=["-c"])
    )
    assert path == "AlgorithmSpecification.ContainerArguments"
    assert "of AlgorithmName is started" in message


@pytest.mark.parametrize(
    "image",
    [
        "123456789012.dkr.ecr.us-west-2.amazonaws.com/linear-learner:1",  # a copy of it
        "763104351884.dkr.ecr.us-west-2.amazonaws.com/pytorch-training:2.0.0-cpu-py310",
    ],
)
def test_other_images_take_an_entrypoint(image: str) -> None:
    assert (
        found(
            "entrypoint-with-builtin-algorithm",
            algorithm(TrainingImage=image, ContainerEntrypoint=["python", "x.py"]),
        )
        == []
    )


@pytest.mark.parametrize(("isolation", "got"), [(None, "nothing"), (False, "false")])
def test_a_marketplace_algorithm_is_isolated(isolation: bool | None, got: str) -> None:
    fragment = {
        **algorithm(TrainingImage=None, AlgorithmName=THEIRS),
        "EnableNetworkIsolation": isolation,
    }
    assert found("marketplace-needs-network-isolation", fragment) == [
        (
            "error",
            "EnableNetworkIsolation",
            f"must be true, got {got}: AlgorithmName is an algorithm of account 594846645681, one of AWS "
            "Marketplace, which trains without a network",
        )
    ]


@pytest.mark.parametrize(
    "change",
    [
        {"RoleArn": "arn:aws:iam::594846645681:role/TrainRole"},  # their own algorithm
        {"RoleArn": TOKEN},
        {"EnableNetworkIsolation": TOKEN},
        algorithm(TrainingImage=None, AlgorithmName="mkt-algo"),  # an account's own, by name
        algorithm(TrainingImage=None, AlgorithmName=TOKEN),
    ],
)
def test_who_owns_an_algorithm_has_to_be_known(change: dict[str, Any]) -> None:
    fragment = {**algorithm(TrainingImage=None, AlgorithmName=THEIRS), **change}
    assert found("marketplace-needs-network-isolation", fragment) == []


def test_a_known_account_is_believed_before_the_role_s() -> None:
    fragment = {**algorithm(TrainingImage=None, AlgorithmName=THEIRS), "RoleArn": TOKEN}
    rule = "marketplace-needs-network-isolation"
    assert found(rule, fragment, account="594846645681") == []
    assert len(found(rule, fragment, account="123456789012")) == 1
