"""A `kms.Alias` of the app's stands for its key: IAM matches key actions against the key's own ARN only."""

from __future__ import annotations

import json

import aws_cdk as cdk
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Template

from constructs_lib import Channel, Completion, Output, TrainingJob, TrainingJobSpec, TrainingPlatform


def test_rights_name_the_key_and_not_its_alias(stack: cdk.Stack, spec: TrainingJobSpec) -> None:
    keys = {name: kms.Key(stack, name) for name in ("Platform", "Data", "Results", "Volumes")}
    aliases = {name: key.add_alias(f"mine/{name}") for name, key in keys.items()}
    data = s3.Bucket(stack, "Bucket", encryption_key=aliases["Data"], enforce_ssl=True)
    platform = TrainingPlatform(stack, "Shared", encryption_key=aliases["Platform"], use_vpc=False)
    asked = spec.replace(
        channels=[Channel.from_bucket("train", data, "train/")],
        output=Output(encryption_key=aliases["Results"]),
        volume_encryption_key=aliases["Volumes"],
    )
    TrainingJob(stack, "Job", spec=asked, platform=platform, completion=Completion.start())

    resources = Template.from_stack(stack).to_json()["Resources"]

    policies = [one for one in resources.values() if one["Type"] == "AWS::IAM::ManagedPolicy"]
    named = json.dumps([policies, [one for one in resources.values() if one["Type"].startswith("Custom::")]])
    assert "mine/" not in named
    assert "Alias" not in named
    for name, key in keys.items():
        assert json.dumps(stack.resolve(key.key_arn)) in named, name
