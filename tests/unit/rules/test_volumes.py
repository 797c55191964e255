"""Rules about the instances' disks."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.rules.requests import TOKEN, found

KEY_ID = "1234abcd-12ab-34cd-56ef-1234567890ab"
KEY_ARN = f"arn:aws:kms:us-west-2:123456789012:key/{KEY_ID}"
NVME = {"InstanceType": "ml.g5.xlarge", "VolumeSizeInGB": None}


def resources(**members: Any) -> dict[str, Any]:
    return {"ResourceConfig": members}


def several(*names: str, **members: Any) -> dict[str, Any]:
    groups = [
        {"InstanceType": name, "InstanceCount": 1, "InstanceGroupName": f"group{index}"}
        for index, name in enumerate(names)
    ]
    return resources(InstanceType=None, InstanceCount=None, InstanceGroups=groups, **members)


CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "volume-size-required-for-ebs": ({}, resources(VolumeSizeInGB=None)),
    "volume-size-ignored-on-nvme": (resources(**NVME), resources(InstanceType="ml.g5.xlarge")),
    "volume-kms-not-on-nvme": (resources(VolumeKmsKeyId=KEY_ID), resources(**NVME, VolumeKmsKeyId=KEY_ID)),
    "volume-kms-key-form": (resources(VolumeKmsKeyId=KEY_ARN), resources(VolumeKmsKeyId="alias/my-key")),
}


@pytest.mark.parametrize("rule", CASES)
def test_each_rule_has_a_passing_and_a_failing_request(rule: str) -> None:
    passing, failing = CASES[rule]
    assert found(rule, passing) == []
    assert found(rule, failing) != []


@pytest.mark.parametrize(("size", "got"), [(None, "nothing"), (0, "0")])
def test_a_type_without_disks_needs_a_volume(size: int | None, got: str) -> None:
    assert found("volume-size-required-for-ebs", resources(VolumeSizeInGB=size)) == [
        (
            "error",
            "ResourceConfig.VolumeSizeInGB",
            f"must be 1 or more with 'ml.m5.xlarge', got {got}: that type has no disk but the volume asked "
            "for",
        )
    ]


def test_one_type_without_disks_is_enough_to_need_a_volume() -> None:
    rule = "volume-size-required-for-ebs"
    unknown = several("ml.g5.xlarge", TOKEN, "ml.m99.large", "ml.c5.xlarge", VolumeSizeInGB=None)
    assert [message[:32] for _, _, message in found(rule, unknown)] == ["must be 1 or more with 'ml.c5.xl"]
    preferred = {"InstancePreferences": [TOKEN, {"InstanceType": "ml.p3.2xlarge"}], "InstanceGroups": TOKEN}
    assert len(found(rule, resources(**preferred, InstanceType=None, VolumeSizeInGB=None))) == 1


@pytest.mark.parametrize(
    "fragment",
    [
        resources(VolumeSizeInGB=TOKEN),
        resources(InstanceType=TOKEN, VolumeSizeInGB=None),
        resources(InstanceType="ml.m99.large", VolumeSizeInGB=None),
        resources(InstanceType="ml.r5d.large", VolumeSizeInGB=None),
        {**resources(VolumeSizeInGB=None), "ServerlessJobConfig": TOKEN},
        {"ResourceConfig": TOKEN},
        {"ResourceConfig": None},
    ],
)
def test_a_volume_is_not_asked_for_in_vain(fragment: dict[str, Any]) -> None:
    assert found("volume-size-required-for-ebs", fragment) == []


def test_a_volume_is_ignored_where_there_are_disks() -> None:
    rule = "volume-size-ignored-on-nvme"
    assert found(rule, resources(InstanceType="ml.g5.xlarge", VolumeSizeInGB=100)) == [
        (
            "warning",
            "ResourceConfig.VolumeSizeInGB",
            "has no effect on 'ml.g5.xlarge', got 100: data lies on the instance's own disks, whose size is "
            "fixed; the value still has to match for a warm pool to be reused",
        )
    ]
    assert found(rule, resources(InstanceType="ml.g5.xlarge", VolumeSizeInGB=0)) == []
    assert found(rule, resources(InstanceType="ml.g5.xlarge", VolumeSizeInGB=TOKEN)) == []
    assert found(rule, resources(InstanceType=TOKEN)) == []
    assert found(rule, resources(InstanceType="ml.g99.large")) == []
    assert found(rule, several("ml.g5.xlarge", "ml.m5.large")) == []
    assert found(rule, several("ml.g5.xlarge", TOKEN)) == []
    assert len(found(rule, several("ml.g5.xlarge", "ml.p4d.24xlarge"))) == 1
    assert found(rule, resources(InstanceType=None)) == []


def test_no_key_for_disks_of_the_instance() -> None:
    rule = "volume-kms-not-on-nvme"
    said = (
        "cannot be set with 'ml.g5.xlarge': its own disks are encrypted by a module of their hardware, and "
        "take "
        "no key"
    )
    place = ("error", "ResourceConfig.VolumeKmsKeyId")
    assert found(rule, CASES[rule][1]) == [(*place, said)]
    assert found(rule, resources(**NVME, VolumeKmsKeyId=TOKEN)) == [(*place, said)]
    assert found(rule, resources(InstanceType=TOKEN, VolumeKmsKeyId=KEY_ID)) == []
    assert found(rule, several("ml.g5.xlarge", "ml.m5.large", VolumeKmsKeyId=KEY_ID)) == []
    assert len(found(rule, several("ml.g5.xlarge", "ml.p5.48xlarge", VolumeKmsKeyId=KEY_ID))) == 1


@pytest.mark.parametrize(
    "key",
    [
        "",
        TOKEN,
        KEY_ID,
        KEY_ID.upper(),
        "mrk-1234abcd12ab34cd56ef1234567890ab",
        KEY_ARN,
        "arn:aws-cn:kms:cn-north-1:123456789012:key/mrk-1234abcd12ab34cd56ef1234567890ab",
        "arn:aws-us-gov:kms:us-gov-west-1:123456789012:key/" + KEY_ID,
        "arn:aws-iso-b:kms:us-isob-east-1:123456789012:key/" + KEY_ID,
    ],
)
def test_keys_of_every_form(key: str) -> None:
    assert found("volume-kms-key-form", resources(VolumeKmsKeyId=key)) == []
    assert found("output-kms-key-form", {"OutputDataConfig": {"KmsKeyId": key}}) == []


@pytest.mark.parametrize(
    ("key", "alias"),
    [
        ("alias/my-key", ", not an alias"),
        ("arn:aws:kms:us-west-2:123456789012:alias/my-key", ", not an alias"),
        ("my-key", ""),
        ("mrk-1234", ""),
        ("key/" + KEY_ID, ""),
        (KEY_ID + "0", ""),
        ("arn:aws:s3:us-west-2:123456789012:key/" + KEY_ID, ""),
    ],
)
def test_no_other_form_of_a_key(key: str, alias: str) -> None:
    assert found("volume-kms-key-form", resources(VolumeKmsKeyId=key)) == [
        (
            "error",
            "ResourceConfig.VolumeKmsKeyId",
            f"must be the id or the ARN of a KMS key{alias}, got {key!r}",
        )
    ]
