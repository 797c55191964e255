"""What the policies of the library's own resources are for: those that no field of a request asks for."""

from __future__ import annotations

from weakref import WeakSet

from constructs import Construct

from constructs_lib.cdk.explained import explain_resource, explain_role
from constructs_lib.cdk.permissions import Permission
from constructs_lib.cdk.platform import TrainingPlatform
from constructs_lib.cdk.runtime import TrainingRuntime
from constructs_lib.cdk.runtime_policies import deliver_state_machine_logs, invoke, trace
from constructs_lib.cdk.whereabouts import stack_of

__all__ = ["QUEUE", "explain_surroundings", "machine_role_permissions"]

# Of keys anywhere in a stack of jobs: those of the app's get what their policies lack.
_KEY_STATEMENTS = {
    "EncryptLogGroups": "the logs of training are encrypted with the key",
    "UseByRolesThatIamAllows": "jobs use the key as far as their own roles allow",
    "EncryptVolumesByRolesThatIamAllows": "jobs' volumes use the key as far as their own roles allow",
    "DeliverStateMachineLogs": "log delivery decrypts what a schedule's state machine logs",
}
_PLATFORM_STATEMENTS = {
    "ReadWhatThePrincipalMay": "jobs read through the endpoint what their own roles allow",
    "WriteToThisAccountOnly": "jobs write through the endpoint to this account's buckets only",
}
_CALL = ("lambda:InvokeFunction",)
NO_TLS = {"Bool": {"aws:SecureTransport": "false"}}
OLDER_TLS = {"NumericLessThan": {"s3:TlsVersion": 1.2}}
_PLATFORM = [
    Permission("this account's IAM policies decide about the key", ("kms:*",), ("*",)),
    Permission("nobody reaches the bucket without TLS", ("s3:*",), (), NO_TLS),
    Permission("nobody reaches the bucket with an older TLS", ("s3:*",), (), OLDER_TLS),
]
_RUNTIME = [Permission("a watch that broke, and a call that failed, reach the front", _CALL, ())]
_WATCH = [Permission("the end of an execution reaches the front, which stops its jobs", _CALL, ())]
QUEUE = [Permission("nobody reaches the dead-letter queue without TLS", ("sqs:*",), (), NO_TLS)]
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
        explain_resource(platform, _PLATFORM, statements=_PLATFORM_STATEMENTS)
        explain_resource(stack_of(platform), statements=_KEY_STATEMENTS)
    if watch is not None and watch not in _explained:
        _explained.add(watch)
        explain_resource(watch, _WATCH)
    if runtime not in _explained:
        _explained.add(runtime)
        explain_resource(runtime, _RUNTIME)
        explain_resource(stack_of(runtime), statements=_KEY_STATEMENTS)
        permissions = machine_role_permissions(runtime)
        explain_role(runtime, runtime.state_machine.role, permissions, "state machine at deployment")


def machine_role_permissions(runtime: TrainingRuntime) -> list[Permission]:
    """What the role of a runtime's state machine is allowed, and why."""
    statements = (invoke(runtime.worker.function_arn), deliver_state_machine_logs(), trace())
    return [statement.permission for statement in statements]
