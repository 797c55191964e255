from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from aws_cdk import Fn, Stack, aws_s3

from constructs_lib.errors import PackagingError, SpecError
from constructs_lib.spec import Channel

from .conftest import FakeBucket


def test_a_bucket_channel_keeps_its_bucket(bucket: FakeBucket) -> None:
    channel = Channel.from_bucket("train", bucket, "a/b/", content_type="text/csv")
    assert channel.bucket is bucket
    assert channel.location() == "s3://patients/a/b/"


def test_a_real_bucket_s_name_stays_a_token(stack: Stack) -> None:
    imported = aws_s3.Bucket.from_bucket_name(stack, "Imported", Fn.import_value("Name"))
    location = Channel.from_bucket("train", imported, "x").location()
    assert stack.resolve(location) == {"Fn::Join": ["", ["s3://", {"Fn::ImportValue": "Name"}, "/x"]]}


def test_a_local_file_has_no_place_yet(folder: Path) -> None:
    channel = Channel.from_asset("train", folder / "train.py")
    assert channel.location() is None
    assert channel.asset is not None
    assert channel.asset.path == str((folder / "train.py").resolve())


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda b: Channel.from_uri("", "s3://b"), "channel.name: must not be empty; give a value"),
        (
            lambda b: Channel(name="t"),
            "channel 't': needs exactly one of s3_uri, bucket, asset, file_system and dataset_arn, got none; "
            "give one of them",
        ),
        (
            lambda b: Channel(name="t", s3_uri="s3://b", bucket=b),
            "channel 't': needs exactly one of s3_uri, bucket, asset, file_system and dataset_arn, "
            "got s3_uri and bucket; give one of them",
        ),
        (
            lambda b: Channel.from_bucket("t", "patients"),  # type: ignore[arg-type]
            "channel 't'.bucket: must be a bucket, got str; pass an aws_s3.IBucket; "
            "for a name, give the s3 uri instead",
        ),
        (
            lambda b: Channel.from_bucket("t", None),  # type: ignore[arg-type]
            "channel 't'.bucket: must be a bucket, got NoneType; pass an aws_s3.IBucket",
        ),
        (
            lambda b: Channel.from_uri("t", "patients/train"),
            "channel 't'.s3_uri: must have the form s3://bucket/prefix, got 'patients/train'; "
            "write the whole uri",
        ),
        (
            lambda b: Channel(name="t", s3_uri="s3://b", prefix="p"),
            "channel 't'.prefix: needs a bucket; write the prefix into the s3 uri",
        ),
        (
            lambda b: Channel.from_bucket("t", b, input_mode="file"),
            "channel 't'.input_mode: must be one of File, FastFile, Pipe, got 'file'; "
            "use one of these, case included",
        ),
        (
            lambda b: Channel.from_bucket("t", b, shuffle_seed=True),
            "channel 't'.shuffle_seed: must be an int, got bool; pass a whole number or a token",
        ),
        (
            lambda b: Channel.from_bucket("t", b, distribution=3),  # type: ignore[arg-type]
            "channel 't'.distribution: must be one of FullyReplicated, ShardedByS3Key, got int; "
            "use one of these, case included",
        ),
        (
            lambda b: Channel.from_bucket("t", b, data_type="Folder"),
            "channel 't'.data_type: must be one of S3Prefix, ManifestFile, AugmentedManifestFile, Converse, "
            "got 'Folder'; use one of these, case included",
        ),
        (
            lambda b: Channel.from_bucket("t", b, instance_groups="cpu"),
            "channel 't'.instance_groups: must be a list of str, got str; put the text into a list",
        ),
        (
            lambda b: Channel.from_bucket("t", b, accept_eula="yes"),
            "channel 't'.accept_eula: must be a bool, got str; pass True or False",
        ),
        (
            lambda b: Channel.from_manifest("t", b),
            "channel 't'.key: must not be empty: a manifest is one object; give the manifest's key",
        ),
        (
            lambda b: Channel.from_manifest("t", None),  # type: ignore[arg-type]
            "channel 't'.manifest: must be a bucket or an s3 uri, got NoneType; "
            "pass an aws_s3.IBucket, or the manifest's uri",
        ),
        (
            lambda b: Channel.from_manifest("t", "s3://b/m", "m"),
            "channel 't'.key: needs a bucket, and the manifest is given by its uri; "
            "write the key into the uri",
        ),
        (
            lambda b: Channel.from_manifest("t", b, "m", manifest_data=["data/"]),
            "channel 't'.manifest_data[0]: must have the form s3://bucket/prefix, got 'data/'; "
            "write the whole uri",
        ),
        (
            lambda b: Channel(name="t", bucket=b, manifest_data=["s3://b/"]),
            "channel 't'.manifest_data: is for manifests, and data_type is S3Prefix; "
            "leave it out, or use Channel.from_manifest",
        ),
        (
            lambda b: Channel.from_augmented_manifest("t", b, "m", attribute_names=[1]),  # type: ignore[list-item]
            "channel 't'.attribute_names[0]: must be a str, got int; pass text or a token",
        ),
        (
            lambda b: Channel(name="t", dataset_arn="arn", distribution="FullyReplicated"),
            "channel 't'.distribution: is for data in S3, not for dataset_arn; leave it out",
        ),
        (
            lambda b: Channel(name="t", dataset_arn="arn", data_type="Converse"),
            "channel 't'.data_type: is for data in S3, not for dataset_arn; leave it out",
        ),
        (
            lambda b: Channel(name="t", file_system="fs-0123456789abcdef0"),  # type: ignore[arg-type]
            "channel 't'.file_system: must be a FileSystem, got str; "
            "use Channel.from_efs or Channel.from_fsx_lustre",
        ),
        (
            lambda b: Channel.from_efs("t", b),
            "channel 't'.file_system: must be a file system, got FakeBucket; "
            "pass an aws_efs.IFileSystem or aws_fsx.IFileSystem, or the id of one",
        ),
        (
            lambda b: Channel.from_efs("t", "fs-1", read_only="ro"),
            "channel 't'.read_only: must be a bool, got str; pass True or False",
        ),
        (
            lambda b: Channel.from_fsx_lustre("t", "fs-1", ""),
            "channel 't'.directory_path: must not be empty; leave it out or give a value",
        ),
        (
            lambda b: Channel.from_dataset("t", 3),  # type: ignore[arg-type]
            "channel 't'.dataset_arn: must be a str, got int; pass text or a token",
        ),
    ],
)
def test_mistakes_are_refused_at_once(
    build: Callable[[FakeBucket], object], message: str, bucket: FakeBucket
) -> None:
    with pytest.raises(SpecError) as caught:
        build(bucket)
    assert str(caught.value) == message


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(PackagingError) as caught:
        Channel.from_asset("train", tmp_path / "none.csv")
    assert str(caught.value) == (
        f"path: {tmp_path / 'none.csv'} does not exist; check the path, or run from the app's folder"
    )
    with pytest.raises(PackagingError) as caught:
        Channel.from_asset("train", tmp_path)
    assert str(caught.value) == (
        f"path: {tmp_path} is a folder, which CDK would upload as one zip file; "
        "pass a single file, or upload the folder and use Channel.from_bucket"
    )


def test_lists_are_copied_and_channels_compare_by_value(bucket: FakeBucket) -> None:
    groups = ["cpu"]
    channel = Channel.from_bucket("train", bucket, instance_groups=groups)
    groups.append("gpu")
    assert channel == Channel.from_bucket("train", bucket, instance_groups=("cpu",))
    assert hash(channel) == hash(Channel.from_bucket("train", bucket, instance_groups=("cpu",)))
    assert Channel.from_efs("t", "fs-1") == Channel.from_efs("t", "fs-1", "/")
