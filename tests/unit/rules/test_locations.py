"""Rules about S3 locations and folders in the container."""

from __future__ import annotations

from typing import Any

import pytest

from constructs_lib import Finding, validate_request
from constructs_lib.rules.members import LOCAL_PATHS, S3_URIS
from tests.unit.rules.requests import merged

TOKEN = "${Token[TOKEN.123]}"
CHECKPOINT = {"CheckpointConfig": {"S3Uri": "s3://ckpt-bucket/x/"}}
CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "s3-bucket-name-valid": ({}, {"OutputDataConfig": {"S3OutputPath": "s3://My_Bucket/x"}}),
    "s3-uri-https-form": (
        {},
        {"OutputDataConfig": {"S3OutputPath": "https://s3.us-west-2.amazonaws.com/b/x"}},
    ),
    "output-inside-input-prefix": (
        CHECKPOINT,
        {"OutputDataConfig": {"S3OutputPath": "s3://in-bucket/train/out/"}},
    ),
    "checkpoint-uri-distinct": (CHECKPOINT, {"CheckpointConfig": {"S3Uri": "s3://out-bucket/model"}}),
    "local-path-absolute": (
        {"CheckpointConfig": {"S3Uri": "s3://ckpt-bucket/x/", "LocalPath": "/opt/ml/checkpoints"}},
        {"CheckpointConfig": {"S3Uri": "s3://ckpt-bucket/x/", "LocalPath": "checkpoints"}},
    ),
    "checkpoint-path-not-reserved": (
        {"CheckpointConfig": {"S3Uri": "s3://ckpt-bucket/x/", "LocalPath": "/opt/ml/checkpoints"}},
        {"CheckpointConfig": {"S3Uri": "s3://ckpt-bucket/x/", "LocalPath": "/opt/ml/model"}},
    ),
    "local-paths-distinct": (
        {
            "CheckpointConfig": {"S3Uri": "s3://ckpt-bucket/x/", "LocalPath": "/a"},
            "TensorBoardOutputConfig": {"S3OutputPath": "s3://out-bucket/tb/", "LocalPath": "/b"},
        },
        {
            "CheckpointConfig": {"S3Uri": "s3://ckpt-bucket/x/", "LocalPath": "/a"},
            "TensorBoardOutputConfig": {"S3OutputPath": "s3://out-bucket/tb/", "LocalPath": "/a/"},
        },
    ),
}


def found(rule: str, fragment: dict[str, Any]) -> list[Finding]:
    return [finding for finding in validate_request(merged(fragment)) if finding.rule == rule]


def paths(rule: str, fragment: dict[str, Any]) -> list[str]:
    return [finding.path for finding in found(rule, fragment)]


def with_channels(*uris: str, data_type: str = "S3Prefix", **fragment: Any) -> dict[str, Any]:
    channels = [
        {"ChannelName": f"c{index}", "DataSource": {"S3DataSource": {"S3DataType": data_type, "S3Uri": uri}}}
        for index, uri in enumerate(uris)
    ]
    return {"InputDataConfig": channels, **fragment}


def test_s3_locations_and_folders_come_from_the_service_model() -> None:
    assert S3_URIS == (
        "InputDataConfig[].DataSource.S3DataSource.S3Uri",
        "OutputDataConfig.S3OutputPath",
        "CheckpointConfig.S3Uri",
        "DebugHookConfig.S3OutputPath",
        "DebugRuleConfigurations[].S3OutputPath",
        "TensorBoardOutputConfig.S3OutputPath",
        "ProfilerConfig.S3OutputPath",
        "ProfilerRuleConfigurations[].S3OutputPath",
    )
    assert LOCAL_PATHS == (
        "CheckpointConfig.LocalPath",
        "DebugHookConfig.LocalPath",
        "DebugRuleConfigurations[].LocalPath",
        "TensorBoardOutputConfig.LocalPath",
        "ProfilerRuleConfigurations[].LocalPath",
    )


