"""Groups of log streams that this library's own functions and state machines write to."""

from __future__ import annotations

from aws_cdk import RemovalPolicy
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from constructs import Construct

from constructs_lib.cdk.acknowledged.reasons import LOG_GROUP
from constructs_lib.cdk.validation_plugin import acknowledge

__all__ = ["make_log_group"]


def make_log_group(scope: Construct, id: str, key: kms.IKey | None) -> logs.LogGroup:
    """A group that is deleted with its stack.

    Args:
        scope: where it is made.
        id: its construct id.
        key: encrypts it; None where the platform has no key whose policy can admit CloudWatch Logs.
    """
    group = logs.LogGroup(
        scope,
        id,
        encryption_key=key,
        removal_policy=RemovalPolicy.DESTROY,
        retention=logs.RetentionDays.THREE_MONTHS,
    )
    if key is None:
        acknowledge(scope, group, LOG_GROUP)
    return group
