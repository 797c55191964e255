"""Events and grants of jobs that are known by their names: of one job, or of all that a runner starts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from constructs import Construct

from constructs_lib.cdk.arns import KeyTarget, S3Location
from constructs_lib.cdk.pseudo_parameters import region, url_suffix

__all__ = ["grant_results", "grant_stop_of", "job_rule"]


def job_rule(
    scope: Construct,
    id: str,
    name: object,
    *,
    target: events.IRuleTarget | None,
    description: str | None,
    statuses: Sequence[str] | None,
) -> events.Rule:
    """A rule for state changes of the jobs of a name, or of an EventBridge pattern of names.

    Args:
        scope: where the rule is made.
        id: its construct id.
        name: the name, or the pattern.
        target: whom it calls; None for nobody.
        description: of the rule; None for none.
        statuses: only these values of ``TrainingJobStatus``; None for any.
    """
    detail: dict[str, object] = {"TrainingJobName": [name]}
    if statuses:
        detail["TrainingJobStatus"] = list(statuses)
    pattern = events.EventPattern(
        source=["aws.sagemaker"], detail_type=["SageMaker Training Job State Change"], detail=detail
    )
    rule = events.Rule(scope, id, description=description, event_pattern=pattern)
    if target is not None:
        rule.add_target(target)
    return rule


def grant_stop_of(arn: str, grantee: iam.IGrantable, *others: str) -> iam.Grant:
    """Let someone look at the jobs of an ARN, and of others, and stop them."""
    return iam.Grant.add_to_principal(
        grantee=grantee,
        actions=["sagemaker:DescribeTrainingJob", "sagemaker:StopTrainingJob"],
        resource_arns=[arn, *others],
    )


def grant_results(output: Mapping[str, Any], names: str, grantee: iam.IGrantable) -> iam.Grant:
    """Let someone read the results of jobs of these names, and decrypt them on the way, by S3 only.

    Args:
        output: the request's ``OutputDataConfig``.
        names: a job's name, or a pattern with ``*``.
        grantee: who may.
    """
    results = S3Location.parse(output["S3OutputPath"]).folder.objects_arn(f"{names}/*")
    key = output.get("KmsKeyId")
    if key:
        target = KeyTarget.parse(key)
        via_s3 = {"StringEquals": {"kms:ViaService": f"s3.{region()}.{url_suffix()}"}}
        iam.Grant.add_to_principal(
            grantee=grantee,
            actions=["kms:Decrypt"],
            resource_arns=[target.resource],
            conditions={**via_s3, **target.conditions},
        )
    return iam.Grant.add_to_principal(grantee=grantee, actions=["s3:GetObject"], resource_arns=[results])
