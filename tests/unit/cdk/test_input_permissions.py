"""What the role may do for inputs that are more than a prefix in S3."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_s3 as s3

from constructs_lib import Algorithm, Channel, TrainingJobSpec, TrainingRole
from constructs_lib.cdk.arns import S3Location
from constructs_lib.cdk.permissions import execution_permissions

from .test_permissions import IMAGE, flat, statements

EFS = "fs-0123456789abcdef0"
HUB = "arn:aws:sagemaker:us-west-2:111122223333:hub-content/hub/ModelReference/llama"
DATASET = "arn:aws:sagemaker:us-west-2:111122223333:hub-content/hub/DataSet/ds"
IN_HUB = "arn:aws:sagemaker:us-west-2:111122223333:hub/hub"
FUNCTION = "arn:aws:lambda:eu-west-1:111122223333:function:credentials"


def of(source: dict[str, Any], **extra: Any) -> dict[str, Any]:
    request = {"InputDataConfig": [{"ChannelName": "train", "DataSource": source}]}
    always = statements({})
    return {key: value for key, value in statements(request, **extra).items() if key not in always}


def mounted(type: str, mode: str) -> dict[str, Any]:
    return {
        "FileSystemDataSource": {
            "FileSystemId": EFS,
            "FileSystemType": type,
            "FileSystemAccessMode": mode,
            "DirectoryPath": "/",
        }
    }


def test_a_file_system_is_mounted_as_it_is_asked_for() -> None:
    place = (f"arn:aws:elasticfilesystem:R:A:file-system/{EFS}",)
    mounting, looking = (
        "elasticfilesystem:ClientMount elasticfilesystem:ClientRootAccess",
        "elasticfilesystem:DescribeMountTargets",
    )
    reading, writing = f"{mounting} {looking}", f"{mounting} elasticfilesystem:ClientWrite {looking}"
    assert of(mounted("EFS", "ro")) == {reading: (place, {})}
    assert of(mounted("EFS", "rw")) == {writing: (place, {})}
    assert of(mounted("FSxLustre", "rw")) == {"fsx:DescribeFileSystems": (("*",), {})}


def test_contents_of_a_hub_are_looked_up_by_their_arn() -> None:
    assert of({"DatasetSource": {"DatasetArn": DATASET}}) == {
        "sagemaker:DescribeHubContent": ((DATASET, f"{DATASET}/*", IN_HUB), {})
    }
    model = {
        "S3DataType": "S3Prefix",
        "S3Uri": "s3://models/llama/",
        "HubAccessConfig": {"HubContentArn": HUB},
    }
    found = of({"S3DataSource": model})
    assert found["sagemaker:DescribeHubContent"] == ((HUB, f"{HUB}/*", IN_HUB), {})
    caches = ("jumpstart-cache-prod-R", "jumpstart-private-cache-prod-R")
    assert found["s3:GetObject"] == (tuple(f"arn:aws:s3:::{name}/*" for name in caches), {})


def listed(stack: cdk.Stack, channel: Channel) -> list[tuple[str, str, Any]]:
    spec = TrainingJobSpec(
        algorithm=Algorithm.from_image_uri(IMAGE), instance_type="ml.m5.xlarge", channels=[channel]
    )
    role = TrainingRole(stack, "Role", spec=spec)
    return [
        (p.actions[0], flat(stack.resolve(p.resources[0])), p.conditions)
        for p in role.explain_permissions()
        if p.reason.startswith("InputDataConfig")
    ]


def test_a_manifest_is_read_with_all_of_its_bucket_unless_told_better(stack: cdk.Stack) -> None:
    assert listed(stack, Channel.from_manifest("train", "s3://lists/a.json")) == [
        ("s3:GetObject", "arn:aws:s3:::lists/a.json", {}),
        ("s3:GetObject", "arn:aws:s3:::lists/*", {}),
        ("s3:ListBucket", "arn:aws:s3:::lists", {}),
    ]


def test_a_manifest_s_data_is_read_where_it_lies(stack: cdk.Stack) -> None:
    channel = Channel.from_augmented_manifest(
        "train", "s3://lists/a.json", attribute_names=["x"], manifest_data=["s3://data/a/", "s3://more/b"]
    )
    assert listed(stack, channel) == [
        ("s3:GetObject", "arn:aws:s3:::lists/a.json", {}),
        ("s3:ListBucket", "arn:aws:s3:::lists", {"StringLike": {"s3:prefix": ["a.json", "a.json*"]}}),
        ("s3:GetObject", "arn:aws:s3:::data/a/*", {}),
        ("s3:ListBucket", "arn:aws:s3:::data", {"StringLike": {"s3:prefix": ["a/", "a/*"]}}),
        ("s3:GetObject", "arn:aws:s3:::more/b*", {}),
        ("s3:ListBucket", "arn:aws:s3:::more", {"StringLike": {"s3:prefix": ["b", "b*"]}}),
    ]


def test_a_manifest_in_a_bucket_of_the_app_s_is_named_by_tokens(stack: cdk.Stack) -> None:
    bucket = s3.Bucket.from_bucket_name(stack, "Lists", "lists")
    found = listed(stack, Channel.from_manifest("train", bucket, "a.json"))
    assert [resource for _, resource, _ in found][:2] == ["arn:aws:s3:::lists/a.json", "arn:aws:s3:::lists/*"]


def test_the_credentials_of_a_private_registry_are_asked_for() -> None:
    auth = {"TrainingRepositoryCredentialsProviderArn": FUNCTION}
    config = {"TrainingRepositoryAccessMode": "Vpc", "TrainingRepositoryAuthConfig": auth}
    request = {
        "AlgorithmSpecification": {
            "TrainingImage": "registry.example.com/train:1",
            "TrainingImageConfig": config,
        }
    }
    assert statements(request)["lambda:InvokeFunction"] == ((FUNCTION,), {})


@pytest.mark.parametrize(
    ("uri", "objects", "bucket"),
    [
        (
            "s3://arn:aws:s3:eu-west-1:111122223333:accesspoint/lake/a/b",
            "arn:aws:s3:eu-west-1:111122223333:accesspoint/lake/object/a/b*",
            "arn:aws:s3:eu-west-1:111122223333:accesspoint/lake",
        ),
        ("s3://lake/a/b", "arn:aws:s3:::lake/a/b*", "arn:aws:s3:::lake"),
    ],
)
def test_an_access_point_is_a_bucket_by_another_name(
    stack: cdk.Stack, uri: str, objects: str, bucket: str
) -> None:
    place = S3Location.parse(uri)
    assert place.key == "a/b"
    assert flat(stack.resolve(place.objects_arn("*"))) == objects
    assert flat(stack.resolve(place.bucket_arn)) == bucket
    assert place.folder.key == "a/b/"
    whole = objects.removesuffix("a/b*")
    assert flat(stack.resolve(place.whole_bucket.objects_arn("*"))) == f"{whole}*"


TOKEN = cdk.Token.as_any({"Ref": "Later"})


@pytest.mark.parametrize(
    "request_",
    [
        {"InputDataConfig": "{% $states.input.channels %}"},
        {"InputDataConfig": TOKEN},
        {"InputDataConfig": [TOKEN, "x", {}, {"DataSource": TOKEN}, {"DataSource": {"S3DataSource": TOKEN}}]},
        {"InputDataConfig": [{"ChannelName": TOKEN, "DataSource": {"S3DataSource": {"S3Uri": 3}}}]},
        {"InputDataConfig": [{"DataSource": {"S3DataSource": {"S3Uri": "{% $states.input.uri %}"}}}]},
        {"InputDataConfig": [{"DataSource": {"S3DataSource": {"S3Uri": "https://example.com/data"}}}]},
        {"InputDataConfig": [{"DataSource": {"FileSystemDataSource": {"FileSystemType": "EFS"}}}]},
        {"AlgorithmSpecification": TOKEN, "OutputDataConfig": TOKEN, "CheckpointConfig": TOKEN},
        {"AlgorithmSpecification": {"TrainingImage": 3, "TrainingImageConfig": TOKEN}},
        {"HyperParameters": TOKEN, "ResourceConfig": TOKEN, "VpcConfig": TOKEN},
        {"HyperParameters": {"sagemaker_submit_directory": 3}, "ResourceConfig": {"VolumeKmsKeyId": 3}},
    ],
)
def test_what_cannot_be_seen_is_neither_granted_nor_refused(request_: dict[str, Any]) -> None:
    assert statements(request_) == statements({})


def test_a_place_that_is_a_token_object_is_taken_apart_when_it_is_deployed(stack: cdk.Stack) -> None:
    source = {"S3DataSource": {"S3Uri": TOKEN}}
    request = {"InputDataConfig": [{"ChannelName": "train", "DataSource": source}]}

    read, listing = execution_permissions(request)[-2:]

    assert (read.actions, listing.actions) == (("s3:GetObject",), ("s3:ListBucket",))
    path = {"Fn::Select": [1, {"Fn::Split": ["s3://", {"Ref": "Later"}]}]}
    (objects,) = stack.resolve([*read.resources])
    assert objects["Fn::Join"][1][-2:] == [path, "*"]


def test_a_network_that_cloudformation_lists_is_granted_as_a_whole() -> None:
    groups, subnets = (cdk.Fn.split(",", cdk.Fn.import_value(name)) for name in ("Groups", "Subnets"))
    found = statements({"VpcConfig": {"SecurityGroupIds": groups, "Subnets": subnets}})
    ec2 = "arn:aws:ec2:R:A:"
    expected = (f"{ec2}network-interface/*", f"{ec2}subnet/*", f"{ec2}security-group/*")
    assert found["ec2:CreateNetworkInterface"] == (expected, {})
