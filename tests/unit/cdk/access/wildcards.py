"""Each wildcard of the identity policies, with the reason for which it cannot be narrower."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

LOG_DELIVERY = "Step Functions delivers logs; IAM has no resource for log deliveries"
TRACING = "X-Ray has no resource to name"
NETWORK = "EC2 describes a network's parts among all; IAM has no resource for it"
SHELL = "Session Manager's channels have no resource to name"
# Actions that IAM has no resource for.
NO_RESOURCE: Mapping[str, str] = {
    "cloudwatch:PutMetricData": "CloudWatch has no resource to name; the namespace is a condition",
    "ec2:DescribeDhcpOptions": NETWORK,
    "ec2:DescribeNetworkInterfaces": NETWORK,
    "ec2:DescribeSecurityGroups": NETWORK,
    "ec2:DescribeSubnets": NETWORK,
    "ec2:DescribeVpcs": NETWORK,
    "ecr:GetAuthorizationToken": "the log-in to ECR has no resource to name",
    "fsx:DescribeFileSystems": "FSx describes a file system among all",
    "logs:CreateLogDelivery": LOG_DELIVERY,
    "logs:DeleteLogDelivery": LOG_DELIVERY,
    "logs:DescribeLogGroups": LOG_DELIVERY,
    "logs:DescribeResourcePolicies": LOG_DELIVERY,
    "logs:GetLogDelivery": LOG_DELIVERY,
    "logs:ListLogDeliveries": LOG_DELIVERY,
    "logs:PutResourcePolicy": LOG_DELIVERY,
    "logs:UpdateLogDelivery": LOG_DELIVERY,
    "sagemaker:ListTrainingJobs": "a list of jobs has no resource; jobs of workflows are found by their tags",
    "sagemaker:Search": "a search has no resource to name",
    "ssmmessages:CreateControlChannel": SHELL,
    "ssmmessages:CreateDataChannel": SHELL,
    "ssmmessages:OpenControlChannel": SHELL,
    "ssmmessages:OpenDataChannel": SHELL,
    "xray:GetSamplingRules": TRACING,
    "xray:GetSamplingTargets": TRACING,
    "xray:PutTelemetryRecords": TRACING,
    "xray:PutTraceSegments": TRACING,
}


@dataclass(frozen=True)
class Wildcard:
    """ARNs of one form, and why they have a wildcard.

    Attributes:
        form: of the ARNs, a regular expression; ``@`` stands for partition, region and account.
        actions: that may be allowed on them, a regular expression.
        reason: in words.
    """

    form: str
    actions: str
    reason: str

    def fits(self, action: str, arn: str) -> bool:
        """Whether this is about an action on an ARN."""
        own = arn.replace(":eu-west-1:123456789012:", ":@:")
        return bool(re.fullmatch(self.form, own) and re.fullmatch(self.actions, action))


JOB = "arn:aws:sagemaker:@:training-job/"
GROUPS = "arn:aws:logs:@:log-group:"
NAME = r"[A-Za-z0-9-]+"
WILDCARDS = (
    Wildcard(rf"{JOB}{NAME}-\*", r"sagemaker:\w+", "names are made at run time, behind the caller's prefix"),
    Wildcard(
        rf"{JOB}\*-[0-9a-f]{{8}}\?{{6}}-\*",
        r"sagemaker:\w+",
        "the runtime's jobs: any prefix, then the stack's own digits",
    ),
    Wildcard(
        rf"{JOB}\*",
        r"sagemaker:(Describe|Stop|Update|Delete)TrainingJob",
        "jobs of names that the template has no more, and jobs of workflows: by their tags, a condition",
    ),
    Wildcard(rf"{JOB}\*", "sagemaker:ListTags", "only a job's tags tell whose it is"),
    Wildcard(
        rf"{JOB}\*",
        r"sagemaker:(AddTags|(Create|Describe|Stop)TrainingJob)",
        "a task whose job's name only the execution knows",
    ),
    Wildcard(
        r"arn:aws:sagemaker:@:reserved-capacity/\*",
        "sagemaker:CreateTrainingJob",
        "a request names its training plan, not the capacity that the plan has reserved",
    ),
    Wildcard(
        r"arn:aws:sagemaker:@:experiment-trial-component/.*\*.*",
        r"sagemaker:\w+",
        "the trial component is named after the job, or after the experiment's trials",
    ),
    Wildcard(
        r"arn:aws:sagemaker:@:model-package/group/\*",
        r"sagemaker:\w+ModelPackages?",
        "the versions of one group of model packages",
    ),
    Wildcard(
        r"arn:aws:sagemaker:eu-west-1:aws:hub-content/.+/\*",
        "sagemaker:DescribeHubContent",
        "the versions of one model of a hub",
    ),
    Wildcard(
        rf"{GROUPS}/aws/sagemaker/(Training|Processing)Jobs:(log-stream:)?\*",
        r"logs:\w+",
        "the log streams of one group: SageMaker names them after the job and its instances",
    ),
    Wildcard(
        rf"{GROUPS}/aws/sagemaker/TrainingJobs:log-stream:.+/\*",
        "logs:GetLogEvents",
        "the log streams of the stack's own jobs",
    ),
    Wildcard(
        rf"{GROUPS}{NAME}:\*", r"logs:(CreateLogStream|PutLogEvents)", "the streams of a function's own log"
    ),
    Wildcard(
        r"arn:aws:ec2:@:network-interface/\*",
        r"ec2:(Create|Delete)NetworkInterface(Permission)?",
        "EC2 chooses an interface's id; subnets and security groups are named",
    ),
    Wildcard(r"arn:aws:s3:::.+/\*(/\*)?", r"s3:\w+", "the objects below one folder"),
    Wildcard(
        rf"arn:aws:lambda:@:function:{NAME}:\*", "lambda:InvokeFunction", "the versions of one function (CDK)"
    ),
    Wildcard(
        rf"arn:aws:states:@:execution:{NAME}(/\*)?:\*",
        r"states:(Describe|Stop|Redrive)Execution",
        "the executions of one machine's distributed Map (CDK)",
    ),
)


def reason_of(action: str, arn: str) -> str | None:
    """Why a wildcard is there; None if nobody has said so."""
    if arn == "*":
        return NO_RESOURCE.get(action)
    return next((one.reason for one in WILDCARDS if one.fits(action, arn)), None)


def wildcards(documents: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """Each action with each resource of it that has a wildcard."""
    for document in documents:
        for statement in document["Statement"]:
            for arn in listed(statement["Resource"]):
                if "*" in arn or "?" in arn:
                    yield from ((action, arn) for action in listed(statement["Action"]))


def listed(value: Any) -> list[Any]:
    """A list of what may be one thing."""
    return value if isinstance(value, list) else [value]
