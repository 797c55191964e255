"""Which hashes are an asset's, and which the author's; in templates written by hand."""

from __future__ import annotations

from typing import Any

import pytest

from constructs_lib.testing import normalize_template

ASSETS = "cdk-hnb659fds-assets-${AWS::AccountId}-${AWS::Region}"
BUCKET = {"Fn::Sub": ASSETS}
ONE, TWO = "1" * 64, "ab" * 32


def normalized(**properties: Any) -> Any:
    """The properties of a resource after normalization."""
    template = {"Resources": {"Thing": {"Type": "My::Own::Thing", "Properties": properties}}}
    return normalize_template(template)["Resources"]["Thing"]["Properties"]


@pytest.mark.parametrize(
    "properties",
    [
        {"Code": {"S3Bucket": BUCKET, "S3Key": f"{ONE}.zip"}},
        {"Code": {"S3Bucket": BUCKET, "S3Key": f"deploy-time/{ONE}.zip"}},
        {"Code": {"S3Bucket": "cdk-app-staging-1-eu-west-1", "S3Key": f"deploy-time/{ONE}.zip"}},
        {"Code": {"S3Bucket": {"Ref": "Mine"}, "S3Key": f"{ONE}.zip"}},
        {"Code": {"S3Bucket": {"Fn::Select": [0, {"Ref": "Mine"}]}, "S3Key": f"{ONE}.zip"}},
        {"SourceBucketNames": [BUCKET], "SourceObjectKeys": [f"{ONE}.zip"]},
        {"DefinitionS3Location": {"Bucket": "cdk-x-assets-1-eu-west-1", "Key": f"{ONE}.json"}},
        {"Url": {"Fn::Join": ["", ["https://s3.", {"Ref": "AWS::URLSuffix"}, "/", BUCKET, f"/{ONE}.json"]]}},
        {"Url": {"Fn::Sub": f"s3://{ASSETS}/{ONE}.tar.gz"}},
        {"Text": f'"s3://cdk-hnb659fds-assets-1-eu-west-1/{ONE}.tar.gz"'},
        {"Arn": {"Fn::Join": ["/", [{"Fn::Sub": f"arn:aws:s3:::{ASSETS}"}, f"{ONE}.zip"]]}},
        {"Image": {"Fn::Sub": f"1.dkr.ecr.eu-west-1.x/cdk-hnb659fds-container-assets-1-eu-west-1:{ONE}"}},
    ],
)
def test_a_hash_of_an_asset_is_gone(properties: dict[str, Any]) -> None:
    found = repr(normalized(**properties))
    assert ONE not in found
    assert "<asset>" in found


@pytest.mark.parametrize(
    "properties",
    [
        {"Image": f"1.dkr.ecr.eu-west-1.amazonaws.com/trainer@sha256:{ONE}"},
        {"S3Uri": f"s3://my-data/{ONE}.csv"},
        {"S3Uri": {"Fn::Join": ["", ["s3://", {"Ref": "Data"}, f"/{ONE}.csv"]]}},
        {"Bucket": "my-data", "Key": f"{ONE}.csv"},
        {"RerunOn": {"data": ONE}},
        {"Fingerprint": ONE, "Bucket": BUCKET},
        {"Text": f"s3://cdk-hnb659fds-assets-1-eu-west-1/{ONE}{TWO}.zip"},
        {"S3Uri": f"s3://acme-cdk-ml-staging/{ONE}/train/"},
        {"S3Uri": f"s3://acme-cdk-churn-assets-1-eu-west-1/{ONE}/train"},
        {"S3Uri": f"s3://cdk-ml-staging/{ONE}/train/"},
        {"S3Uri": {"Fn::Sub": f"s3://${{Stage}}cdk-ml-assets-1/{ONE}/train"}},
        {"S3Uri": {"Fn::Join": ["", ["s3://", {"Ref": "Stage"}, f"cdk-ml-assets-1/{ONE}/train"]]}},
        {"Bucket": "acme-cdk-churn-assets-1-eu-west-1", "Key": f"{ONE}.csv"},
        {"Image": f"1.dkr.ecr.eu-west-1.x/cdk-x-container-assets-1-eu-west-1@sha256:{ONE}"},
        {"Image": {"Fn::Sub": f"x/cdk-x-container-assets-${{AWS::AccountId}}-eu-west-1@sha256:{ONE}"}},
    ],
)
def test_another_hash_stays(properties: dict[str, Any]) -> None:
    assert normalized(**properties) == properties


