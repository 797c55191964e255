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
            "channel 't': needs exactly one of s3_uri, bucket and asset, got none; give one of them",
        ),
        (
            lambda b: Channel(name="t", s3_uri="s3://b", bucket=b),
            "channel 't': needs exactly one of s3_uri, bucket and asset, got s3_uri and bucket; "
            "give one of them",
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
