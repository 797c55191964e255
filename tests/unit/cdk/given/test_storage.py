"""The key and the bucket that a platform makes, and which jobs' volumes get the key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

from constructs_lib import InstanceGroup, TrainingJob, TrainingJobSpec, shapes
from tests.unit.cdk.access.account import Account
from tests.unit.cdk.access.simulator import Simulator
from tests.unit.cdk.given.made import HERE, SPEC, isolated

Json = dict[str, Any]
EBS, NVME = "ml.m5.large", "ml.g5.xlarge"
SIZE, KEY = "VolumeSizeInGB", "VolumeKmsKeyId"


@pytest.fixture(scope="module")
def made() -> tuple[cdk.App, dict[str, Json]]:
    """A platform of each removal policy, in a stack of its own: its resources by type."""
    app = cdk.App()
    found: dict[str, Json] = {}
    for policy in (cdk.RemovalPolicy.RETAIN, cdk.RemovalPolicy.DESTROY):
        stack = cdk.Stack(app, policy.name.title())
        given = {} if policy is cdk.RemovalPolicy.RETAIN else {"removal_policy": policy}
        isolated(stack, **given)
    for one in app.synth().stacks:
        found[one.stack_name] = {
            resource["Type"]: resource for resource in one.template["Resources"].values()
        }
    return app, found


def test_key_and_bucket_survive_their_stack(made: tuple[object, dict[str, Json]]) -> None:
    for name, policy in {"Retain": "Retain", "Destroy": "Delete"}.items():
        for kind in ("AWS::KMS::Key", "AWS::S3::Bucket"):
            resource = made[1][name][kind]
            assert resource["DeletionPolicy"] == policy
            assert resource["UpdateReplacePolicy"] == policy


def test_the_alias_goes_with_its_stack_so_that_the_next_one_may_have_it(
    made: tuple[object, dict[str, Json]],
) -> None:
    names = []
    for resources in made[1].values():
        alias = resources["AWS::KMS::Alias"]
        assert alias.get("DeletionPolicy", "Delete") == "Delete"
        assert alias["Properties"]["TargetKeyId"]["Fn::GetAtt"][1] == "Arn"
        start, stack, digits = alias["Properties"]["AliasName"]["Fn::Join"][1]
        # "alias/aws/" is reserved, and a stack may be called so.
        assert (start, stack) == ("alias/training/", {"Ref": "AWS::StackName"})
        names.append(digits)
    # Of the platform's path, so that two of one stack do not clash either.
    assert len(set(names)) == 2


def test_the_key_is_rotated_and_left_to_the_accounts_iam(
    made: tuple[cdk.App, dict[str, Json]], simulator: Simulator
) -> None:
    key = made[1]["Retain"]["AWS::KMS::Key"]["Properties"]
    assert key["EnableKeyRotation"] is True

    admitting, logs = key["KeyPolicy"]["Statement"]
    assert admitting["Action"] == "kms:*"
    assert "Condition" not in admitting
    assert logs["Principal"] == {
        "Service": {"Fn::Join": ["", ["logs.", {"Ref": "AWS::Region"}, ".", {"Ref": "AWS::URLSuffix"}]]}
    }
    assert list(logs["Condition"]["ArnLike"]) == ["kms:EncryptionContext:aws:logs:arn"]


def test_the_bucket_is_private_versioned_and_cleaned(made: tuple[object, dict[str, Json]]) -> None:
    bucket = made[1]["Retain"]["AWS::S3::Bucket"]["Properties"]

    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert len(bucket["PublicAccessBlockConfiguration"]) == 4
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    assert bucket["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    (encryption,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert encryption["BucketKeyEnabled"] is True
    assert encryption["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    uploads, checkpoints = bucket["LifecycleConfiguration"]["Rules"]
    assert uploads["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 7}
    assert checkpoints["Prefix"] == "training/checkpoints/"
    assert checkpoints["NoncurrentVersionExpiration"] == {"NoncurrentDays": 7}
    # Versions of results, and the newest of a checkpoint, are never deleted.
    assert {rule["Status"] for rule in (uploads, checkpoints)} == {"Enabled"}
    assert not any("ExpirationInDays" in rule for rule in (uploads, checkpoints))


def test_the_bucket_takes_tls_of_today_only(simulator: Simulator) -> None:
    app = cdk.App()
    stack = cdk.Stack(app, "Stack", env=HERE)
    TrainingJob(stack, "Job", spec=SPEC, platform=isolated(stack))
    account = Account.of(app, simulator)
    role, bucket = account.role("JobRole"), account.arn("AWS::S3::Bucket")
    (names,) = (
        one.of(job["Properties"]["JobName"])
        for one, _, job in account.resources("Custom::SageMakerTrainingJob")
    )
    model = f"{bucket}/training/output/{names['Prefix']}-{names['Owner']}-0/output/model.tar.gz"

    def may(**context: str) -> bool:
        return account.allows(
            role, "s3:PutObject", model, {key.replace("_", ":"): v for key, v in context.items()}
        )

    assert may(s3_TlsVersion="1.2")
    assert not may(s3_TlsVersion="1.1")
    assert not may(aws_SecureTransport="false", s3_TlsVersion="1.2")


def specs() -> Mapping[str, tuple[TrainingJobSpec, set[str]]]:
    """Machines of every form, and what is said of their volumes."""

    def groups(*types: str) -> TrainingJobSpec:
        made = [InstanceGroup(f"g{number}", name, 1) for number, name in enumerate(types)]
        return SPEC.replace(instance_type=None, instance_count=None, instance_groups=made)

    def preferences(*types: str) -> TrainingJobSpec:
        made = [shapes.InstancePreference(instance_type=name, instance_count=1) for name in types]
        return SPEC.replace(instance_type=None, instance_count=None, instance_preferences=made)

    return {
        "Ebs": (SPEC.replace(instance_type=EBS), {SIZE, KEY}),
        "Nvme": (SPEC.replace(instance_type=NVME), set()),
        "EbsGroups": (groups(EBS, "ml.c5.xlarge"), {SIZE, KEY}),
        "NvmeGroups": (groups(NVME, "ml.p4d.24xlarge"), set()),
        "MixedGroups": (groups(NVME, EBS), {SIZE, KEY}),
        "NvmePreferences": (preferences(NVME, "ml.g6.xlarge"), set()),
        "MixedPreferences": (preferences(NVME, EBS), {SIZE, KEY}),
    }


@pytest.fixture(scope="module")
def volumes() -> dict[str, Json]:
    """The custom resource of each of these, and of fallbacks between them, by the job's prefix."""
    stack = cdk.Stack()
    platform = isolated(stack)
    for name, (spec, _) in specs().items():
        TrainingJob(stack, name, spec=spec, platform=platform)
    own = SPEC.replace(instance_type=NVME)
    TrainingJob(
        stack, "ToEbs", spec=own, platform=platform, capacity_fallback=["ml.g4dn.xlarge", "ml.p3.2xlarge"]
    )
    TrainingJob(stack, "ToNvme", spec=SPEC, platform=platform, capacity_fallback=["ml.r5d.large"])
    found = Template.from_stack(stack).find_resources("Custom::SageMakerTrainingJob").values()
    return {one["Properties"]["JobName"]["Prefix"]: one["Properties"] for one in found}


def said(config: Json) -> set[str]:
    return {SIZE, KEY} & {*config}


@pytest.mark.parametrize("name", specs())
def test_instances_with_disks_of_their_own_get_no_volume(volumes: dict[str, Json], name: str) -> None:
    (found,) = (one for prefix, one in volumes.items() if prefix.replace("-", "") == name.lower())

    assert said(found["Request"]["ResourceConfig"]) == specs()[name][1]


def test_each_attempt_has_the_volume_of_its_type(volumes: dict[str, Json]) -> None:
    (to_ebs,) = (one for prefix, one in volumes.items() if prefix.replace("-", "") == "toebs")
    (to_nvme,) = (one for prefix, one in volumes.items() if prefix.replace("-", "") == "tonvme")

    assert said(to_ebs["Request"]["ResourceConfig"]) == set()
    assert [said(config) for config in to_ebs["CapacityFallback"]] == [set(), {SIZE, KEY}]
    assert said(to_nvme["Request"]["ResourceConfig"]) == {SIZE, KEY}
    assert [said(config) for config in to_nvme["CapacityFallback"]] == [set()]
