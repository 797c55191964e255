"""Who may assume an execution role: SageMaker, for the training jobs of this account, and their rules.

Sources: developer guide, security-confused-deputy-prevention; DescribeTrainingJob, RuleEvaluationJobArn,
where the rules of Debugger and profiler are processing jobs; CreateTrainingJob, SessionChainingConfig.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

from aws_cdk import aws_iam as iam

from constructs_lib.cdk.permissions.debugging import RULES
from constructs_lib.cdk.pseudo_parameters import account_id, regional_arn
from constructs_lib.cdk.request_parts import may_be_on, part

__all__ = ["TRAINING_ONLY", "Trust", "training_principal", "trust_of"]

SERVICE = "sagemaker.amazonaws.com"


class Trust(NamedTuple):
    """What a request asks of its role's trust, beside training jobs.

    Attributes:
        processing: whether the job's rules, which are processing jobs, assume the role too.
        session_tags: whether SageMaker passes its caller's session tags on.
    """

    processing: bool = False
    session_tags: bool = False


TRAINING_ONLY = Trust()


def trust_of(request: Mapping[str, Any]) -> Trust:
    """What a rendered request asks of its role's trust."""
    chaining = part(request, "SessionChainingConfig").get("EnableSessionTagChaining")
    return Trust(any(request.get(member) for member in RULES), may_be_on(chaining))


# The same for every app, and each look at one is a call into jsii.
@cache
def training_principal(trust: Trust = TRAINING_ONLY) -> iam.PrincipalBase:
    """SageMaker, for jobs of this account and region only (the confused-deputy conditions).

    Args:
        trust: what is asked for beside training jobs.
    """
    kinds = ["training-job", *(["processing-job"] if trust.processing else [])]
    arns = [regional_arn("sagemaker", f"{kind}/*") for kind in kinds]
    conditions = {
        "StringEquals": {"aws:SourceAccount": account_id()},
        "ArnLike": {"aws:SourceArn": arns[0] if len(arns) == 1 else arns},
    }
    principal = iam.ServicePrincipal(SERVICE).with_conditions(conditions)
    return principal.with_session_tags() if trust.session_tags else principal
