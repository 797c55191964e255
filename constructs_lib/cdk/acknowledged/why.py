"""Why a resource that is allowed cannot be named more narrowly, by the action."""

from __future__ import annotations

import re
from typing import NamedTuple

__all__ = ["UNEXPLAINED", "why"]

UNEXPLAINED = "The resource is as narrow as it can be said"
_RUNNING = "Jobs are named while they run; this is what all their names have in common"
_NO_RESOURCE = "AWS has no resource for the action, so IAM takes only *"
_ANY_JOB = r"training-job/\*$"
_STAR = r"^Resource::\*$"


class _Why(NamedTuple):
    """What an action's resource, and its condition, must be for a text to be true of them.

    Attributes:
        text: why there is a wildcard.
        action: what the action begins with.
        resource: a regular expression that is in the resource; empty for any.
        conditional: whether it takes a condition; None where that does not matter.
    """

    text: str
    action: str
    resource: str = ""
    conditional: bool | None = None


# The first that fits counts.
_TEXTS = (
    _Why(
        f"{_NO_RESOURCE}; a condition names the metrics' namespace", "cloudwatch:PutMetricData", _STAR, True
    ),
    _Why(
        "Only the execution knows the role; a condition lets it be passed to SageMaker alone", "iam:PassRole"
    ),
    _Why(_NO_RESOURCE, "", _STAR),
    _Why("SageMaker makes the network interfaces, whose ids are not known before", "ec2:"),
    _Why("SageMaker names the log streams, in a group that all such jobs of an account share", "logs:"),
    _Why(
        "The place of the objects comes with the execution, or the deployment, and cannot be told before",
        "s3:",
        r':::\{"Fn::(Select|Split)',
    ),
    _Why(
        "The objects of one whole bucket, in which no folder is named, and whose keys are not known before",
        "s3:",
        r"^Resource::[^/]*/\*$",
    ),
    _Why("The objects of one folder, or one prefix, whose keys are not known before", "s3:"),
    _Why("The versions of this one function; CDK allows them with it", "lambda:InvokeFunction"),
    _Why("The executions of this one state machine, which are named while they run", "states:"),
    _Why("The id of a plan's reserved capacity is not in a request", "sagemaker:", "reserved-capacity/"),
    _Why("Only CloudFormation, or the execution, knows the plan", "sagemaker:", "training-plan/"),
    _Why(
        "Whose a job is, only its tags tell; reading them changes nothing",
        "sagemaker:ListTags",
        _ANY_JOB,
        False,
    ),
    _Why("Jobs of any name, of which a condition asks for the stack's own tag", "sagemaker:", _ANY_JOB, True),
    _Why("Only the execution knows the jobs' names; give the task a prefix", "sagemaker:", _ANY_JOB),
    _Why(_RUNNING, "sagemaker:", "training-job/"),
    _Why("Runs are named after their jobs, which are named while they run", "sagemaker:", "experiment-"),
    _Why(
        "The versions of this one model, of which the hub gives the one that is asked for", "", "hub-content/"
    ),
    _Why("The hub's owner decides in which region's hub the model is", "sagemaker:", r"hub/\*"),
    _Why("The versions of one group of model packages, which are numbered when made", "", "model-package/"),
    _Why("The model behind the profile is called in a region that the profile chooses", "bedrock:"),
)


def why(action: str, name: str, *, conditional: bool) -> str:
    """Why there is a wildcard.

    Args:
        action: the action that is allowed.
        name: the finding, ``Resource::<resource>``.
        conditional: whether the statement has conditions.
    """
    fitting = (
        known.text
        for known in _TEXTS
        if action.startswith(known.action)
        and re.search(known.resource, name)
        and known.conditional in (None, conditional)
    )
    return next(fitting, UNEXPLAINED)