def test_an_assets_hash_is_gone_wherever_it_stands() -> None:
    found = normalized(Code={"S3Bucket": BUCKET, "S3Key": f"{ONE}.zip"}, Said=f"is {ONE}", Other=TWO)
    assert found["Said"] == "is <asset>"
    assert found["Other"] == TWO


def test_a_bucket_of_the_authors_for_assets_is_told_by_a_functions_code() -> None:
    code = {"S3Bucket": "our-uploads", "S3Key": f"{ONE}.zip"}
    found = normalized(Code=code, S3Uri=f"s3://our-uploads/{TWO}.tar.gz", Data=f"s3://our-data/{TWO}2.csv")
    assert found["S3Uri"] == "s3://our-uploads/<asset>.tar.gz"
    assert found["Data"] == f"s3://our-data/{TWO}2.csv"


@pytest.mark.parametrize(
    "other",
    [
        {"S3Uri": f"s3://prod-data/{TWO}/train"},
        {"S3Uri": f"s3://data-lake/{TWO}/train"},
        {"S3Uri": f"s3://data.lake/{TWO}/train"},
        {"S3Uri": {"Fn::Sub": f"s3://data${{Stage}}/{TWO}/train"}},
        {"S3Uri": {"Fn::Join": ["", ["s3://", {"Ref": "Stage"}, f"data/{TWO}/train"]]}},
        {"Bucket": "data-lake", "Key": f"{TWO}.csv"},
    ],
)
def test_a_bucket_whose_name_only_contains_one_of_assets_is_another(other: dict[str, Any]) -> None:
    found = normalized(Code={"S3Bucket": "data", "S3Key": f"{ONE}.zip"}, Other=other)
    assert found == {"Code": {"S3Bucket": "data", "S3Key": "<asset>.zip"}, "Other": other}


@pytest.mark.parametrize(
    "start", ["s3://data", "https://data.s3.eu-west-1.amazonaws.com", "arn:aws:s3:::data"]
)
def test_a_bucket_of_assets_is_known_in_every_form_of_its_address(start: str) -> None:
    found = normalized(Code={"S3Bucket": "data", "S3Key": f"{ONE}.zip"}, Uri=f"{start}/{TWO}.tar.gz")
    assert found["Uri"] == f"{start}/<asset>.tar.gz"


def test_an_address_inside_a_function_inside_a_join_is_found() -> None:
    address = {"Fn::Join": ["", ["s3://", BUCKET, f"/{ONE}.zip"]]}
    found = normalized(Text={"Fn::Join": ["", ["at ", {"Fn::If": ["C", address, {"Ref": "Other"}]}]]})
    assert "/<asset>.zip" in repr(found)


def test_ids_that_would_be_the_same_stay() -> None:
    handle = {"Type": "AWS::CloudFormation::WaitConditionHandle"}
    one, other = "JobWaitHandle0123456789ab", "JobWaitHandleba9876543210"
    topic = {"Type": "AWS::SNS::Topic", "DependsOn": [other, one]}
    template = {"Resources": {one: handle, other: handle, "Topic": topic}}
    assert normalize_template(template) == template


def test_only_ids_that_bear_a_hash_are_renamed() -> None:
    condition = {"Type": "AWS::CloudFormation::WaitCondition"}
    template = {
        "Resources": {
            "MyWaitABC123DE": condition,
            "JobWait0123456789ab": condition,
            "Topic0123456789ab": {"Type": "AWS::SNS::Topic", "DependsOn": "JobWait0123456789ab"},
        },
        "Outputs": {"Data": {"Value": {"Fn::Sub": "${JobWait0123456789ab.Data}!"}}},
    }
    found = normalize_template(template)
    assert list(found["Resources"]) == ["MyWaitABC123DE", "JobWait<content>", "Topic0123456789ab"]
    assert found["Resources"]["Topic0123456789ab"]["DependsOn"] == "JobWait<content>"
    assert found["Outputs"]["Data"]["Value"] == {"Fn::Sub": "${JobWait<content>.Data}!"}


def test_keys_that_would_be_the_same_stay() -> None:
    keys = {f"s3://{ASSETS}/{one}.zip": one for one in (ONE, TWO)}
    code = [{"S3Bucket": BUCKET, "S3Key": f"{one}.zip"} for one in (ONE, TWO)]
    found = normalized(Code=code, Keys=keys)
    assert found["Keys"] == dict.fromkeys(keys, "<asset>")
