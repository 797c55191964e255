"""What is in another region or account: refused in words where it cannot work, and told of where it may."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3

from constructs_lib import Channel, Checkpoint, Output, TrainingJobSpec, TrainingPlatform, TrainingRole
from constructs_lib.errors import SpecError
from tests.unit.cdk.given.made import (
    HERE,
    OTHER_ACCOUNT,
    OTHER_REGION,
    RUNNERS,
    SAGEMAKER,
    SPEC,
    Runner,
    isolated,
)
from tests.unit.cdk.reports import Report, report

SOMEWHERE = cdk.Environment()
KEY = "arn:aws:kms:{region}:{account}:key/1234abcd-12ab-34cd-56ef-1234567890ab"


@pytest.fixture(scope="module")
def stacks() -> dict[str, cdk.Stack]:
    """A stack for each environment, with one of each thing that a job may use."""
    app = cdk.App()
    environments = {"Here": HERE, "Region": OTHER_REGION, "Account": OTHER_ACCOUNT, "Somewhere": SOMEWHERE}
    made = {name: cdk.Stack(app, name, env=env) for name, env in environments.items()}
    for stack in made.values():
        vpc = ec2.Vpc(stack, "Vpc", availability_zones=["a"], nat_gateways=0)
        ec2.SecurityGroup(stack, "Group", vpc=vpc)
        s3.Bucket(stack, "Data")
        kms.Key(stack, "Key")
        iam.Role(stack, "Role", assumed_by=SAGEMAKER)
    return made


def part(stack: cdk.Stack, id: str) -> Any:
    return stack.node.find_child(id)


def with_input(stack: cdk.Stack) -> TrainingJobSpec:
    return SPEC.with_channel(Channel.from_bucket("train", part(stack, "Data"), "data/"))


# How each thing is given to a platform, and what the error says of it.
PLATFORM: dict[str, Callable[[cdk.Stack], dict[str, Any]]] = {
    "encryption_key": lambda stack: {"encryption_key": part(stack, "Key"), "use_vpc": False},
    "vpc": lambda stack: {"vpc": part(stack, "Vpc")},
    "security_groups[0]": lambda stack: {"security_groups": [part(stack, "Group")]},
    "bucket": lambda stack: {"bucket": part(stack, "Data"), "use_vpc": False},
}


@pytest.mark.parametrize("field", PLATFORM)
@pytest.mark.parametrize("where", ["Region", "Account"])
def test_a_platform_refuses_what_is_elsewhere(stacks: dict[str, cdk.Stack], field: str, where: str) -> None:
    theirs = stacks[where]
    expected = rf"{field.replace('[', chr(92) + '[')}: got a .* of {where.lower()} .* \({where}/"

    with pytest.raises(SpecError, match=expected):
        TrainingPlatform(stacks["Here"], f"{where}{field}", **PLATFORM[field](theirs))


@pytest.mark.parametrize("field", PLATFORM)
def test_what_only_the_deployment_knows_is_not_wrong(stacks: dict[str, cdk.Stack], field: str) -> None:
    TrainingPlatform(stacks["Here"], f"Unknown{field}", **PLATFORM[field](stacks["Somewhere"]))
    TrainingPlatform(stacks["Somewhere"], f"Unknown{field}", **PLATFORM[field](stacks["Region"]))
    TrainingPlatform(stacks["Here"], f"Same{field}", **PLATFORM[field](stacks["Here"]))


@pytest.fixture(scope="module")
def platforms(stacks: dict[str, cdk.Stack]) -> dict[str, TrainingPlatform]:
    return {name: isolated(stacks[name]) for name in ("Here", "Region")}


@pytest.mark.parametrize("run", RUNNERS.values(), ids=RUNNERS)
@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("platform.bucket", lambda stacks, platforms: {"platform": platforms["Region"]}),
        ("spec.channels[0].bucket", lambda stacks, _: {"spec": with_input(stacks["Region"])}),
        (
            "spec.checkpoint.bucket",
            lambda stacks, _: {
                "spec": SPEC.replace(checkpoint=Checkpoint(bucket=part(stacks["Region"], "Data")))
            },
        ),
        (
            "spec.output.encryption_key",
            lambda stacks, _: {
                "spec": SPEC.replace(output=Output(encryption_key=part(stacks["Account"], "Key")))
            },
        ),
        (
            "spec.volume_encryption_key",
            lambda stacks, _: {"spec": SPEC.replace(volume_encryption_key=part(stacks["Region"], "Key"))},
        ),
        ("role", lambda stacks, _: {"role": part(stacks["Account"], "Role")}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_every_runner_refuses_what_is_elsewhere(
    stacks: dict[str, cdk.Stack],
    platforms: dict[str, TrainingPlatform],
    run: Runner,
    field: str,
    given: Callable[..., dict[str, Any]],
) -> None:
    options = {"spec": SPEC, "platform": platforms["Here"], **given(stacks, platforms)}
    scope = cdk.Stack(stacks["Here"], f"{id(run)}{field}".replace("[", "").replace("]", ""), env=HERE)

    with pytest.raises(SpecError) as raised:
        run(scope, "Run", **options)

    assert raised.value.path == field
    assert "and the job runs in" in raised.value.problem
    assert raised.value.fix


def test_a_role_is_global_but_a_training_role_is_not(
    stacks: dict[str, cdk.Stack], platforms: dict[str, TrainingPlatform]
) -> None:
    here, there = stacks["Here"], stacks["Region"]
    role = iam.Role(there, "Named", role_name="named", assumed_by=SAGEMAKER)
    RUNNERS["Job"](here, "Global", spec=SPEC, platform=platforms["Here"], role=role)
    regional = TrainingRole(there, "Regional", spec=SPEC, platform=platforms["Region"])

    for kind in ("Job", "Task"):
        with pytest.raises(SpecError, match="its trust is for training jobs of its own region"):
            RUNNERS[kind](here, f"{kind}Regional", spec=SPEC, platform=platforms["Here"], role=regional)


@pytest.fixture(scope="module")
def told() -> Report:
    """Every runner with buckets and keys that were imported from elsewhere."""
    app = cdk.App()
    stack = cdk.Stack(app, "Stack", env=HERE)
    platform = isolated(stack)

    def bucket(id: str, **attributes: Any) -> s3.IBucket:
        return s3.Bucket.from_bucket_attributes(stack, id, bucket_name=id.lower(), **attributes)

    far, foreign = bucket("Far", region="us-east-1"), bucket("Foreign", account="210987654321")
    named = s3.Bucket(cdk.Stack(app, "There", env=OTHER_REGION), "Named", bucket_name="named")
    key = kms.Key.from_key_arn(stack, "Key", KEY.format(region="eu-west-1", account="210987654321"))
    specs = {
        "Far": SPEC.replace(
            channels=[Channel.from_bucket(name, one, "data/") for name, one in (("a", far), ("b", named))],
            checkpoint=Checkpoint(bucket=far),
            output=Output(bucket=far),
        ),
        "Foreign": SPEC.replace(
            channels=[Channel.from_bucket("train", foreign, "data/")],
            output=Output(bucket=foreign, prefix="models", encryption_key=key),
        ),
        "Near": SPEC.with_channel(Channel.from_bucket("train", bucket("Near"), "data/")),
    }
    for kind, run in RUNNERS.items():
        for name, spec in specs.items():
            run(stack, f"{kind}{name}", spec=spec, platform=platform)
    return report(app)


def of(told: Report, construct: str) -> dict[tuple[str, str], str]:
    """What is said of a construct, by rule and path."""
    return {
        (entry.rule, entry.text.split(": ", 1)[0]): entry.text
        for entry in told.entries
        if entry.construct.split("/")[1] == construct
    }


@pytest.mark.parametrize("kind", RUNNERS)
def test_buckets_of_another_region(told: Report, kind: str) -> None:
    found = of(told, f"{kind}Far")
    rules = {rule for rule in found if rule[0].endswith("-bucket-region")}

    assert rules == {
        ("input-bucket-region", "InputDataConfig[0].DataSource.S3DataSource.S3Uri"),
        ("input-bucket-region", "InputDataConfig[1].DataSource.S3DataSource.S3Uri"),
        ("checkpoint-bucket-region", "CheckpointConfig.S3Uri"),
        ("output-bucket-region", "OutputDataConfig.S3OutputPath"),
    }
    assert all("is in us-east-1, and the job runs in eu-west-1" in found[rule] for rule in rules)


@pytest.mark.parametrize("kind", RUNNERS)
def test_the_owners_of_another_account_are_told_what_to_allow(told: Report, kind: str) -> None:
    found = of(told, f"{kind}Foreign")
    bucket = found["bucket-of-another-account", "OutputDataConfig.S3OutputPath"]
    key = found["key-of-another-account", "OutputDataConfig.KmsKeyId"]

    assert "is of account 210987654321, and the job runs in 123456789012" in bucket
    assert "must allow ${" in bucket  # the role, by its logical id
    lines = bucket.split("\n- ")[1:]
    for actions, resource in (
        ("s3:GetObject (InputDataConfig[0]", "on arn:aws:s3:::foreign/data/*"),
        ("s3:AbortMultipartUpload, s3:GetObject, s3:PutObject", "on arn:aws:s3:::foreign/models/"),
        ("s3:ListBucket", 'on arn:aws:s3:::foreign, if {"StringLike"'),
    ):
        assert any(line.startswith(actions) and resource in line for line in lines), (actions, lines)
    assert "kms:Decrypt, kms:Encrypt, kms:GenerateDataKey" in key
    assert "logs:" not in bucket
    assert "s3:" not in key


def test_what_is_near_is_not_told_of(told: Report) -> None:
    assert [entry for entry in told.entries if entry.construct.split("/")[1].endswith("Near")] == []
