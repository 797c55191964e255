"""Rules about models that a serverless job starts from, and the model packages that it makes."""

from __future__ import annotations

from constructs_lib.rules.job import Job
from constructs_lib.rules.rule import Hits, rule
from constructs_lib.rules.wording import shown

__all__ = ["RULES"]


@rule(
    "serverless-fine-tuning-needs-model-package",
    "warning",
    fields=("ServerlessJobConfig.JobType", "ModelPackageConfig.ModelPackageGroupArn"),
    when=("ServerlessJobConfig.JobType",),
    violated_when="JobType is FineTuning and there is no ModelPackageConfig.ModelPackageGroupArn",
    message="is left out, and JobType is FineTuning: the tuned model has no model package group to go to",
    fix="set ModelPackageConfig.ModelPackageGroupArn",
    source=(
        "aws/sagemaker-python-sdk, sft_trainer.py; hashicorp/terraform-provider-aws, acceptance "
        "tests (always set)"
    ),
)
def _serverless_fine_tuning_needs_model_package(job: Job) -> Hits:
    if (
        job.get("ModelPackageConfig", "ModelPackageGroupArn") is None
        and job.section("ServerlessJobConfig")["JobType"] == "FineTuning"
    ):
        yield ("ModelPackageConfig", "ModelPackageGroupArn"), {}


@rule(
    "model-package-config-only-serverless",
    "warning",
    fields=("ModelPackageConfig", "ServerlessJobConfig"),
    when=("ModelPackageConfig",),
    violated_when="there is a ModelPackageConfig and no ServerlessJobConfig",
    message="has no effect without ServerlessJobConfig: only serverless jobs make model packages",
    fix="leave ModelPackageConfig out, or add ServerlessJobConfig",
    source='ModelPackageConfig$SourceModelPackageArn ("continued fine-tuning and custom model evaluation")',
)
def _model_package_config_only_serverless(job: Job) -> Hits:
    if not job.is_serverless:
        yield ("ModelPackageConfig",), {}


_SLASHES_WITH_VERSION = 4  # arn:...:hub-content/<hub>/Model/<name>/<version>


@rule(
    "base-model-version-ignored",
    "warning",
    fields=("ServerlessJobConfig.BaseModelArn",),
    violated_when="BaseModelArn ends with a version",
    message="names version {version}, and the service always takes the latest version of the model",
    fix="leave the version out of BaseModelArn",
    source='ServerlessJobConfig$BaseModelArn ("always selects the latest version of the provided model")',
)
def _base_model_version_ignored(job: Job) -> Hits:
    parts = job.section("ServerlessJobConfig")["BaseModelArn"].split("/")
    if len(parts) > _SLASHES_WITH_VERSION:
        yield ("ServerlessJobConfig", "BaseModelArn"), {"version": shown(parts[_SLASHES_WITH_VERSION])}


RULES = (
    _serverless_fine_tuning_needs_model_package,
    _model_package_config_only_serverless,
    _base_model_version_ignored,
)
