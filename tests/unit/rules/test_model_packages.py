"""Rules about base models and model packages."""

from __future__ import annotations

from typing import Any

import pytest

from constructs_lib import Finding, validate_request
from tests.unit.rules.requests import merged
from tests.unit.rules.test_serverless import EVALUATION, GROUP, MODEL, TOKEN, serverless

CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "serverless-fine-tuning-needs-model-package": (serverless(), serverless(ModelPackageConfig=None)),
    "model-package-config-only-serverless": (
        serverless(),
        {"ModelPackageConfig": {"ModelPackageGroupArn": GROUP}},
    ),
    "base-model-version-ignored": (serverless(), serverless({"BaseModelArn": f"{MODEL}/2.40.0"})),
}


def found(rule: str, fragment: dict[str, Any]) -> list[Finding]:
    return [finding for finding in validate_request(merged(fragment)) if finding.rule == rule]


def test_a_tuned_model_needs_a_group() -> None:
    # when
    (finding,) = found("serverless-fine-tuning-needs-model-package", serverless(ModelPackageConfig=None))

    # then
    assert (finding.severity, finding.path) == ("warning", "ModelPackageConfig.ModelPackageGroupArn")
    assert finding.message == (
        "is left out, and JobType is FineTuning: the tuned model has no model package group to go to"
    )


@pytest.mark.parametrize(
    "fragment",
    [
        serverless(EVALUATION, ModelPackageConfig=None),
        serverless({"JobType": TOKEN}, ModelPackageConfig=None),
        serverless(ModelPackageConfig=TOKEN),
        {**serverless(ModelPackageConfig=None), "ServerlessJobConfig": TOKEN},
    ],
)
def test_no_group_is_needed_or_one_may_be_there(fragment: dict[str, Any]) -> None:
    assert found("serverless-fine-tuning-needs-model-package", fragment) == []


def test_a_classic_job_makes_no_model_package() -> None:
    # when
    (finding,) = found("model-package-config-only-serverless", {"ModelPackageConfig": TOKEN})

    # then
    assert (finding.severity, finding.path) == ("warning", "ModelPackageConfig")
    assert (
        finding.message
        == "has no effect without ServerlessJobConfig: only serverless jobs make model packages"
    )
    assert found("model-package-config-only-serverless", serverless(ServerlessJobConfig=TOKEN)) == []


@pytest.mark.parametrize(
    ("arn", "version"),
    [
        (f"{MODEL}/2.40.0", "2.40.0"),
        ("arn:aws-cn:sagemaker:cn-north-1:123456789012:hub-content/Model/Model/m/1.0.12", "1.0.12"),
        ("arn:aws:sagemaker:us-west-2:aws:hub-content/Model/Model/m", None),
        (MODEL, None),
        (TOKEN, None),
    ],
)
def test_a_version_of_a_base_model_is_ignored(arn: str, version: str | None) -> None:
    # when
    findings = found("base-model-version-ignored", serverless({"BaseModelArn": arn}))

    # then
    message = f"names version {version!r}, and the service always takes the latest version of the model"
    expected = [("warning", "ServerlessJobConfig.BaseModelArn", message)]
    assert [finding[1:4] for finding in findings] == (expected if version else [])
