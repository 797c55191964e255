"""Rules about where a job runs; they say nothing when region or account are not known."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.rules.requests import TOKEN, found

KEY = "1234abcd-12ab-34cd-56ef-1234567890ab"
OURS = "123456789012"


def plan(region: str, account: str = OURS) -> str:
    return f"arn:aws:sagemaker:{region}:{account}:training-plan/my-plan"


def test_a_role_of_another_account() -> None:
    rule = "role-account-mismatch"
    assert found(rule, {}, account="210987654321") == [
        (
            "error",
            "RoleArn",
            "is a role of account 123456789012, and the job runs in account 210987654321: a role cannot be "
            "passed to another account",
        )
    ]
    assert found(rule, {}, account=OURS) == []
    assert found(rule, {}) == []
    assert found(rule, {"RoleArn": TOKEN}, account="210987654321") == []
    china = "arn:aws-cn:iam::123456789012:role/service-role/Train"
    assert found(rule, {"RoleArn": china}, account=OURS) == []


@pytest.mark.parametrize("resource", [f"key/{KEY}", "alias/mine"])
def test_keys_of_another_region(resource: str) -> None:
    rule = "kms-region-or-account-mismatch"
    key = f"arn:aws:kms:us-east-1:{OURS}:{resource}"
    fragment = {"OutputDataConfig": {"KmsKeyId": key}, "ResourceConfig": {"VolumeKmsKeyId": key}}
    said = "is a key of 'us-east-1', and the job runs in eu-west-1: KMS uses keys of its own region only"
    assert found(rule, fragment, region="eu-west-1") == [
        ("warning", "OutputDataConfig.KmsKeyId", said),
        ("warning", "ResourceConfig.VolumeKmsKeyId", said),
    ]
    assert found(rule, fragment, region="us-east-1") == []
    assert found(rule, fragment) == []
    one = {"OutputDataConfig": {"KmsKeyId": TOKEN}, "ResourceConfig": {"VolumeKmsKeyId": key}}
    assert [path for _, path, _ in found(rule, one, region="eu-west-1")] == ["ResourceConfig.VolumeKmsKeyId"]
    assert len(found(rule, {**fragment, "ResourceConfig": TOKEN}, region="eu-west-1")) == 1


@pytest.mark.parametrize(
    "key", ["", KEY, "alias/mine", "arn:", "arn:aws:kms", "arn:aws:kms:us-east-1", "arn:aws:kms:::key", TOKEN]
)
def test_keys_that_name_no_region(key: str) -> None:
    fragment = {"OutputDataConfig": {"KmsKeyId": key}}
    assert found("kms-region-or-account-mismatch", fragment, region="eu-west-1") == []


def test_training_plans_of_another_place() -> None:
    rule = "training-plan-region-mismatch"
    fragment: dict[str, Any] = {"ResourceConfig": {"TrainingPlanArn": plan("us-west-2")}}
    place = ("error", "ResourceConfig.TrainingPlanArn")
    assert found(rule, fragment, region="eu-west-1", account="210987654321") == [
        (
            *place,
            "is a plan of 'us-west-2', and the job runs in eu-west-1: a plan's capacity is in its own region",
        )
    ]
    assert found(rule, fragment, account="210987654321") == [
        (
            *place,
            "is a plan of account 123456789012, and the job runs in account 210987654321: a plan's "
            "capacity is "
            "in its own account",
        )
    ]
    assert found(rule, fragment, region="us-west-2", account=OURS) == []
    assert found(rule, fragment) == []
    unknown = {"ResourceConfig": {"TrainingPlanArn": TOKEN, "InstancePreferences": TOKEN}}
    assert found(rule, unknown, region="eu-west-1") == []


def test_training_plans_of_preferences() -> None:
    rule = "training-plan-region-mismatch"
    listed = [
        TOKEN,
        {"InstanceType": "ml.p5.48xlarge", "TrainingPlanArns": TOKEN},
        {"InstanceType": "ml.p4d.24xlarge", "TrainingPlanArns": [plan("us-west-2")]},
        {"InstanceType": "ml.m5.large"},
    ]
    config = {"InstanceType": None, "TrainingPlanArn": TOKEN, "InstancePreferences": listed}
    assert [path for _, path, _ in found(rule, {"ResourceConfig": config}, region="eu-west-1")] == [
        "ResourceConfig.InstancePreferences[2].TrainingPlanArns[0]"
    ]
