"""The reducer of a stack's distributed sweeps."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import aws_cdk as cdk

from constructs_lib import TrainingPlatform
from constructs_lib.cdk.given.parts import bucket_key_arn
from constructs_lib.cdk.sweeps.reducer import SweepReducer

Resources = dict[str, dict[str, Any]]
Find = Callable[..., Resources]


def test_a_stack_has_one_function_of_the_runtimes_asset(stack: cdk.Stack, resources: Find) -> None:
    platform = TrainingPlatform.of(stack)
    reducer = SweepReducer.of(stack, platform)
    reducer.allow("arn:aws:s3:::bucket/sweeps/*")

    assert SweepReducer.of(cdk.NestedStack(stack, "Nested"), platform) is not reducer
    assert SweepReducer.of(platform, platform) is reducer
    functions = {
        key: value for key, value in resources(stack, "AWS::Lambda::Function").items() if "Reducer" in key
    }
    ((_, function),) = functions.items()
    properties = function["Properties"]
    assert (properties["Handler"], properties["Runtime"]) == ("runtime.reducer.handler", "python3.14")
    assert (properties["Timeout"], properties["MemorySize"]) == (300, 256)
    policies = [key for key in resources(stack, "AWS::IAM::ManagedPolicy") if "Reducer" in key]
    assert set(policies) < set(function["DependsOn"])


def test_its_logs_are_encrypted_and_end(stack: cdk.Stack, resources: Find) -> None:
    SweepReducer.of(stack, TrainingPlatform.of(stack)).allow("arn:aws:s3:::bucket/sweeps/*")

    (group,) = resources(stack, "AWS::Logs::LogGroup").values()
    assert group["Properties"]["RetentionInDays"] == 90
    assert "KmsKeyId" in group["Properties"]
    assert group["DeletionPolicy"] == "Delete"


def test_it_may_read_what_it_was_allowed_and_nothing_else(stack: cdk.Stack, resources: Find) -> None:
    reducer = SweepReducer.of(stack, TrainingPlatform.of(stack))
    for _ in range(2):
        reducer.allow("arn:aws:s3:::one/sweeps/*", "arn:aws:kms:eu-west-1:123456789012:key/1")
    reducer.allow("arn:aws:s3:::two/points.json", "arn:aws:kms:eu-west-1:123456789012:key/2")
    reducer.allow("arn:aws:s3:::two/points.json")

    (policy,) = resources(stack, "AWS::IAM::ManagedPolicy").values()
    statements = policy["Properties"]["PolicyDocument"]["Statement"]
    via_s3 = {
        "StringEquals": {
            "kms:ViaService": {
                "Fn::Join": ["", ["s3.", {"Ref": "AWS::Region"}, ".", {"Ref": "AWS::URLSuffix"}]]
            }
        }
    }
    assert [(s["Sid"], s["Action"], s["Resource"], s.get("Condition")) for s in statements[1:]] == [
        ("Trace", ["xray:PutTelemetryRecords", "xray:PutTraceSegments"], "*", None),
        ("ReadResults", "s3:GetObject", ["arn:aws:s3:::one/sweeps/*", "arn:aws:s3:::two/points.json"], None),
        ("DecryptResults", "kms:Decrypt", "arn:aws:kms:eu-west-1:123456789012:key/1", via_s3),
        ("DecryptResults2", "kms:Decrypt", "arn:aws:kms:eu-west-1:123456789012:key/2", via_s3),
    ]
    assert statements[0]["Action"] == ["logs:CreateLogStream", "logs:PutLogEvents"]
    assert '"*"' not in json.dumps([s for s in statements if s["Sid"] != "Trace"])


def test_the_key_of_a_bucket_may_not_be_known(stack: cdk.Stack) -> None:
    platform = TrainingPlatform.of(stack)

    assert bucket_key_arn(platform.bucket) == platform.encryption_key.key_arn
    assert bucket_key_arn(cdk.aws_s3.Bucket.from_bucket_name(stack, "Theirs", "theirs")) is None
