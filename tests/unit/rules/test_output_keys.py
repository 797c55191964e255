"""Rules about the key of a job's artifacts."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.rules.requests import TOKEN, found

KEY_ID = "1234abcd-12ab-34cd-56ef-1234567890ab"
EXPRESS = "s3://b--usw2-az1--x-s3/m/"


def output(**members: Any) -> dict[str, Any]:
    return {"OutputDataConfig": members}


WITH_KEY = output(KmsKeyId="alias/my-key")

CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "output-kms-key-form": (WITH_KEY, output(KmsKeyId="my-key")),
    "output-kms-not-on-express": (WITH_KEY, output(KmsKeyId="alias/my-key", S3OutputPath=EXPRESS)),
    "output-not-encrypted-with-cmk": (WITH_KEY, {}),
}


@pytest.mark.parametrize("rule", CASES)
def test_each_rule_has_a_passing_and_a_failing_request(rule: str) -> None:
    passing, failing = CASES[rule]
    assert found(rule, passing) == []
    assert found(rule, failing) != []


@pytest.mark.parametrize(
    "key",
    [
        "alias/my-key",
        "alias/aws/s3",
        "alias/team/a_b-c",
        "arn:aws:kms:us-west-2:123456789012:alias/my-key",
        "arn:aws-cn:kms:cn-north-1:123456789012:alias/my-key",
    ],
)
def test_an_alias_is_a_form_of_an_output_key(key: str) -> None:
    assert found("output-kms-key-form", output(KmsKeyId=key)) == []


@pytest.mark.parametrize("key", ["my-key", "alias/", "Alias/my-key", "arn:aws:kms:us-west-2:1:key/" + KEY_ID])
def test_no_other_form_of_an_output_key(key: str) -> None:
    assert found("output-kms-key-form", output(KmsKeyId=key)) == [
        (
            "error",
            "OutputDataConfig.KmsKeyId",
            f"must be the id or ARN of a KMS key, alias/NAME or an alias's ARN, got {key!r}",
        )
    ]


@pytest.mark.parametrize(
    ("uri", "bucket"),
    [
        (EXPRESS, "b--usw2-az1--x-s3"),
        ("s3://b--usw2-az1--x-s3", "b--usw2-az1--x-s3"),
        ("s3://ap--usw2-az1--xa-s3/m", "ap--usw2-az1--xa-s3"),
        ("https://b--usw2-az1--x-s3.s3express-usw2-az1.us-west-2.amazonaws.com/m", "b--usw2-az1--x-s3"),
    ],
)
def test_no_key_in_a_directory_bucket(uri: str, bucket: str) -> None:
    rule = "output-kms-not-on-express"
    assert found(rule, output(KmsKeyId=KEY_ID, S3OutputPath=uri)) == [
        (
            "error",
            "OutputDataConfig.KmsKeyId",
            f"cannot be set with the directory bucket {bucket!r}: S3 Express One Zone encrypts with keys "
            "of its "
            "own",
        )
    ]
    assert found(rule, output(KmsKeyId="", S3OutputPath=uri)) == []
    assert found(rule, output(S3OutputPath=uri)) == []
    assert found(rule, output(KmsKeyId=TOKEN, S3OutputPath=uri)) == []


@pytest.mark.parametrize("uri", ["s3://bucket/b--usw2-az1--x-s3/", "s3://x-s3/m", "s3://b--xa-s3-x/m", TOKEN])
def test_keys_go_with_other_buckets(uri: str) -> None:
    assert found("output-kms-not-on-express", output(KmsKeyId=KEY_ID, S3OutputPath=uri)) == []


@pytest.mark.parametrize(
    ("key", "got"),
    [
        (None, "no key"),
        ("", "no key"),
        ("alias/aws/s3", "'alias/aws/s3'"),
        (
            "arn:aws:kms:us-west-2:123456789012:alias/aws/s3",
            "'arn:aws:kms:us-west-2:123456789012:alias/aws/s3'",
        ),
    ],
)
def test_artifacts_without_a_key_of_ones_own(key: str | None, got: str) -> None:
    assert found("output-not-encrypted-with-cmk", output(KmsKeyId=key)) == [
        (
            "warning",
            "OutputDataConfig.KmsKeyId",
            f"got {got}: the model artifacts are encrypted with a key whose policy and use are not yours to "
            "control",
        )
    ]


@pytest.mark.parametrize("key", [TOKEN, KEY_ID, "alias/mine", "alias/aws-like"])
def test_artifacts_with_a_key(key: str) -> None:
    assert found("output-not-encrypted-with-cmk", output(KmsKeyId=key)) == []
