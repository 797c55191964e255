"""What this library's states bring into the policies of a state machine, which mostly is the user's own.

Of those policies exactly the wildcards of these states are acknowledged. Whatever else is found about the
machine, its role and its policies is for whoever made it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from constructs_lib.cdk.acknowledged.flattened import listed
from constructs_lib.cdk.acknowledged.reasons import MAP_POLICY, Reasons
from constructs_lib.cdk.acknowledged.record import Granted
from constructs_lib.cdk.permissions import Permission
from constructs_lib.cdk.workflows.stack_machines import Machine, StackMachines

__all__ = ["machine_policies", "own_policies"]

Json = Mapping[str, Any]

MAP_POLICY_ID = "DistributedMapPolicy"
_EACH = "distributed: run an execution for each point"


def machine_policies(
    stack: Stack, states: Mapping[str, Iterable[Permission]]
) -> Iterator[Granted | tuple[Construct, Reasons]]:
    """What is ours in the policies of the stack's machines. Asked when the templates are written.

    Args:
        stack: the stack.
        states: what the role of whichever machine has a state is allowed for it, by the state's name.
    """
    for machine in StackMachines.of(stack).found(is_last=True):
        permissions = list(_permissions(states, machine))
        made = machine.resource.node.scope
        if not permissions or not isinstance(made, sfn.StateMachine):
            continue
        for policy in own_policies(made.role):
            yield Granted(policy, permissions)
        if any(permission.reason.startswith("distributed:") for permission in permissions):
            yield from _map_policy(made)


def _permissions(states: Mapping[str, Iterable[Permission]], machine: Machine) -> Iterator[Permission]:
    """What is allowed because of states that the machine has."""
    for state, permissions in states.items():
        if machine.reading.count(f"{json.dumps(state)}:{{"):
            yield from permissions


def own_policies(role: iam.IRole) -> Iterator[iam.Policy]:
    """Those that CDK keeps for a role, if it may be changed; each kind of role names them otherwise."""
    yield from (policy for policy in role.node.find_all() if isinstance(policy, iam.Policy))


def _map_policy(machine: sfn.StateMachine) -> Iterator[Granted | tuple[Construct, Reasons]]:
    """CDK's own policy for distributed maps, which names the machine: nobody else writes to it."""
    policy = machine.node.try_find_child(MAP_POLICY_ID)
    if not isinstance(policy, iam.Policy):
        return
    yield policy, MAP_POLICY
    resource = cast("iam.CfnPolicy", policy.node.default_child)
    document = Stack.of(machine).resolve(resource.policy_document)
    statements = [one for one in document["Statement"] if _is_of_executions(one)]
    yield Granted(
        policy,
        [
            Permission(_EACH, tuple(listed(one["Action"])), tuple(listed(one["Resource"])))
            for one in statements
        ],
    )


def _is_of_executions(statement: Json) -> bool:
    return all(str(action).startswith("states:") for action in listed(statement["Action"]))
