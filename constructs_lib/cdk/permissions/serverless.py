"""Serverless jobs: the base model, packages of models, evaluators and judges.

Sources: CreateTrainingJob, ServerlessJobConfig and ModelPackageConfig; the SageMaker Python SDK's templates
of evaluations (evaluate/pipeline_templates.py), for the hyperparameters of an LLM as a judge.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from aws_cdk import Fn

from constructs_lib.cdk.permissions.hubs import describe_content, jumpstart_files
from constructs_lib.cdk.permissions.permission import Permission, Request
from constructs_lib.cdk.permissions.places import read_below, write_below
from constructs_lib.cdk.pseudo_parameters import partition, region, regional_arn
from constructs_lib.cdk.request_parts import part, place, text
from constructs_lib.spec.text import is_token

__all__ = ["serverless"]

_GROUP, _PACKAGE = ":model-package-group/", ":model-package/"
# A model by way of an inference profile, which calls it in any region of an area.
_PROFILE = re.compile(r"^(?:apac|au|ca|eu|global|jp|us|us-gov)\.(?P<model>.+)$")


def serverless(request: Request, job_names: str) -> Iterator[Permission]:
    """What ``ServerlessJobConfig`` and ``ModelPackageConfig`` need."""
    config = part(request, "ServerlessJobConfig")
    if config:
        yield from _base_model(text(config.get("BaseModelArn")))
        yield from _evaluator(text(config.get("EvaluatorArn")))
        yield from _replacing(request, job_names)
        yield from _judge(part(request, "HyperParameters"))
    yield from _packages(part(request, "ModelPackageConfig"))


def _base_model(arn: str | None) -> Iterator[Permission]:
    reason = "ServerlessJobConfig.BaseModelArn"
    if arn:
        yield from describe_content(f"{reason}: find the model", arn)
        yield jumpstart_files(f"{reason}: read the model")


def _evaluator(arn: str | None) -> Iterator[Permission]:
    """A function that rewards or scores, or a prompt in a hub; either where the ARN is one token."""
    reason = "ServerlessJobConfig.EvaluatorArn"
    if arn and (":lambda:" in arn or _is_whole(arn)):
        yield Permission(f"{reason}: ask the evaluator", ("lambda:InvokeFunction",), (arn,))
    if arn and (":hub-content/" in arn or _is_whole(arn)):
        yield from describe_content(f"{reason}: find the evaluator", arn)


def _replacing(request: Request, job_names: str) -> Iterator[Permission]:
    found = place(part(request, "OutputDataConfig").get("S3OutputPath"))
    if found is not None:
        objects = (found.folder.objects_arn(f"{job_names}/*"),)
        yield Permission("ServerlessJobConfig: replace results", ("s3:DeleteObject",), objects)


def _judge(parameters: Mapping[str, Any]) -> Iterator[Permission]:
    """A model of Bedrock's that judges what another wrote, and where it reads and writes."""
    given = {name: (text(value) or "").strip('"') for name, value in parameters.items()}
    model = given.get("judge_model_id")
    if not model:
        return
    reason = "HyperParameters.judge_model_id: ask the judge"
    yield Permission(reason, ("bedrock:InvokeModel",), _models(model))
    for name in ("custom_metrics", "inference_data_s3_path"):
        source = place(given.get(name))
        if source is not None:
            yield from read_below(f"HyperParameters.{name}", source)
    written = place(given.get("output_path"))
    if written is not None:
        yield from write_below("HyperParameters.output_path", written, None, purpose="write judgements")


def _models(model: str) -> tuple[str, ...]:
    if model.startswith("arn:"):
        return (model,)
    profile = _PROFILE.match(model)
    if profile is None:
        return (f"arn:{partition()}:bedrock:{region()}::foundation-model/{model}",)
    behind = f"arn:{partition()}:bedrock:*::foundation-model/{profile['model']}"
    return (regional_arn("bedrock", f"inference-profile/{model}"), behind)


def _packages(config: Mapping[str, Any]) -> Iterator[Permission]:
    group = text(config.get("ModelPackageGroupArn"))
    if group:
        reason = "ModelPackageConfig.ModelPackageGroupArn"
        yield Permission(f"{reason}: find the group", ("sagemaker:DescribeModelPackageGroup",), (group,))
        names = ("CreateModelPackage", "DescribeModelPackage", "ListModelPackages", "UpdateModelPackage")
        actions = tuple(f"sagemaker:{name}" for name in names)
        yield Permission(f"{reason}: register the model", actions, (f"{_packages_of(group)}/*",))
    source = text(config.get("SourceModelPackageArn"))
    if source:
        reason = "ModelPackageConfig.SourceModelPackageArn: find the model"
        yield Permission(reason, ("sagemaker:DescribeModelPackage",), (source,))


def _packages_of(group: str) -> str:
    if _GROUP in group:
        return group.replace(_GROUP, _PACKAGE)
    return Fn.join(_PACKAGE, Fn.split(_GROUP, group))


def _is_whole(value: str) -> bool:
    """Whether it is one token, which only CloudFormation can read."""
    return is_token(value) and value.startswith("${") and value.find("}") == len(value) - 1
