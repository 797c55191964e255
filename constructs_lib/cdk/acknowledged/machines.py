"""What this library's states bring into the policies of a state machine, which mostly is the user's own.

Of those policies exactly the wildcards of these states are acknowledged, and those that CDK writes for logs
and traces, which have no resource to name. Whatever else is found about the machine, its role and its
policies is for whoever made it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from aws_cdk import Arn, ArnFormat, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_stepfunctions as sfn

from constructs_lib.cdk.acknowledged.reasons import MAP_POLICY
from constructs_lib.cdk.acknowledged.record import Granted
from constructs_lib.cdk.permissions import Permission
from constructs_lib.cdk.schedules.machine_rights import logged_permissions
from constructs_lib.cdk.workflows.stack_machines import Machine, StackMachines

__all__ = ["machine_policies", "own_policies"]

MAP_POLICY_ID = "DistributedMapPolicy"
_EACH = "distributed: run an execution for each point"


def machine_policies(stack: Stack, tasks: Mapping[str, Iterable[Permission]]) -> Iterator[Granted]:
    """What is ours in the policies of the stack's machines. Asked when the templates are written.

    Args:
        stack: the stack.
        tasks: what the role of whichever machine has a task is allowed for it, by the name of its state.
    """
    for machine in StackMachines.of(stack).found(is_last=True):
        permissions = list(_permissions(tasks, machine))
        made = machine.resource.node.scope
        if not permissions or not isinstance(made, sfn.StateMachine):
            continue
        for policy in own_policies(made.role):
            yield Granted(policy, [*permissions, *logged_permissions()])
        if any(permission.reason.startswith("distributed:") for permission in permissions):
            yield from _map_policy(made)


def _permissions(tasks: Mapping[str, Iterable[Permission]], machine: Machine) -> Iterator[Permission]:
    """What is allowed because of tasks that the machine has: by what a state is, not by its name alone."""
    for name in dict.fromkeys(training.task for training in machine.reading.trainings):
        yield from tasks.get(name, ())


def own_policies(role: iam.IRole) -> Iterator[iam.Policy]:
    """Those that CDK keeps for a role, if it may be changed; each kind of role names them otherwise."""
    yield from (policy for policy in role.node.find_all() if isinstance(policy, iam.Policy))


def _map_policy(machine: sfn.StateMachine) -> Iterator[Granted]:
    """CDK's own policy for distributed maps, which names the machine: what CDK writes into it."""
    policy = machine.node.try_find_child(MAP_POLICY_ID)
    if isinstance(policy, iam.Policy):
        yield Granted(policy, list(_of_executions(machine)), MAP_POLICY)


def _of_executions(machine: sfn.StateMachine) -> Iterator[Permission]:
    arn = machine.state_machine_arn
    yield Permission(_EACH, ("states:StartExecution",), (arn,))
    yield Permission(
        _EACH, ("states:DescribeExecution", "states:StopExecution"), (_executions(machine, arn, ":*"),)
    )
    yield Permission(_EACH, ("states:RedriveExecution",), (_executions(machine, arn, "/*:*"),))


def _executions(machine: sfn.StateMachine, arn: str, rest: str) -> str:
    name = Arn.split(arn, ArnFormat.COLON_RESOURCE_NAME).resource_name
    return Stack.of(machine).format_arn(
        service="states",
        resource="execution",
        resource_name=f"{name}{rest}",
        arn_format=ArnFormat.COLON_RESOURCE_NAME,
    )
