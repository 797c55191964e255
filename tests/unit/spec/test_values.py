"""Metrics, gates, spot, checkpoints and outputs."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from datetime import timedelta

import aws_cdk as cdk
import pytest

from constructs_lib.errors import SpecError
from constructs_lib.spec import Checkpoint, MetricDefinition, Output, QualityGate, SpotTraining

from .conftest import FakeBucket, FakeKey

BUCKET = FakeBucket("b")


def test_a_gate_takes_one_bound_or_both_or_a_token() -> None:
    assert QualityGate("auc", at_least=0.8) == QualityGate("auc", 0.8)
    assert QualityGate("auc", at_least=0.8, at_most=0.8).at_most == 0.8
    token = cdk.Token.as_number({"Ref": "N"})
    assert QualityGate("auc", at_least=0.8, at_most=token).at_most == token


def test_spot_keeps_its_wait_as_a_timedelta() -> None:
    assert SpotTraining(max_wait=cdk.Duration.minutes(40)) == SpotTraining(timedelta(minutes=40))


def test_places_are_uris_of_what_was_given() -> None:
    assert Output(bucket=BUCKET, prefix="models/").location() == "s3://b/models/"
    assert Output(bucket=BUCKET).location() == "s3://b/"
    assert Output(s3_uri="s3://o/p").location() == "s3://o/p"
    assert Output(prefix="models/").location() is None
    assert Checkpoint(bucket=BUCKET, prefix="c").location() == "s3://b/c"
    assert Checkpoint().location() is None


def test_tokens_are_taken_for_places_and_keys() -> None:
    key = FakeKey("arn")
    output = Output(s3_uri=cdk.Fn.import_value("Place"), encryption_key=key)
    assert output.encryption_key is key
    assert Checkpoint(local_path=cdk.Aws.REGION).local_path == cdk.Aws.REGION


def test_values_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Output().prefix = "x"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: MetricDefinition("", "x"), "metrics.name: must not be empty; give a value"),
        (lambda: MetricDefinition("a", 1), "metrics.regex: must be a str, got int; pass text or a token"),  # type: ignore[arg-type]
        (lambda: QualityGate("auc"), "quality_gate: has no bound; give at_least, at_most or both"),
        (
            lambda: QualityGate("auc", at_least=math.nan),
            "quality_gate.at_least: must be a finite number, got nan; "
            "pass a bound that a metric can be compared with",
        ),
        (
            lambda: QualityGate("auc", at_most=True),
            "quality_gate.at_most: must be a number, got bool; pass an int, a float or a token",
        ),
        (
            lambda: QualityGate("auc", at_least=2, at_most=1),
            "quality_gate: at_least 2 is above at_most 1, so nothing can pass; swap the bounds",
        ),
        (
            lambda: SpotTraining(max_wait=60),  # type: ignore[arg-type]
            "spot.max_wait: must be a duration, got int; pass aws_cdk.Duration or datetime.timedelta",
        ),
        (
            lambda: Checkpoint(local_path="opt/ml"),
            "checkpoint.local_path: must be absolute, got 'opt/ml'; start it with a slash",
        ),
        (
            lambda: Checkpoint(prefix="p"),
            "checkpoint.prefix: needs a bucket; give bucket too, or leave both out",
        ),
        (
            lambda: Output(s3_uri="s3://b/p", bucket=BUCKET),
            "output: s3_uri and bucket or prefix exclude each other; give s3_uri, or bucket and prefix",
        ),
        (
            lambda: Output(s3_uri="b/p"),
            "output.s3_uri: must have the form s3://bucket/prefix, got 'b/p'; write the whole uri",
        ),
        (
            lambda: Output(bucket="b"),  # type: ignore[arg-type]
            "output.bucket: must be a bucket, got str; "
            "pass an aws_s3.IBucket; for a name, give the s3 uri instead",
        ),
        (
            lambda: Output(bucket=BUCKET, prefix="/p"),
            "output.prefix: must be a key prefix without a leading slash, got '/p'; drop the bucket part",
        ),
        (
            lambda: Output(encryption_key=3),  # type: ignore[arg-type]
            "output.encryption_key: must be a key, got int; pass an aws_kms.IKey, or a key's ARN or id",
        ),
        (
            lambda: Output(compression="gzip"),
            "output.compression: must be one of GZIP, NONE, got 'gzip'; use one of these, case included",
        ),
    ],
)
def test_mistakes_are_refused_at_once(build: Callable[[], object], message: str) -> None:
    with pytest.raises(SpecError) as caught:
        build()
    assert str(caught.value) == message
