"""What the policies of the library's own resources are for: those that no field of a request asks for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from weakref import WeakSet

from constructs import Construct

from constructs_lib.cdk.explained import ResourcePermission, explain_resource, explain_role
from constructs_lib.cdk.given.key_policies import LOGGING, USING
from constructs_lib.cdk.permissions import Permission
from constructs_lib.cdk.platform import TrainingPlatform
from constructs_lib.cdk.runtime import TrainingRuntime
from constructs_lib.cdk.runtime_policies import deliver_state_machine_logs, invoke, trace
from constructs_lib.cdk.whereabouts import stack_of

__all__ = ["QUEUE", "explain_surroundings", "machine_role_permissions"]

_CALL = ("lambda:InvokeFunction",)
_ACCOUNT = ("arn:${AWS::Partition}:iam::${AWS::AccountId}:root",)
_EVENTS = ("events.amazonaws.com",)
_OF_A_RULE = {"ArnLike": {"aws:SourceArn": "*"}}
NO_TLS = {"Bool": {"aws:SecureTransport": "false"}}
OLDER_TLS = {"NumericLessThan": {"s3:TlsVersion": 1.2}}


def _stated(reason: str, sid: str, actions: tuple[str, ...], *principals: str) -> ResourcePermission:
    return ResourcePermission(reason, actions, (), principals=principals or ("*",), sid=sid)


def _denied(reason: str, action: str, conditions: Mapping[str, Mapping[str, Any]]) -> ResourcePermission:
    return ResourcePermission(reason, (action,), (), conditions, effect="Deny")


def _called(reason: str) -> ResourcePermission:
    return ResourcePermission(reason, _CALL, (), _OF_A_RULE, principals=_EVENTS)


# Of keys anywhere in a stack of jobs: those of the app's get what their policies lack.
_KEYS = [
    _stated(
        "the logs of training are encrypted with the key",
        "EncryptLogGroups",
        LOGGING,
        "logs.${AWS::Region}.${AWS::URLSuffix}",
    ),
    _stated("jobs use the key as far as their own roles allow", "UseByRolesThatIamAllows", USING, *_ACCOUNT),
    _stated(
        "jobs' volumes use the key as far as their own roles allow",
        "EncryptVolumesByRolesThatIamAllows",
        ("kms:CreateGrant",),
        *_ACCOUNT,
    ),
    _stated(
        "log delivery decrypts what a schedule's state machine logs",
        "DeliverStateMachineLogs",
        ("kms:Decrypt",),
        "delivery.logs.amazonaws.com",
    ),
]
_PLATFORM = [
    ResourcePermission(
        "this account's IAM policies decide about the key", ("kms:*",), ("*",), principals=_ACCOUNT
    ),
    _denied("nobody reaches the bucket without TLS", "s3:*", NO_TLS),
    _denied("nobody reaches the bucket with an older TLS", "s3:*", OLDER_TLS),
    _stated(
        "jobs read through the endpoint what their own roles allow",
        "ReadWhatThePrincipalMay",
        ("s3:GetBucketLocation", "s3:GetObject*", "s3:ListBucket"),
    ),
    _stated(
        "jobs write through the endpoint to this account's buckets only",
        "WriteToThisAccountOnly",
        ("s3:AbortMultipartUpload", "s3:DeleteObject*", "s3:List*", "s3:PutObject*"),
    ),
]
_RUNTIME = [_called("a watch that broke, and a call that failed, reach the front")]
_WATCH = [_called("the end of an execution reaches the front, which stops its jobs")]
QUEUE = [_denied("nobody reaches the dead-letter queue without TLS", "sqs:*", NO_TLS)]
_explained: WeakSet[Construct] = WeakSet()


def explain_surroundings(
    platform: TrainingPlatform, runtime: TrainingRuntime, watch: Construct | None = None
) -> None:
    """Note what the resources around a stack's jobs are allowed; once for each.

    Args:
        platform: may be in another stack, whose record then says so.
        runtime: of the jobs' stack.
        watch: has the rules on executions that end, where there are any.
    """
    if platform not in _explained:
        _explained.add(platform)
        explain_resource(platform, _PLATFORM)
        explain_resource(stack_of(platform), _KEYS)
    if watch is not None and watch not in _explained:
        _explained.add(watch)
        explain_resource(watch, _WATCH)
    if runtime not in _explained:
        _explained.add(runtime)
        explain_resource(runtime, _RUNTIME)
        explain_resource(stack_of(runtime), _KEYS)
        permissions = machine_role_permissions(runtime)
        explain_role(runtime, runtime.state_machine.role, permissions, "state machine at deployment")


def machine_role_permissions(runtime: TrainingRuntime) -> list[Permission]:
    """What the role of a runtime's state machine is allowed, and why."""
    statements = (invoke(runtime.worker.function_arn), deliver_state_machine_logs(), trace())
    return [statement.permission for statement in statements]
