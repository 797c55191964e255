"""A channel's prefix that siblings begin with, too, is warned about by every runner."""

from __future__ import annotations

import aws_cdk as cdk
import pytest
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_stepfunctions as sfn

from constructs_lib import (
    Channel,
    TrainingJob,
    TrainingJobSpec,
    TrainingJobTask,
    TrainingPlatform,
    TrainingSchedule,
)
from constructs_lib.cdk.prefixes import note_prefixes

from .reports import report

RULE = "prefix-also-matches"
TOKEN = cdk.Token.as_string({"Ref": "Later"})


def warned(uri: object, data_type: str = "S3Prefix") -> list[str]:
    source = {"S3DataType": data_type, "S3Uri": uri}
    channel = {"ChannelName": "train", "DataSource": {"S3DataSource": source}}
    return [finding.path for finding in note_prefixes({"InputDataConfig": [{}, channel]})]


@pytest.mark.parametrize(
    "uri", ["s3://b/train", "s3://b/a/train-2026", "https://s3.eu-west-1.amazonaws.com/b/train", "s3://b/..."]
)
def test_a_prefix_without_an_end(uri: str) -> None:
    assert warned(uri) == ["InputDataConfig[1].DataSource.S3DataSource.S3Uri"]


@pytest.mark.parametrize(
    "uri",
    [
        "s3://b",
        "s3://b/",
        "s3://b/train/",
        "s3://b/train/a.csv",
        "s3://b/part-0.tar.gz",
        f"s3://b/{TOKEN}",
        f"s3://{TOKEN}",
        TOKEN,
        "{% $states.input.uri %}",
        3,
    ],
)
def test_a_folder_an_object_and_what_cloudformation_knows(uri: object) -> None:
    assert warned(uri) == []


@pytest.mark.parametrize("data_type", ["ManifestFile", "AugmentedManifestFile"])
def test_a_manifest_is_one_object(data_type: str) -> None:
    assert warned("s3://b/manifest", data_type) == []


def test_every_runner_warns_once_and_can_be_acknowledged(
    app: cdk.App, stack: cdk.Stack, spec: TrainingJobSpec
) -> None:
    given = spec.replace(channels=[Channel.from_uri("train", "s3://data/train")])
    platform = TrainingPlatform(stack, "Platform")
    TrainingJob(stack, "Job", spec=given, platform=platform)
    task = TrainingJobTask(stack, "Task", spec=given, platform=platform)
    sfn.StateMachine(stack, "Machine", definition_body=sfn.DefinitionBody.from_chainable(task))
    nightly = scheduler.ScheduleExpression.cron(minute="0", hour="2")
    TrainingSchedule(stack, "Direct", spec=given, platform=platform, schedule=nightly, direct=True)
    known = TrainingJob(stack, "Known", spec=given, platform=platform)
    cdk.Validations.of(known).acknowledge(
        cdk.Acknowledgment(id=f"ConstructsLib::{RULE}", reason="all years of it")
    )

    found = report(app)

    assert not found.failed
    assert [path for rule, path in found.rules if rule == RULE] == [
        "Stack/Job",
        "Stack/Task",
        "Stack/Direct",
    ]
    assert found.acknowledged == [(RULE, "all years of it")]
    (text,) = {one.text for one in found.entries if one.rule == RULE}
    assert text == (
        "InputDataConfig[0].DataSource.S3DataSource.S3Uri: got a prefix that ends with train, without a "
        "slash: SageMaker reads every key that begins so, those of a sibling such as train2/ too, and the "
        "role may read them"
    )
