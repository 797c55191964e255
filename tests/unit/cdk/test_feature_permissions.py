"""What the role may do where a feature's ARN is a token, or says less than it may."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest

from constructs_lib.cdk.permissions import execution_permissions

from .test_permissions import flat, statements

TOKEN = cdk.Token.as_string({"Ref": "AWS::StackName"})
ROLE = "arn:aws:sagemaker:R:A"


def words(request: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    """Resources by actions, beside what every job has; the token in brackets."""
    stack = cdk.Stack()
    always = statements({})
    found: dict[str, tuple[str, ...]] = {}
    for permission in execution_permissions(request):
        actions = " ".join(permission.actions)
        if actions not in always:
            found[actions] = tuple(text(stack.resolve(resource)) for resource in permission.resources)
    return found


def text(value: Any) -> str:
    if isinstance(value, dict) and value == {"Ref": "AWS::StackName"}:
        return "<token>"
    if isinstance(value, dict) and "Fn::Join" in value:
        separator, parts = value["Fn::Join"]
        return parts_of(parts) if isinstance(parts, dict) else separator.join(map(text, parts))
    return flat(value)


def parts_of(split: dict[str, Any]) -> str:
    separator, given = split["Fn::Split"]
    return f"<{text(given)} at {separator}>"


def test_a_hub_that_cloudformation_knows_is_any_of_the_region() -> None:
    found = words({"ServerlessJobConfig": {"BaseModelArn": TOKEN}})
    hubs = "arn:aws:sagemaker:R:*:hub/*"
    assert found["sagemaker:DescribeHubContent"] == ("<token>", "<token>/*", hubs)


def test_a_hub_content_s_parts_may_be_tokens() -> None:
    arn = f"arn:aws:sagemaker:eu-west-1:{cdk.Aws.ACCOUNT_ID}:hub-content/{TOKEN}/Model/llama"
    found = words({"ServerlessJobConfig": {"BaseModelArn": arn}})
    assert found["sagemaker:DescribeHubContent"] == (
        "arn:aws:sagemaker:eu-west-1:A:hub-content/<token>/Model/llama",
        "arn:aws:sagemaker:eu-west-1:A:hub-content/<token>/Model/llama/*",
        "arn:aws:sagemaker:eu-west-1:A:hub/<token>",
    )


def test_an_evaluator_that_cloudformation_knows_is_a_function_or_a_content() -> None:
    found = words({"ServerlessJobConfig": {"EvaluatorArn": TOKEN}})
    assert found["lambda:InvokeFunction"] == ("<token>",)
    assert found["sagemaker:DescribeHubContent"][0] == "<token>"


def test_the_packages_of_a_group_that_cloudformation_knows() -> None:
    found = words({"ModelPackageConfig": {"ModelPackageGroupArn": TOKEN}})
    (packages,) = next(value for key, value in found.items() if "CreateModelPackage" in key)
    assert packages == "<<token> at :model-package-group/>/*"


def test_an_mlflow_resource_that_cloudformation_knows_is_a_server_or_an_app() -> None:
    found = words({"MlflowConfig": {"MlflowResourceArn": TOKEN}})
    assert found["sagemaker:CallMlflowAppApi sagemaker:DescribeMlflowApp"] == ("<token>",)
    assert found["sagemaker:DescribeMlflowTrackingServer"] == ("<token>",)


@pytest.mark.parametrize(
    ("model", "resources"),
    [
        ("vendor.judge", ("arn:aws:bedrock:R::foundation-model/vendor.judge",)),
        ('"vendor.judge"', ("arn:aws:bedrock:R::foundation-model/vendor.judge",)),
        (
            "us.vendor.judge",
            (
                "arn:aws:bedrock:R:A:inference-profile/us.vendor.judge",
                "arn:aws:bedrock:*::foundation-model/vendor.judge",
            ),
        ),
        ("arn:aws:bedrock:R:A:custom-model-deployment/x", ("arn:aws:bedrock:R:A:custom-model-deployment/x",)),
    ],
)
def test_a_judge_is_a_model_a_profile_or_an_arn(model: str, resources: tuple[str, ...]) -> None:
    request = {"ServerlessJobConfig": {"JobType": "Evaluation"}, "HyperParameters": {"judge_model_id": model}}
    assert words(request)["bedrock:InvokeModel"] == resources
    assert words({"HyperParameters": {"judge_model_id": model}}) == {}


def test_a_flag_that_cloudformation_knows_is_taken_for_true() -> None:
    flag = cdk.Token.as_any({"Ref": "Debug"})
    assert any("ssmmessages" in key for key in words({"RemoteDebugConfig": {"EnableRemoteDebug": flag}}))
    assert words({"RemoteDebugConfig": {"EnableRemoteDebug": False}}) == {}


def test_a_profiler_that_is_off_writes_nothing() -> None:
    config = {"S3OutputPath": "s3://out/profile"}
    assert words({"ProfilerConfig": {**config, "DisableProfiler": True}}) == {}
    assert len(words({"ProfilerConfig": config})) == 2


def test_an_image_of_several_rules_is_pulled_once() -> None:
    image = "1.dkr.ecr.eu-west-1.amazonaws.com/rules:1"
    rules = [{"RuleConfigurationName": name, "RuleEvaluatorImage": image} for name in "abc"]
    found = execution_permissions({"DebugRuleConfigurations": rules})
    assert sum("pull" in permission.reason for permission in found) == 1


def test_an_experiment_without_a_name_has_the_job_s_own_run_only() -> None:
    found = words({"ExperimentConfig": {"TrialComponentDisplayName": "x"}})
    making = next(value for key, value in found.items() if "CreateTrialComponent" in key)
    assert making == (f"{ROLE}:experiment-trial-component/*-aws-training-job",)


def by_bucket(request: dict[str, Any], **known: Any) -> list[tuple[str, tuple[str, ...]]]:
    """Reasons and actions of what the keys of buckets add; ``ours`` is encrypted by ``arn:key``."""
    found = execution_permissions(request, key_of={"ours": "arn:key"}.get, **known)
    return [
        (one.reason, one.actions) for one in found if one.resources == ("arn:key",) and "bucket" in one.reason
    ]


def source(uri: str) -> dict[str, Any]:
    return {"ChannelName": "train", "DataSource": {"S3DataSource": {"S3Uri": uri}}}


WRITING, READING = ("kms:Decrypt", "kms:GenerateDataKey"), ("kms:Decrypt",)


@pytest.mark.parametrize(
    ("request_", "known", "added"),
    [
        ({"InputDataConfig": [source("s3://ours/a/")]}, {}, READING),
        ({"InputDataConfig": [source("s3://ours/a/")]}, {"input_keys": ["arn:key"]}, None),
        ({"InputDataConfig": [source("s3://theirs/a/")]}, {}, None),
        ({"CheckpointConfig": {"S3Uri": "s3://ours/c"}}, {}, WRITING),
        ({"TensorBoardOutputConfig": {"S3OutputPath": "s3://ours/c"}}, {}, WRITING),
        ({"ProfilerRuleConfigurations": [{"S3OutputPath": "s3://ours/c"}]}, {}, WRITING),
        (
            {
                "OutputDataConfig": {"KmsKeyId": "arn:key"},
                "DebugHookConfig": {"S3OutputPath": "s3://ours/c"},
                "InputDataConfig": [source("s3://ours/a/")],
            },
            {},
            None,
        ),
        (
            {
                "DebugHookConfig": {"S3OutputPath": "s3://ours/c"},
                "InputDataConfig": [source("s3://ours/a/")],
            },
            {},
            WRITING,
        ),
    ],
)
def test_a_bucket_s_own_key_is_used_where_no_other_field_allows_it(
    request_: dict[str, Any], known: dict[str, Any], added: tuple[str, ...] | None
) -> None:
    assert [actions for _, actions in by_bucket(request_, **known)] == ([] if added is None else [added])


def test_an_mlflow_app_and_a_tracking_server_have_actions_of_their_own() -> None:
    app, server = f"{ROLE}:mlflow-app/a", f"{ROLE}:mlflow-tracking-server/a"
    of_app = words({"MlflowConfig": {"MlflowResourceArn": app}})
    of_server = words({"MlflowConfig": {"MlflowResourceArn": server}})
    assert of_app == {"sagemaker:CallMlflowAppApi sagemaker:DescribeMlflowApp": (app,)}
    assert not set(of_app) & set(of_server)
    assert {resource for (resource,) in of_server.values()} == {server}
