"""What EventBridge Scheduler may do for one schedule: start a training, and tell of failures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from aws_cdk import Aws
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from constructs_lib.cdk.arns import KeyTarget
from constructs_lib.cdk.explained import explain_role
from constructs_lib.cdk.permissions import Permission
from constructs_lib.cdk.policies import attach
from constructs_lib.spec.locations import key_id

PURPOSE = "scheduler"


class SchedulerRole(iam.Role):
    """The role that EventBridge Scheduler takes on: for schedules of one group of this account only.

    Args:
        scope: the schedule.
        id: the construct's id.
        group: the schedule's group. The service names it, and not the schedule, where it asks for the role.
        permissions: what the schedule needs.
    """

    def __init__(
        self, scope: Construct, id: str, *, group: scheduler.IScheduleGroup, permissions: list[Permission]
    ) -> None:
        conditions = {
            "StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID, "aws:SourceArn": group.schedule_group_arn}
        }
        principal = iam.ServicePrincipal("scheduler.amazonaws.com").with_conditions(conditions)
        super().__init__(scope, id, assumed_by=principal, description="Starts scheduled training")
        self._permissions = tuple(permissions)
        attach(self, self, permissions)
        explain_role(scope, self, permissions, PURPOSE)

    def explain_permissions(self) -> list[Permission]:
        """What the role is allowed, and why."""
        return list(self._permissions)


def delivery_permissions(
    group: scheduler.IScheduleGroup, key: kms.IKey, queue: sqs.IQueue
) -> Iterator[Permission]:
    """What every schedule needs: to read its own payload, and to tell of an invocation that failed.

    Args:
        group: the schedule's group.
        key: the key that the payload is encrypted with.
        queue: where failed invocations are told of.
    """
    # The schedule's ARN is its group's name and its own; its own it gets after this policy is there.
    schedules = (
        f"arn:{Aws.PARTITION}:scheduler:{Aws.REGION}:{Aws.ACCOUNT_ID}:schedule/{group.schedule_group_name}/*"
    )
    own = {"StringLike": {"kms:EncryptionContext:aws:scheduler:schedule:arn": schedules}}
    yield _key("the schedule's payload: decrypt", key, ("kms:Decrypt",), own)
    reason = "the dead-letter queue: tell of an invocation that failed"
    yield Permission(reason, ("sqs:SendMessage",), (queue.queue_arn,))
    if queue.encryption_master_key is not None:
        sending = {"StringEquals": {"kms:ViaService": f"sqs.{Aws.REGION}.{Aws.URL_SUFFIX}"}}
        actions = ("kms:Decrypt", "kms:GenerateDataKey")
        yield _key("the dead-letter queue: encrypt", queue.encryption_master_key, actions, sending)


def _key(
    reason: str, key: kms.IKey, actions: tuple[str, ...], conditions: Mapping[str, Mapping[str, Any]]
) -> Permission:
    target = KeyTarget.parse(key_id(key))
    return Permission(reason, actions, (target.resource,), {**conditions, **target.conditions})
