"""Rules about the uri of the training image; and which images are AWS's own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from constructs_lib.rules.image_names import ImageName, parse_image
from constructs_lib.service_model.first_party import aws_accounts_by_region, first_party_accounts
from tests.unit.rules.requests import TOKEN, found

ECR = "123456789012.dkr.ecr.us-west-2.amazonaws.com"
DIGEST = "sha256:" + "0" * 64
ACCOUNTS = Path(__file__).resolve().parents[4] / "shared" / "corpus" / "builtin_images.json"


def image(uri: str) -> dict[str, Any]:
    return {"AlgorithmSpecification": {"TrainingImage": uri}}


CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "image-whitespace": ({}, image(f"{ECR}/train: 1.0")),
    "image-tag-mutable": ({}, image(f"{ECR}/train:latest")),
}


@pytest.mark.parametrize("uri", ["", " ", f"{ECR}/train: 1.0", f" {ECR}/train:1", f"{ECR}/train:1\t"])
def test_a_uri_has_no_white_space(uri: str) -> None:
    assert found("image-whitespace", image(uri)) == [
        (
            "error",
            "AlgorithmSpecification.TrainingImage",
            f"must be registry/repository with a :tag or @digest and without white space, got {uri!r}",
        )
    ]
    # The uri is said to be none once.
    assert found("private-registry-needs-vpc-access-mode", image(uri)) == []


def test_an_empty_uri_has_no_tag_to_move() -> None:
    assert found("image-tag-mutable", image("")) == []


def test_a_known_account_is_no_region() -> None:
    uri = "174872318107.dkr.ecr.us-east-1.amazonaws.com/linear-learner:1"
    for rule in ("image-region-mismatch", "image-account-mismatch"):
        assert found(rule, image(uri), account="123456789012") == []


@pytest.mark.parametrize("rule", ["image-whitespace", "image-tag-mutable"])
@pytest.mark.parametrize("part", [TOKEN, f"{ECR}/train{TOKEN}", f"{TOKEN}.dkr.ecr.us-west-2.amazonaws.com/t"])
def test_a_uri_with_a_token_is_not_known(rule: str, part: str) -> None:
    assert found(rule, image(part)) == []


@pytest.mark.parametrize(
    ("uri", "tag"),
    [
        (f"{ECR}/train:latest", "the tag latest"),
        (f"{ECR}/team/train", "no tag (which means latest)"),
        (f"{ECR}/train:", "no tag (which means latest)"),
        ("registry.example.com:5000/train", "no tag (which means latest)"),
        ("855470959533.dkr.ecr.sa-east-1.amazonaws.com/xgboost:latest", "the tag latest"),
    ],
)
def test_a_tag_that_moves(uri: str, tag: str) -> None:
    assert found("image-tag-mutable", image(uri)) == [
        (
            "warning",
            "AlgorithmSpecification.TrainingImage",
            f"has {tag}, got {uri!r}: the same request trains with another image once that tag has moved",
        )
    ]


@pytest.mark.parametrize("name", ["train:1.0", f"train@{DIGEST}", f"train:latest@{DIGEST}", "train:latest-1"])
def test_a_tag_that_stays(name: str) -> None:
    assert found("image-tag-mutable", image(f"{ECR}/{name}")) == []
    assert found("image-tag-mutable", image(f"registry.example.com:5000/{name}")) == []


def test_an_image_of_another_region() -> None:
    assert found("image-region-mismatch", image(f"{ECR}/train:1"), region="eu-west-1") == [
        (
            "warning",
            "AlgorithmSpecification.TrainingImage",
            "is an image in 'us-west-2', and the job runs in eu-west-1: an image is pulled from the job's "
            "own "
            "region",
        )
    ]


@pytest.mark.parametrize(
    ("uri", "region"),
    [
        (f"{ECR}/train:1", "us-west-2"),
        (f"{ECR}/train:1", None),
        ("123456789012.dkr-ecr.us-west-2.on.aws/train:1", "us-west-2"),
        ("123456789012.dkr.ecr-fips.us-west-2.amazonaws.com/train:1", "us-west-2"),
        ("registry.example.com/train:1", "eu-west-1"),
        (TOKEN, "eu-west-1"),
    ],
)
def test_an_image_whose_region_is_right_or_not_known(uri: str, region: str | None) -> None:
    assert found("image-region-mismatch", image(uri), region=region) == []
    assert found("image-account-mismatch", image(uri), region=region) == []


def test_an_algorithm_in_the_account_of_another_region() -> None:
    uri = "174872318107.dkr.ecr.us-east-1.amazonaws.com/linear-learner:1"
    assert found("image-account-mismatch", image(uri), region="us-east-1") == [
        (
            "error",
            "AlgorithmSpecification.TrainingImage",
            "account 174872318107 holds AWS's linear-learner in us-west-2, not in us-east-1, where it is "
            "account "
            "382416733822",
        )
    ]


def test_a_container_in_the_account_of_other_regions() -> None:
    uri = "763104351884.dkr.ecr.af-south-1.amazonaws.com/pytorch-training:2.0.1-gpu-py310"
    [(severity, _, message)] = found("image-account-mismatch", image(uri), region="af-south-1")
    assert severity == "error"
    assert message.startswith("account 763104351884 holds AWS's pytorch-training in ap-northeast-1 and ")
    assert message.endswith(" more region(s), not in af-south-1, where it is account 626614931356")


@pytest.mark.parametrize(
    ("uri", "region"),
    [
        ("174872318107.dkr.ecr.us-east-1.amazonaws.com/linear-learner:1", None),  # the region is not known
        ("174872318107.dkr.ecr.us-west-2.amazonaws.com/linear-learner:1", "us-west-2"),
        # That it lies in another region is a warning of its own.
        ("174872318107.dkr.ecr.us-west-2.amazonaws.com/linear-learner:1", "us-east-1"),
        ("123456789012.dkr.ecr.us-east-1.amazonaws.com/linear-learner:1", "us-east-1"),  # an own copy
        ("174872318107.dkr.ecr.us-east-1.amazonaws.com/mine:1", "us-east-1"),
        ("174872318107.dkr.ecr.xx-new-1.amazonaws.com/linear-learner:1", "xx-new-1"),  # newer than the table
        (TOKEN, "us-east-1"),
    ],
)
def test_accounts_that_are_right_or_not_known(uri: str, region: str | None) -> None:
    assert found("image-account-mismatch", image(uri), region=region) == []


@pytest.mark.parametrize(
    ("uri", "parts"),
    [
        (f"{ECR}/a/b:1", ("a/b", "1", None, "123456789012", "us-west-2")),
        (f"{ECR}/a:1@{DIGEST}", ("a", "1", DIGEST, "123456789012", "us-west-2")),
        (
            "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/a",
            ("a", None, None, "123456789012", "cn-north-1"),
        ),
        (
            "000000000000.dkr.ecr.us-east-1.localhost.localstack.cloud:4566/a:1",
            ("a", "1", None, "000000000000", "us-east-1"),
        ),
        (
            "123456789012.DKR.ECR.us-west-2.AMAZONAWS.com/a:1",
            ("a", "1", None, "123456789012", "us-west-2"),
        ),
        ("12345678901.dkr.ecr.us-west-2.amazonaws.com/a:1", ("a", "1", None, None, None)),
        ("public.ecr.aws/a/b:1", ("a/b", "1", None, None, None)),
        ("registry:5000/a", ("a", None, None, None, None)),
        (f"{ECR}", (ECR, None, None, None, None)),
        ("", ("", None, None, None, None)),
    ],
)
def test_the_parts_of_a_uri(uri: str, parts: tuple[Any, ...]) -> None:
    assert parse_image(uri) == ImageName(*parts)


def test_the_accounts_of_aws_s_images() -> None:
    assert aws_accounts_by_region("kmeans")["eu-west-1"] == {"438346466558"}
    assert aws_accounts_by_region("pytorch-training")["cn-north-1"] == {"727897471807"}
    assert aws_accounts_by_region("mine") == {}
    assert "246618743249" in first_party_accounts("sagemaker-xgboost")
    assert first_party_accounts("pytorch-training") == frozenset()


@pytest.mark.skipif(not ACCOUNTS.exists(), reason="the request corpus is not on this machine")
def test_the_accounts_agree_with_the_corpus() -> None:
    for algorithm in json.loads(ACCOUNTS.read_text("utf-8"))["algorithms"].values():
        held = [first_party_accounts(repository) for repository in algorithm["repositories"]]
        assert frozenset().union(*held) == set(algorithm["accounts"])