@pytest.mark.parametrize(
    ("bucket", "why"),
    [
        ("My_Bucket", "allowed are lower-case letters, digits, dots and hyphens"),
        ("buck et", "allowed are lower-case letters, digits, dots and hyphens"),
        ("bücket", "allowed are lower-case letters, digits, dots and hyphens"),
        ("ab", "it has 2 characters, allowed are 3 to 63"),
        ("a" * 64, "it has 64 characters, allowed are 3 to 63"),
        ("a" + "-a" * 32, "it has 65 characters, allowed are 3 to 63"),
        ("-bucket", "it must begin and end with a letter or a digit"),
        ("bucket.", "it must begin and end with a letter or a digit"),
        ("buc..ket", "two dots must not stand side by side"),
        ("192.168.5.4", "it must not look like an IP address"),
        ("arn:aws:s3:::bucket", "the only ARN that may stand here is that of an access point"),
    ],
)
@pytest.mark.parametrize("rest", ["", "/", "/key"])
def test_an_impossible_bucket_is_an_error(bucket: str, why: str, rest: str) -> None:
    # when
    (finding,) = found("s3-bucket-name-valid", {"OutputDataConfig": {"S3OutputPath": f"s3://{bucket}{rest}"}})

    # then
    assert finding.severity == "error"
    assert finding.path == "OutputDataConfig.S3OutputPath"
    assert finding.message == f"names a bucket that S3 does not allow, got {bucket!r}: {why}"


@pytest.mark.parametrize(
    "uri",
    [
        "s3://abc",
        "s3://" + "a" * 63 + "/x",
        "s3://my.bucket.name/x",
        "s3://1.2.3.4.5/x",
        "s3://my-bucket--usw2-az1--x-s3/x",
        "s3://my-access-point-abcdefghijklmnopqrstuvwxyz-s3alias/x",
        "s3://bucket/Key_with..Any Text?",
        "s3://arn:aws:s3:us-west-2:123456789012:accesspoint/mine/prefix",
        "s3://arn:aws-cn:s3:cn-north-1:123456789012:accesspoint/mine",
        "s3://arn:aws:s3::123456789012:accesspoint/mfzwi23gnjvgw.mrap/x",
        "s3://arn:aws:s3-object-lambda:us-west-2:123456789012:accesspoint/mine/x",
        "s3://arn:aws:s3-outposts:us-west-2:123456789012:outpost/op-1/accesspoint/mine/x",
        "https://My_Host/x",
        f"s3://{TOKEN}/x",
        f"s3://My_Bucket/{TOKEN}",
    ],
)
def test_a_possible_bucket_passes(uri: str) -> None:
    assert found("s3-bucket-name-valid", {"OutputDataConfig": {"S3OutputPath": uri}}) == []


def test_every_location_is_looked_at_whatever_is_unknown_beside_it() -> None:
    # given
    rule = {"RuleConfigurationName": "r", "RuleEvaluatorImage": "i", "S3OutputPath": "s3://B/"}
    fragment = with_channels(
        TOKEN,
        "s3://A/",
        OutputDataConfig=TOKEN,
        CheckpointConfig={"S3Uri": "s3://C/"},
        DebugHookConfig={"S3OutputPath": "s3://D/"},
        DebugRuleConfigurations=[TOKEN, rule],
        TensorBoardOutputConfig={"S3OutputPath": "s3://E/"},
        ProfilerConfig={"S3OutputPath": "s3://F/"},
        ProfilerRuleConfigurations=[rule],
    )

    # then
    assert paths("s3-bucket-name-valid", fragment) == [
        "InputDataConfig[1].DataSource.S3DataSource.S3Uri",
        "CheckpointConfig.S3Uri",
        "DebugHookConfig.S3OutputPath",
        "DebugRuleConfigurations[1].S3OutputPath",
        "TensorBoardOutputConfig.S3OutputPath",
        "ProfilerConfig.S3OutputPath",
        "ProfilerRuleConfigurations[0].S3OutputPath",
    ]


