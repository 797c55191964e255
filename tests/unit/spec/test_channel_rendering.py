"""Each way to make a channel, as the request says it, and the way back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import Aws, Fn, Stack, Token, aws_efs, aws_fsx

from constructs_lib.errors import SpecError
from constructs_lib.spec import UNBOUND, Channel, LocalFile, Unbound
from constructs_lib.spec.channel_rendering import channel_from_request, render_channel

from .conftest import FakeBucket

BUCKET = FakeBucket("data")
EFS_ID = "fs-0123456789abcdef0"
DATASET = "arn:aws:sagemaker:us-west-2:111122223333:hub-content/hub/DataSet/ds"
HUB = "arn:aws:sagemaker:us-west-2:111122223333:hub-content/hub/ModelReference/llama"
OPTIONS: dict[str, Any] = {
    "content_type": "text/csv",
    "input_mode": "Pipe",
    "compression": "Gzip",
    "record_wrapper": "RecordIO",
    "shuffle_seed": 7,
}
SAID = {
    "ContentType": "text/csv",
    "CompressionType": "Gzip",
    "RecordWrapperType": "RecordIO",
    "InputMode": "Pipe",
    "ShuffleConfig": {"Seed": 7},
}
S3_OPTIONS: dict[str, Any] = {
    **OPTIONS,
    "distribution": "ShardedByS3Key",
    "instance_groups": ["cpu", "gpu"],
    "accept_eula": True,
    "hub_content_arn": HUB,
}
S3_SAID = {
    "S3DataDistributionType": "ShardedByS3Key",
    "InstanceGroupNames": ["cpu", "gpu"],
    "ModelAccessConfig": {"AcceptEula": True},
    "HubAccessConfig": {"HubContentArn": HUB},
}


def entry(source: dict[str, Any], **members: Any) -> dict[str, Any]:
    return {"ChannelName": "train", "DataSource": source, **members}


def s3(type: str, uri: str, **members: Any) -> dict[str, Any]:
    return {"S3DataSource": {"S3DataType": type, "S3Uri": uri, **members}}


@pytest.mark.parametrize(
    ("build", "type", "uri"),
    [
        (lambda o: Channel.from_bucket("train", BUCKET, "a/", **o), "S3Prefix", "s3://data/a/"),
        (lambda o: Channel.from_uri("train", "s3://x/y", **o), "S3Prefix", "s3://x/y"),
        (
            lambda o: Channel.from_uri("train", "s3://x/y.jsonl", data_type="Converse", **o),
            "Converse",
            "s3://x/y.jsonl",
        ),
        (
            lambda o: Channel.from_manifest("train", BUCKET, "a/list.json", **o),
            "ManifestFile",
            "s3://data/a/list.json",
        ),
        (
            lambda o: Channel.from_manifest("train", "s3://x/list.json", manifest_data=["s3://y/"], **o),
            "ManifestFile",
            "s3://x/list.json",
        ),
    ],
)
def test_each_factory_of_s3_says_its_place_and_every_option(
    build: Callable[[dict[str, Any]], Channel], type: str, uri: str
) -> None:
    assert render_channel(build({}), UNBOUND) == entry(s3(type, uri))
    assert render_channel(build(S3_OPTIONS), UNBOUND) == entry(s3(type, uri, **S3_SAID), **SAID)


def test_an_augmented_manifest_names_attributes_and_is_streamed() -> None:
    channel = Channel.from_augmented_manifest("train", BUCKET, "m", attribute_names=["source-ref", "label"])
    file = Channel.from_augmented_manifest("train", "s3://x/m", attribute_names=["a"], input_mode="File")
    names = {"AttributeNames": ["source-ref", "label"]}
    assert render_channel(channel, UNBOUND) == entry(
        s3("AugmentedManifestFile", "s3://data/m", **names), InputMode="Pipe"
    )
    assert (render_channel(file, UNBOUND) or {})["InputMode"] == "File"


@pytest.mark.parametrize(
    ("build", "source"),
    [
        (
            lambda o: Channel.from_efs("train", EFS_ID, "/data", **o),
            {"FileSystemAccessMode": "ro", "FileSystemType": "EFS", "DirectoryPath": "/data"},
        ),
        (
            lambda o: Channel.from_efs("train", EFS_ID, read_only=False, **o),
            {"FileSystemAccessMode": "rw", "FileSystemType": "EFS", "DirectoryPath": "/"},
        ),
        (
            lambda o: Channel.from_fsx_lustre("train", EFS_ID, "/fsx/ns1", **o),
            {"FileSystemAccessMode": "ro", "FileSystemType": "FSxLustre", "DirectoryPath": "/fsx/ns1"},
        ),
    ],
)
def test_a_file_system_is_mounted_for_reading(
    build: Callable[[dict[str, Any]], Channel], source: dict[str, str]
) -> None:
    expected = {"FileSystemDataSource": {"FileSystemId": EFS_ID, **source}}
    assert render_channel(build({}), UNBOUND) == entry(expected)
    assert render_channel(build(OPTIONS), UNBOUND) == entry(expected, **SAID)


def test_a_data_set_of_a_hub_is_named_by_its_arn() -> None:
    channel = Channel.from_dataset("train", DATASET, **OPTIONS)
    assert render_channel(channel, UNBOUND) == entry({"DatasetSource": {"DatasetArn": DATASET}}, **SAID)


def test_file_systems_of_the_app_s_are_named_by_their_tokens() -> None:
    stack = Stack()
    shared = aws_efs.CfnFileSystem(stack, "Efs")
    efs = aws_efs.FileSystem.from_file_system_attributes(
        stack, "Imported", file_system_id=shared.ref, security_group=_group(stack)
    )
    channel = Channel.from_efs("train", efs, f"/{Aws.REGION}")
    source = (render_channel(channel, UNBOUND) or {})["DataSource"]
    assert stack.resolve(source)["FileSystemDataSource"]["FileSystemId"] == {"Ref": "Efs"}
    assert stack.resolve(source)["FileSystemDataSource"]["DirectoryPath"] == {
        "Fn::Join": ["", ["/", {"Ref": "AWS::Region"}]]
    }


def test_a_lustre_file_system_knows_where_it_begins() -> None:
    known = _Lustre(EFS_ID, "abcd1234")
    source = (render_channel(Channel.from_fsx_lustre("train", known), UNBOUND) or {})["DataSource"]
    assert source["FileSystemDataSource"]["DirectoryPath"] == "/abcd1234"  # type: ignore[index]

    stack = Stack()
    imported = aws_fsx.LustreFileSystem.from_lustre_file_system_attributes(
        stack, "Fsx", dns_name="d", file_system_id=EFS_ID, security_group=_group(stack)
    )
    with pytest.raises(SpecError) as caught:
        Channel.from_fsx_lustre("train", imported)
    assert str(caught.value) == (
        "channel 'train'.directory_path: is needed for a file system that does not know its mount name; "
        "give /<mount name>/<folder>"
    )


def test_a_file_is_left_out_until_its_place_is_known(folder: Path) -> None:
    class Placed(Unbound):
        def asset_uri(self, asset: LocalFile) -> str:
            return f"s3://assets/{Path(asset.path).name}"

    channel = Channel.from_asset("train", folder / "train.py", **OPTIONS)
    assert render_channel(channel, UNBOUND) is None
    assert render_channel(channel, Placed()) == entry(s3("S3Prefix", "s3://assets/train.py"), **SAID)


def test_tokens_and_expressions_pass_wherever_a_value_may_stand() -> None:
    stack = Stack()
    channel = Channel.from_uri(
        "train",
        f"s3://{Fn.ref('Bucket')}/a",
        shuffle_seed=int(Token.as_number(Fn.ref("Seed"))),
        instance_groups=Fn.split(",", Fn.ref("Groups")),
        accept_eula="{% $states.input.accepted %}",
        distribution=Fn.ref("Distribution"),
    )
    said = stack.resolve(render_channel(channel, UNBOUND))
    assert said == entry(
        s3(
            "S3Prefix",
            {"Fn::Join": ["", ["s3://", {"Ref": "Bucket"}, "/a"]]},  # type: ignore[arg-type]
            S3DataDistributionType={"Ref": "Distribution"},
            InstanceGroupNames={"Fn::Split": [",", {"Ref": "Groups"}]},
            ModelAccessConfig={"AcceptEula": "{% $states.input.accepted %}"},
        ),
        ShuffleConfig={"Seed": {"Ref": "Seed"}},
    )
    mode = Channel.from_efs("train", Fn.ref("Id"), read_only=Fn.ref("Mode"))
    mounted = stack.resolve(render_channel(mode, UNBOUND))["DataSource"]["FileSystemDataSource"]
    assert mounted["FileSystemAccessMode"] == {"Ref": "Mode"}


def test_a_seed_is_carried_exactly_or_not_at_all() -> None:
    largest = 2**53 - 1
    for seed in (0, -5, largest, -largest):
        channel = Channel.from_uri("train", "s3://x", shuffle_seed=seed)
        said = render_channel(channel, UNBOUND)
        assert (said or {})["ShuffleConfig"] == {"Seed": seed}
        assert Stack().resolve(said) == said
    for seed in (largest + 1, -largest - 1, 2**63 - 1):
        with pytest.raises(SpecError, match=r"channel 'train'\.shuffle_seed: must be -9007199254740991 to"):
            Channel.from_uri("train", "s3://x", shuffle_seed=seed)


FILE_SYSTEM = {
    "FileSystemId": EFS_ID,
    "FileSystemAccessMode": "rw",
    "FileSystemType": "FSxLustre",
    "DirectoryPath": "/fsx",
}


@pytest.mark.parametrize(
    "said",
    [
        entry(s3("S3Prefix", "s3://x/y")),
        entry(s3("Converse", "https://x/y", AttributeNames=["a"], **S3_SAID), **SAID),
        entry(s3("ManifestFile", "s3://x", AttributeNames=[], InstanceGroupNames=[])),
        entry(s3("S3Prefix", "s3://x", ModelAccessConfig={"AcceptEula": False})),
        entry({"FileSystemDataSource": FILE_SYSTEM}, **SAID),
        entry({"FileSystemDataSource": {**FILE_SYSTEM, "FileSystemAccessMode": "ro"}}),
        entry({"DatasetSource": {"DatasetArn": DATASET}}, InputMode="File"),
        entry(s3("S3Prefix", "s3://x"), ShuffleConfig={"Seed": 0}),
    ],
)
def test_what_is_read_is_rendered_again(said: dict[str, Any]) -> None:
    assert render_channel(channel_from_request(said), UNBOUND) == said


@pytest.mark.parametrize(
    ("said", "path"),
    [
        ({"ChannelName": "train"}, "InputDataConfig[].DataSource"),
        ({"DataSource": s3("S3Prefix", "s3://x")}, "InputDataConfig[].ChannelName"),
        (entry({}), "InputDataConfig[].DataSource"),
        (entry({**s3("S3Prefix", "s3://x"), "DatasetSource": {}}), "InputDataConfig[].DataSource"),
        (entry({"Tape": {}}), "InputDataConfig[].DataSource.Tape"),
        (entry(s3("S3Prefix", "s3://x"), Colour=1), "InputDataConfig[].Colour"),
        (entry(s3("S3Prefix", "s3://x"), ContentType=None), "InputDataConfig[].ContentType"),
        (entry(s3("S3Prefix", "s3://x"), ShuffleConfig={}), "InputDataConfig[].ShuffleConfig.Seed"),
        (
            entry({"S3DataSource": {"S3Uri": "s3://x"}}),
            "InputDataConfig[].DataSource.S3DataSource.S3DataType",
        ),
        (entry({"S3DataSource": "s3://x"}), "InputDataConfig[].DataSource.S3DataSource"),
        (
            entry(s3("S3Prefix", "s3://x", AttributeNames="a")),
            "InputDataConfig[].DataSource.S3DataSource.AttributeNames",
        ),
        (
            entry({"FileSystemDataSource": {"FileSystemId": EFS_ID}}),
            "InputDataConfig[].DataSource.FileSystemDataSource.FileSystemAccessMode",
        ),
        (entry(s3("S3Prefix", "s3://x"), ShuffleConfig={"Seed": 2**60}), "channel 'train'.shuffle_seed"),
        (entry(s3("S3Prefix", "s3://x"), ShuffleConfig={"Seed": "7"}), "channel 'train'.shuffle_seed"),
        (entry({"FileSystemDataSource": {**FILE_SYSTEM, "FileSystemAccessMode": "r"}}), "read_only"),
        (entry({"FileSystemDataSource": {**FILE_SYSTEM, "FileSystemType": "NFS"}}), "type"),
        (entry({"FileSystemDataSource": {**FILE_SYSTEM, "DirectoryPath": ""}}), "directory_path"),
        ([], "InputDataConfig[]"),
    ],
)
def test_what_cannot_be_said_is_refused_by_its_name(said: Any, path: str) -> None:
    with pytest.raises(SpecError) as caught:
        channel_from_request(said)
    assert caught.value.path == path


def _group(stack: Stack) -> Any:
    from aws_cdk import aws_ec2

    return aws_ec2.SecurityGroup.from_security_group_id(stack, "Group", "sg-0123456789abcdef0")


class _Lustre:
    def __init__(self, file_system_id: str, mount_name: str) -> None:
        self.file_system_id, self.mount_name = file_system_id, mount_name
