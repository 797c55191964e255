"""Rules about what a channel's input mode can carry."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.rules.requests import TOKEN, found
from tests.unit.rules.test_algorithm import SERVERLESS
from tests.unit.rules.test_channels import channel, channels, in_s3

AUGMENTED = in_s3(S3DataType="AugmentedManifestFile", S3Uri="s3://in-bucket/m.json", AttributeNames=["a"])
MANIFEST = in_s3(S3DataType="ManifestFile", S3Uri="s3://in-bucket/m.manifest")
MODEL = "application/x-sagemaker-model"

CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "augmented-manifest-needs-pipe": (
        channels(channel(source=AUGMENTED, InputMode="Pipe", RecordWrapperType="RecordIO")),
        channels(channel(source=AUGMENTED)),
    ),
    "fastfile-no-augmented-manifest": (
        channels(channel(InputMode="FastFile")),
        channels(channel(source=AUGMENTED, InputMode="FastFile")),
    ),
    "fastfile-no-manifest": (
        channels(channel(InputMode="FastFile")),
        channels(channel(source=MANIFEST, InputMode="FastFile")),
    ),
    "compression-only-pipe": (
        channels(channel(InputMode="Pipe", CompressionType="Gzip")),
        channels(channel(CompressionType="Gzip")),
    ),
    "record-wrapper-only-pipe": (
        channels(channel(InputMode="Pipe", RecordWrapperType="RecordIO")),
        channels(channel(RecordWrapperType="RecordIO")),
    ),
    "model-channel-file-mode": (
        channels(channel("model", ContentType=MODEL, InputMode="File")),
        channels(channel("model", ContentType=MODEL, InputMode="Pipe")),
    ),
}
MESSAGES = {
    "augmented-manifest-needs-pipe": (
        "InputMode",
        "must be Pipe for S3DataType AugmentedManifestFile, got File: its records exist as a stream only",
    ),
    "fastfile-no-augmented-manifest": (
        "InputMode",
        "must be Pipe for S3DataType AugmentedManifestFile, got FastFile, which reads S3 prefixes only",
    ),
    "fastfile-no-manifest": (
        "InputMode",
        "must be File or Pipe for S3DataType ManifestFile, got FastFile, which reads S3 prefixes only",
    ),
    "compression-only-pipe": (
        "CompressionType",
        "Gzip can be set in Pipe mode only, and the channel's input mode is File, which does not unpack "
        "files",
    ),
    "record-wrapper-only-pipe": (
        "RecordWrapperType",
        "RecordIO can be set in Pipe mode only, and the channel's input mode is File, which does not wrap "
        "files",
    ),
    "model-channel-file-mode": (
        "InputMode",
        "must be File for the content type application/x-sagemaker-model, got Pipe: the model to go on "
        "from is "
        "read as files",
    ),
}
IDS = sorted(CASES)


@pytest.mark.parametrize("rule", IDS)
def test_what_a_mode_cannot_carry(rule: str) -> None:
    member, message = MESSAGES[rule]
    assert found(rule, CASES[rule][1]) == [("error", f"InputDataConfig[0].{member}", message)]


@pytest.mark.parametrize("rule", IDS)
def test_a_channel_without_a_mode_has_the_algorithm_s(rule: str) -> None:
    [wrong] = CASES[rule][1]["InputDataConfig"]
    mode = wrong.get("InputMode", "File")
    own = {**wrong}
    own.pop("InputMode", None)
    for shared in ("File", "Pipe", "FastFile"):
        fragment = {**channels(own), "AlgorithmSpecification": {"TrainingInputMode": shared}}
        fires = shared == mode or (shared == "FastFile" and not rule.startswith(("augmented", "fastfile")))
        assert len(found(rule, fragment)) == fires, shared
    # Its own mode is believed before the algorithm's.
    fragment = {
        **channels({**wrong, "InputMode": mode}),
        "AlgorithmSpecification": {"TrainingInputMode": TOKEN},
    }
    assert len(found(rule, fragment)) == 1


@pytest.mark.parametrize("rule", IDS)
def test_a_mode_or_source_that_is_not_known_hides_no_other(rule: str) -> None:
    [wrong] = CASES[rule][1]["InputDataConfig"]
    vague = {**wrong, "ChannelName": "vague", "InputMode": TOKEN}
    unlike = {
        **wrong,
        "ChannelName": "c",
        "DataSource": TOKEN,
        "CompressionType": TOKEN,
        "RecordWrapperType": TOKEN,
    }
    unlike["ContentType"] = TOKEN
    member = MESSAGES[rule][0]
    paths = [path for _, path, _ in found(rule, channels(TOKEN, vague, unlike, wrong))]
    assert paths == [f"InputDataConfig[3].{member}"]


@pytest.mark.parametrize("mode", [TOKEN, None])
def test_an_algorithm_that_is_not_known(mode: str | None) -> None:
    fragment = {**CASES["compression-only-pipe"][1], "AlgorithmSpecification": TOKEN}
    assert found("compression-only-pipe", fragment) == []
    fragment["AlgorithmSpecification"] = {"TrainingInputMode": mode}
    assert found("compression-only-pipe", fragment) == []


def test_files_are_what_a_job_without_any_mode_reads() -> None:
    fragment = {**SERVERLESS, **CASES["compression-only-pipe"][1]}
    assert len(found("compression-only-pipe", fragment)) == 1
    assert found("model-channel-file-mode", {**SERVERLESS, **channels(channel(ContentType=MODEL))}) == []


@pytest.mark.parametrize("members", [{"CompressionType": "None"}, {"RecordWrapperType": "None"}])
def test_none_is_no_wrapping(members: dict[str, str]) -> None:
    assert found("compression-only-pipe", channels(channel(**members))) == []
    assert found("record-wrapper-only-pipe", channels(channel(**members))) == []


@pytest.mark.parametrize(("content", "findings"), [(f"{MODEL}; v=1", 1), (MODEL.upper(), 1), ("text/csv", 0)])
def test_the_content_type_of_a_model(content: str, findings: int) -> None:
    given = channels(channel("model", ContentType=content, InputMode="FastFile"))
    assert len(found("model-channel-file-mode", given)) == findings


def test_only_the_channel_concerned_is_named() -> None:
    plain = channel("a", CompressionType="None", RecordWrapperType="None", ContentType="text/csv")
    wrong = {"CompressionType": "Gzip", "RecordWrapperType": "RecordIO", "ContentType": MODEL}
    for rule in ("compression-only-pipe", "record-wrapper-only-pipe", "model-channel-file-mode"):
        given = channels({**plain, "InputMode": "FastFile"}, channel("b", InputMode="FastFile", **wrong))
        assert [path[:18] for _, path, _ in found(rule, given)] == ["InputDataConfig[1]"], rule


def test_each_kind_of_manifest_has_modes_of_its_own() -> None:
    given = channels(
        channel("a", MANIFEST),
        channel("b", AUGMENTED),
        channel("c", MANIFEST, InputMode="FastFile"),
        channel("d", AUGMENTED, InputMode="FastFile"),
    )
    for rule, index in (
        ("augmented-manifest-needs-pipe", 1),
        ("fastfile-no-manifest", 2),
        ("fastfile-no-augmented-manifest", 3),
    ):
        assert [path[:18] for _, path, _ in found(rule, given)] == [f"InputDataConfig[{index}]"], rule