def test_an_https_location_is_a_warning_and_is_not_shown() -> None:
    # when
    signed = "https://b.s3.amazonaws.com/x?X-Amz-Signature=abc"
    (finding,) = found("s3-uri-https-form", with_channels("s3://fine/x", signed))

    # then
    assert (finding.severity, finding.path) == ("warning", "InputDataConfig[1].DataSource.S3DataSource.S3Uri")
    assert finding.message == (
        "is an https:// address: the service takes it, and which bucket and prefix the role needs "
        "cannot be told "
        "from it for sure"
    )


@pytest.mark.parametrize(
    ("output", "source", "inside"),
    [
        ("s3://b1b/train/out", "s3://b1b/train/", True),
        ("s3://b1b/train", "s3://b1b/train/", True),
        ("s3://b1b/train-out", "s3://b1b/train", True),  # a prefix is no folder
        ("s3://b1b/train-out", "s3://b1b/train/", False),
        ("s3://b1b/train", "s3://b1b/train/out/", False),
        ("s3://b1b", "s3://b1b", True),
        ("s3://b1b/x", "s3://b1b", True),
        ("s3://b1b/x", "s3://b1b/", True),
        ("s3://b1b2/x", "s3://b1b", False),
        ("s3://b1b/x", "s3://b1b/x.csv", False),
    ],
)
def test_outputs_under_an_input(output: str, source: str, inside: bool) -> None:
    # given
    both: dict[str, Any] = {
        "OutputDataConfig": {"S3OutputPath": output},
        "CheckpointConfig": {"S3Uri": output},
    }

    # then
    expected = ["OutputDataConfig.S3OutputPath", "CheckpointConfig.S3Uri"] if inside else []
    assert paths("output-inside-input-prefix", with_channels(TOKEN, source, **both)) == expected
    assert paths("output-inside-input-prefix", with_channels(source, data_type="ManifestFile", **both)) == []
    assert paths("output-inside-input-prefix", with_channels(source, data_type=TOKEN, **both)) == []


def test_an_output_under_an_input_names_the_channel() -> None:
    # when
    (finding,) = found(
        "output-inside-input-prefix",
        with_channels("s3://other/", "s3://out-bucket/mod", "s3://out-bucket/"),
    )

    # then
    assert finding.message == (
        "lies under an input of the same job, InputDataConfig[1] reads all that begins with "
        "'s3://out-bucket/mod': a later run would train on what this one writes"
    )


def test_checkpoints_at_the_output_path() -> None:
    # when
    (finding,) = found("checkpoint-uri-distinct", CASES["checkpoint-uri-distinct"][1])

    # then
    assert (finding.severity, finding.path) == ("warning", "CheckpointConfig.S3Uri")
    assert finding.message == (
        "must not be the output path too, got 's3://out-bucket/model': checkpoints are synchronised, "
        "and what is "
        "deleted in the container is deleted in S3"
    )
    assert found("checkpoint-uri-distinct", {"CheckpointConfig": {"S3Uri": "s3://out-bucket/model/c"}}) == []
    assert found("checkpoint-uri-distinct", {"CheckpointConfig": {"S3Uri": TOKEN}}) == []


