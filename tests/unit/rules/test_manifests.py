"""Rules about sources in S3 that are more than a prefix."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.rules.requests import TOKEN, found
from tests.unit.rules.test_algorithm import SERVERLESS
from tests.unit.rules.test_channels import channel, channels, in_s3


def source(kind: str, uri: str = "s3://in-bucket/m.json", **members: Any) -> dict[str, Any]:
    return channels(channel(source=in_s3(S3DataType=kind, S3Uri=uri, **members), InputMode="Pipe"))


CONVERSE = source("Converse", "s3://in-bucket/train/")
CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "augmented-manifest-needs-attribute-names": (
        source("AugmentedManifestFile", AttributeNames=["source-ref", "label"]),
        source("AugmentedManifestFile"),
    ),
    "attribute-names-only-augmented": ({}, source("S3Prefix", AttributeNames=["x"])),
    "manifest-uri-is-object": (
        source("ManifestFile", "s3://in-bucket/m.manifest"),
        source("ManifestFile", "s3://in-bucket/dir/"),
    ),
    "converse-only-model-customization": ({**SERVERLESS, **CONVERSE}, CONVERSE),
}
START = "InputDataConfig[0].DataSource.S3DataSource"


@pytest.mark.parametrize(("names", "got"), [(None, "nothing"), ([], "an empty list")])
def test_an_augmented_manifest_has_attributes(names: Any, got: str) -> None:
    fragment = source("AugmentedManifestFile", **({} if names is None else {"AttributeNames": names}))
    assert found("augmented-manifest-needs-attribute-names", fragment) == [
        (
            "error",
            f"{START}.AttributeNames",
            f"must name at least one attribute for S3DataType AugmentedManifestFile, got {got}: only what is "
            "named is read from each line",
        )
    ]


@pytest.mark.parametrize("names", [TOKEN, [TOKEN], ["#{Token[TOKEN.1]}"]])
def test_attributes_that_are_not_known(names: Any) -> None:
    fragment = source("AugmentedManifestFile", AttributeNames=names)
    assert found("augmented-manifest-needs-attribute-names", fragment) == []


@pytest.mark.parametrize("kind", ["S3Prefix", "ManifestFile", "Converse"])
@pytest.mark.parametrize("names", [["x"], [TOKEN]])
def test_attributes_of_what_has_none(kind: str, names: list[str]) -> None:
    assert found("attribute-names-only-augmented", source(kind, AttributeNames=names)) == [
        (
            "warning",
            f"{START}.AttributeNames",
            f"has no effect with S3DataType {kind}: attributes are those of an augmented manifest's lines",
        )
    ]


@pytest.mark.parametrize(("kind", "names"), [(TOKEN, ["x"]), ("S3Prefix", []), ("S3Prefix", TOKEN)])
def test_no_attributes_or_not_known_of_what(kind: str, names: Any) -> None:
    assert found("attribute-names-only-augmented", source(kind, AttributeNames=names)) == []


@pytest.mark.parametrize("kind", ["ManifestFile", "AugmentedManifestFile"])
@pytest.mark.parametrize(
    ("uri", "what"),
    [
        ("s3://in-bucket/dir/", "prefix"),
        ("s3://in-bucket", "bucket"),
        ("s3://in-bucket/", "bucket"),
        ("s3://arn:aws:s3:us-west-2:123456789012:accesspoint/ap", "bucket"),
        ("s3://arn:aws:s3:us-west-2:123456789012:accesspoint/ap/dir/", "prefix"),
        ("https://in-bucket.s3.us-west-2.amazonaws.com/dir/", "prefix"),
    ],
)
def test_a_manifest_is_an_object(kind: str, uri: str, what: str) -> None:
    fragment = source(kind, uri, AttributeNames=["a"])
    assert found("manifest-uri-is-object", fragment) == [
        (
            "error",
            f"{START}.S3Uri",
            f"must name one object for S3DataType {kind}, got {uri!r}, which is a {what}",
        )
    ]


@pytest.mark.parametrize(
    "fragment",
    [
        source("S3Prefix", "s3://in-bucket/dir/"),
        source("Converse", "s3://in-bucket/dir/"),
        source(TOKEN, "s3://in-bucket/dir/"),
        source("ManifestFile", TOKEN),
        source("ManifestFile", f"s3://{TOKEN}/"),
        source("ManifestFile", "s3://arn:aws:s3:us-west-2:123456789012:accesspoint/ap/m.manifest"),
        source("ManifestFile", "https://s3.us-west-2.amazonaws.com/in-bucket/m.manifest"),
    ],
)
def test_what_is_an_object_or_no_manifest(fragment: dict[str, Any]) -> None:
    assert found("manifest-uri-is-object", fragment) == []


def test_an_unknown_channel_hides_no_other() -> None:
    [wrong] = source("AugmentedManifestFile", "s3://b/")["InputDataConfig"]
    vague = channel("v", in_s3(S3DataType="AugmentedManifestFile", S3Uri=TOKEN, AttributeNames=TOKEN))
    fragment = channels(TOKEN, channel("t", TOKEN), channel("u", {"S3DataSource": TOKEN}), vague, wrong)
    for rule, member in (
        ("augmented-manifest-needs-attribute-names", "AttributeNames"),
        ("manifest-uri-is-object", "S3Uri"),
    ):
        paths = [path for _, path, _ in found(rule, fragment)]
        assert paths == [f"InputDataConfig[4].DataSource.S3DataSource.{member}"]


def test_conversations_are_for_serverless_jobs() -> None:
    assert found("converse-only-model-customization", CONVERSE) == [
        (
            "warning",
            f"{START}.S3DataType",
            "Converse is for serverless model customization, and ServerlessJobConfig is left out",
        )
    ]
    assert found("converse-only-model-customization", {**CONVERSE, "ServerlessJobConfig": TOKEN}) == []
    assert found("converse-only-model-customization", source("ManifestFile")) == []


def test_attributes_are_for_augmented_manifests() -> None:
    rule = "attribute-names-only-augmented"
    assert found(rule, source("AugmentedManifestFile", AttributeNames=["x"])) == []
    names = in_s3(AttributeNames=["x"])
    given = channels(channel("a"), channel("b", in_s3(AttributeNames=TOKEN)), channel("c", names))
    assert [path[:18] for _, path, _ in found(rule, given)] == ["InputDataConfig[2]"]
