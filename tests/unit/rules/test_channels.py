"""Rules about the input channels: their names and sources."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.rules.requests import TOKEN, found
from tests.unit.rules.test_algorithm import SERVERLESS

S3 = {"S3DataType": "S3Prefix", "S3Uri": "s3://in-bucket/train/"}
EFS = {
    "FileSystemId": "fs-0123456789abcdef0",
    "FileSystemAccessMode": "ro",
    "FileSystemType": "EFS",
    "DirectoryPath": "/data",
}
DATASET = {"DatasetArn": "arn:aws:sagemaker:us-west-2:123456789012:hub-content/hub/DataSet/ds"}
TWO = {"ResourceConfig": {"InstanceCount": 2}}


def channel(name: str = "train", source: Any = None, **members: Any) -> dict[str, Any]:
    return {"ChannelName": name, "DataSource": {"S3DataSource": S3} if source is None else source, **members}


def channels(*given: Any) -> dict[str, Any]:
    return {"InputDataConfig": list(given)}


def in_s3(**members: Any) -> dict[str, Any]:
    return {"S3DataSource": {**S3, **members}}


SHARDED = channels(channel(source=in_s3(S3DataDistributionType="ShardedByS3Key")))
IN_HUB = channels(channel(source={"DatasetSource": DATASET}))


def licensed(accepted: Any) -> dict[str, Any]:
    return channels(channel(source=in_s3(ModelAccessConfig={"AcceptEula": accepted})))


CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "channel-name-unique": (channels(channel(), channel("test")), channels(channel(), channel())),
    "data-source-exactly-one": ({}, channels(channel(source={}))),
    "shuffle-without-s3-listing": (
        channels(channel(InputMode="Pipe", ShuffleConfig={"Seed": 1})),
        channels(channel(InputMode="FastFile", ShuffleConfig={"Seed": 1})),
    ),
    "sharded-on-single-instance": ({**SHARDED, **TWO}, SHARDED),
    "dataset-source-only-serverless": ({**SERVERLESS, **IN_HUB}, IN_HUB),
    "model-access-eula-accepted": (licensed(True), licensed(False)),
}


def test_a_channel_name_is_one_folder() -> None:
    assert found("channel-name-unique", channels(channel(), channel("a"), channel())) == [
        (
            "error",
            "InputDataConfig[2].ChannelName",
            "'train' is the name of InputDataConfig[0] already: both would be at the same path, "
            "/opt/ml/input/data/<name>",
        )
    ]
    assert found("channel-name-unique", channels(channel("Train"), channel())) == []


def test_unknown_channels_hide_no_repeated_name() -> None:
    given = channels(TOKEN, channel(TOKEN), channel(), channel(TOKEN), channel())
    assert [path for _, path, _ in found("channel-name-unique", given)] == ["InputDataConfig[4].ChannelName"]


@pytest.mark.parametrize(
    ("source", "path", "got"),
    [
        ({}, "", "none"),
        (
            {"S3DataSource": S3, "FileSystemDataSource": EFS},
            ".FileSystemDataSource",
            "S3DataSource and FileSystemDataSource",
        ),
        ({"DatasetSource": TOKEN, "S3DataSource": TOKEN}, ".S3DataSource", "DatasetSource and S3DataSource"),
    ],
)
def test_a_channel_has_one_source(source: dict[str, Any], path: str, got: str) -> None:
    given = channels(TOKEN, channel(source=TOKEN), channel("b"), channel("c", source))
    assert found("data-source-exactly-one", given) == [
        (
            "error",
            f"InputDataConfig[3].DataSource{path}",
            f"must have exactly one of S3DataSource, FileSystemDataSource and DatasetSource, got {got}",
        )
    ]


@pytest.mark.parametrize(
    "source", [{"FileSystemDataSource": EFS}, {"DatasetSource": DATASET}, {"S3DataSource": TOKEN}]
)
def test_any_one_source_will_do(source: dict[str, Any]) -> None:
    assert found("data-source-exactly-one", channels(channel(source=source))) == []


@pytest.mark.parametrize(
    ("members", "what"),
    [
        ({"InputMode": "FastFile"}, "a channel in FastFile mode"),
        ({"source": {"FileSystemDataSource": EFS}}, "a FileSystemDataSource"),
        ({"source": {"DatasetSource": DATASET}, "InputMode": TOKEN}, "a DatasetSource"),
        ({"source": TOKEN, "InputMode": "FastFile"}, "a channel in FastFile mode"),
    ],
)
def test_shuffling_needs_a_listing(members: dict[str, Any], what: str) -> None:
    given = channels(TOKEN, channel(**members, ShuffleConfig={"Seed": 1}))
    assert found("shuffle-without-s3-listing", given) == [
        (
            "warning",
            "InputDataConfig[1].ShuffleConfig",
            f"has no effect on {what}: what is shuffled are the objects that SageMaker lists in S3",
        )
    ]


def test_shuffling_a_channel_of_the_algorithm_s_mode() -> None:
    given = channels(channel(ShuffleConfig={"Seed": 1}))
    rule = "shuffle-without-s3-listing"
    assert found(rule, given) == []
    assert len(found(rule, {**given, "AlgorithmSpecification": {"TrainingInputMode": "FastFile"}})) == 1
    assert found(rule, {**given, "AlgorithmSpecification": {"TrainingInputMode": TOKEN}}) == []
    assert found(rule, {**given, "AlgorithmSpecification": TOKEN}) == []


def test_one_instance_gets_all_objects() -> None:
    assert found("sharded-on-single-instance", SHARDED) == [
        (
            "warning",
            "InputDataConfig[0].DataSource.S3DataSource.S3DataDistributionType",
            "ShardedByS3Key has no effect on one instance: it gets all objects",
        )
    ]


def groups(*counts: Any) -> dict[str, Any]:
    entries = [
        {"InstanceType": "ml.c5.xlarge", "InstanceCount": count, "InstanceGroupName": f"g{index}"}
        for index, count in enumerate(counts)
    ]
    return {"ResourceConfig": {"InstanceType": None, "InstanceCount": None, "InstanceGroups": entries}}


@pytest.mark.parametrize(
    ("resources", "findings"),
    [
        (TWO, 0),
        (groups(1), 1),
        (groups(1, 1), 0),
        (groups(1, TOKEN), 0),
        ({"ResourceConfig": {"InstanceCount": TOKEN}}, 0),
        ({"ResourceConfig": TOKEN}, 0),
        ({"ResourceConfig": None}, 0),
    ],
)
def test_the_number_of_instances_is_counted(resources: dict[str, Any], findings: int) -> None:
    assert len(found("sharded-on-single-instance", {**SHARDED, **resources})) == findings


def test_an_unknown_source_hides_no_other() -> None:
    sharded = in_s3(S3DataDistributionType="ShardedByS3Key")
    given = channels(
        channel("a", {"S3DataSource": TOKEN}),
        channel("b", in_s3(S3DataDistributionType=TOKEN)),
        channel("c", in_s3(S3DataDistributionType="FullyReplicated")),
        channel("d", sharded),
    )
    assert [path[:18] for _, path, _ in found("sharded-on-single-instance", given)] == ["InputDataConfig[3]"]


def test_data_sets_are_for_serverless_jobs() -> None:
    assert found("dataset-source-only-serverless", IN_HUB) == [
        (
            "warning",
            "InputDataConfig[0].DataSource.DatasetSource",
            "is for serverless model customization, and ServerlessJobConfig is left out",
        )
    ]
    assert found("dataset-source-only-serverless", {**IN_HUB, "ServerlessJobConfig": TOKEN}) == []
    assert found("dataset-source-only-serverless", channels(channel(source=TOKEN))) == []


def test_a_licence_has_to_be_accepted() -> None:
    assert found("model-access-eula-accepted", licensed(False)) == [
        (
            "error",
            "InputDataConfig[0].DataSource.S3DataSource.ModelAccessConfig.AcceptEula",
            "must be true, got false: the model can be used only after its licence has been accepted",
        )
    ]
    assert found("model-access-eula-accepted", licensed(TOKEN)) == []
    assert found("model-access-eula-accepted", channels(channel(source=in_s3(ModelAccessConfig=TOKEN)))) == []


def test_only_the_channel_concerned_is_named() -> None:
    access = in_s3(ModelAccessConfig={"AcceptEula": False})
    given = channels(
        channel("a"), channel("b", TOKEN), channel("c", {"DatasetSource": DATASET}), channel("d", access)
    )
    for rule, index in (("dataset-source-only-serverless", 2), ("model-access-eula-accepted", 3)):
        assert [path[:18] for _, path, _ in found(rule, given)] == [f"InputDataConfig[{index}]"]
