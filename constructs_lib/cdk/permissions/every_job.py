"""What every job needs, whatever its request says: to write logs and metrics.

Source: developer guide, sagemaker-roles, "CreateTrainingJob API: execution role permissions".
"""

from __future__ import annotations

from collections.abc import Iterator

from constructs_lib.cdk.arns import log_group_arn
from constructs_lib.cdk.permissions.permission import Permission

__all__ = ["every_job", "logs"]


def every_job() -> Iterator[Permission]:
    """Logs and metrics."""
    yield from logs("logs of the job", "TrainingJobs")
    yield Permission(
        "metrics of the job (CloudWatch has no resource to name)",
        ("cloudwatch:PutMetricData",),
        ("*",),
        {"StringLike": {"cloudwatch:namespace": "/aws/sagemaker/*"}},
    )


def logs(reason: str, kind: str) -> Iterator[Permission]:
    """To write the logs of one kind of jobs.

    Args:
        reason: why.
        kind: the last part of the log group's name, such as ``TrainingJobs``.
    """
    group = log_group_arn(f"/aws/sagemaker/{kind}")
    # CloudWatch Logs compares some of its actions with the group's ARN and others with that of its streams.
    creating = ("logs:CreateLogGroup", "logs:DescribeLogStreams")
    yield Permission(reason, creating, (group, f"{group}:*"))
    writing = ("logs:CreateLogStream", "logs:PutLogEvents")
    yield Permission(reason, writing, (f"{group}:log-stream:*",))
