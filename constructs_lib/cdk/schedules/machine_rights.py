"""What the role of a schedule's state machine is allowed beside what its task needs."""

from __future__ import annotations

from collections.abc import Iterable

from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from constructs_lib.cdk.explained import explain_role
from constructs_lib.cdk.permissions import Permission
from constructs_lib.cdk.runtime_policies import deliver_state_machine_logs, trace

__all__ = ["explain_machine_role", "logged_permissions"]


def logged_permissions() -> list[Permission]:
    """What CDK gives a machine that is logged and traced."""
    return [statement.permission for statement in (deliver_state_machine_logs(), trace())]


def explain_machine_role(
    scope: Construct, machine: sfn.StateMachine, permissions: Iterable[Permission]
) -> None:
    """Note what a machine's role is allowed.

    Args:
        scope: the schedule.
        machine: its state machine.
        permissions: what is allowed, and why.
    """
    explain_role(scope, machine.role, permissions, "state machine")