def test_a_relative_folder_is_an_error_wherever_it_stands() -> None:
    # given
    rule = {"RuleConfigurationName": "r", "RuleEvaluatorImage": "i", "LocalPath": "rule"}
    fragment = {
        "CheckpointConfig": {"S3Uri": "s3://ckpt-bucket/x/", "LocalPath": TOKEN},
        "DebugHookConfig": {"S3OutputPath": "s3://out-bucket/d", "LocalPath": ""},
        "DebugRuleConfigurations": [rule],
        "ProfilerRuleConfigurations": [TOKEN, rule],
        "TensorBoardOutputConfig": {"S3OutputPath": "s3://out-bucket/d", "LocalPath": " /tb"},
    }

    # when
    findings = found("local-path-absolute", fragment)

    # then
    assert [finding.path for finding in findings] == [
        "DebugHookConfig.LocalPath",
        "DebugRuleConfigurations[0].LocalPath",
        "ProfilerRuleConfigurations[1].LocalPath",
        "TensorBoardOutputConfig.LocalPath",
    ]
    assert findings[1].message == (
        "must start with /, got 'rule': it is a folder in the container, and its default is absolute too"
    )


@pytest.mark.parametrize(
    ("folder", "reserved"),
    [
        ("/", True),
        ("//", True),
        ("/opt/ml", True),
        ("/opt/ml/", True),
        ("/opt/ml/checkpoints/..", True),
        ("/opt/ml/model", True),
        ("/opt/ml/input/data/train", True),
        ("/opt/ml/output/", True),
        ("//opt//ml/code/x", True),
        ("/opt/ml/models", False),
        ("/opt/ml/checkpoints/", False),
        ("/opt/ml/Model", False),
        ("/checkpoints", False),
        ("opt/ml/model", False),
        (TOKEN, False),
    ],
)
def test_folders_of_the_platform(folder: str, reserved: bool) -> None:
    fragment = {"CheckpointConfig": {"S3Uri": "s3://ckpt-bucket/x/", "LocalPath": folder}}
    assert paths("checkpoint-path-not-reserved", fragment) == (
        ["CheckpointConfig.LocalPath"] if reserved else []
    )


def test_a_folder_of_the_platform_says_which() -> None:
    (finding,) = found("checkpoint-path-not-reserved", CASES["checkpoint-path-not-reserved"][1])
    assert finding.message == (
        "is a folder of the platform, got '/opt/ml/model': inputs, model, output and code (/opt/ml/input, "
        "/opt/ml/model, /opt/ml/output, /opt/ml/code) are not to be synchronised as checkpoints"
    )


def folders(checkpoint: Any, hook: Any, board: Any) -> dict[str, Any]:
    """The three configurations; None leaves the folder out."""
    given = {"CheckpointConfig": checkpoint, "DebugHookConfig": hook, "TensorBoardOutputConfig": board}
    uri = {name: "S3Uri" if name == "CheckpointConfig" else "S3OutputPath" for name in given}
    return {
        name: {uri[name]: "s3://a-bucket/x/", **({} if folder is None else {"LocalPath": folder})}
        for name, folder in given.items()
    }


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (("/a", "/b", "/c"), []),
        ((None, None, None), []),
        (("/a", "/b", "/a/"), ["TensorBoardOutputConfig.LocalPath"]),
        (("/a", "/a", "//a"), ["DebugHookConfig.LocalPath", "TensorBoardOutputConfig.LocalPath"]),
        (("/opt/ml/output/tensors/", None, None), ["CheckpointConfig.LocalPath"]),
        ((None, "/b", "/opt/ml/checkpoints"), ["TensorBoardOutputConfig.LocalPath"]),
        ((TOKEN, "/a", "/a"), ["TensorBoardOutputConfig.LocalPath"]),
        (("/a", TOKEN, "/b"), []),
    ],
)
def test_folders_used_twice(given: tuple[Any, Any, Any], expected: list[str]) -> None:
    assert paths("local-paths-distinct", folders(*given)) == expected


def test_a_folder_used_twice_names_the_other_user() -> None:
    # given
    fragment = {**folders("/a", None, "/a/"), "DebugHookConfig": TOKEN}

    # when
    (finding,) = found("local-paths-distinct", fragment)

    # then
    assert finding.message == (
        "must be a folder of its own, got '/a/', which CheckpointConfig uses too: each would upload "
        "the other's files"
    )
