"""Through a state machine: each run is an execution, in which a task trains and waits for the job's end."""

from __future__ import annotations

import json
from typing import cast

from aws_cdk import Aws
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_scheduler_targets as targets
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from constructs_lib.cdk.acknowledged.machines import own_policies
from constructs_lib.cdk.acknowledged.reasons import MACHINE_POLICY
from constructs_lib.cdk.log_groups import make_log_group
from constructs_lib.cdk.permissions import Permission
from constructs_lib.cdk.platform import TrainingPlatform
from constructs_lib.cdk.schedules.attributes import (
    SCHEDULE_ARN,
    SCHEDULE_MEMBER,
    SCHEDULED_TIME,
    TIME_MEMBER,
)
from constructs_lib.cdk.schedules.machine_rights import explain_machine_role, logged_permissions
from constructs_lib.cdk.validation_plugin import acknowledge, acknowledge_wildcards
from constructs_lib.cdk.workflows.task import TrainingJobTask

# What an execution is told, by the names that a spec's expressions can use.
INPUT = {TIME_MEMBER: SCHEDULED_TIME, SCHEDULE_MEMBER: SCHEDULE_ARN}
KEY_REUSE_SECONDS = 300


class MachineTraining:
    """The jobs that a schedule's state machine runs.

    Args:
        scope: the schedule.
        task: what each execution does.
        platform: lends its key, if the app makes it.

    Attributes:
        state_machine: the state machine.
        request: what each execution asks for, without a name.
        starting: what EventBridge Scheduler has to be allowed.
    """

    def __init__(self, scope: Construct, task: TrainingJobTask, platform: TrainingPlatform) -> None:
        self.request = task.request
        key = platform.log_encryption_key
        group = make_log_group(scope, "StateMachineLogs", key)
        self.state_machine = sfn.StateMachine(
            scope,
            "StateMachine",
            definition_body=sfn.DefinitionBody.from_chainable(task),
            # The data holds the whole request; the execution's own history has it, under the key.
            logs=sfn.LogOptions(destination=group, include_execution_data=False, level=sfn.LogLevel.ALL),
            tracing_enabled=True,
        )
        explain_machine_role(scope, self.state_machine, logged_permissions())
        self._acknowledge(scope, task)
        if key is not None:
            explain_machine_role(scope, self.state_machine, encrypt(self.state_machine, key))
        reason = "start an execution of the state machine"
        machines = (self.state_machine.state_machine_arn,)
        self.starting = [Permission(reason, ("states:StartExecution",), machines)]

    def _acknowledge(self, scope: Construct, task: TrainingJobTask) -> None:
        """What cdk-nag finds in the policy that CDK writes for the role of the schedule's own machine."""
        for policy in own_policies(self.state_machine.role):
            acknowledge(scope, policy, MACHINE_POLICY)
            rights = [*task.machine_permissions(), *logged_permissions()]
            acknowledge_wildcards(scope, [policy], rights)

    def target(self, role: iam.IRole, queue: sqs.IQueue) -> scheduler.IScheduleTarget:
        """The start of an execution, made once.

        Step Functions would know a second start by its execution's name. But of all that EventBridge
        Scheduler can put into a name, only the time is the same each time, and a name takes no colons. So
        two executions may start, and it is their job that they share: see `ScheduledTask`.

        Args:
            role: the role to make it under, which has its rights already.
            queue: where a call that failed is told of.
        """
        return targets.StepFunctionsStartExecution(
            self.state_machine,
            input=scheduler.ScheduleTargetInput.from_text(json.dumps(INPUT)),
            role=role,
            dead_letter_queue=queue,
            retry_attempts=0,
        )


def encrypt(machine: sfn.StateMachine, key: kms.IKey) -> list[Permission]:
    """Encrypt a state machine's definition and its executions' data.

    Not by `sfn.CustomerManagedEncryptionConfiguration`: for a machine whose name CloudFormation makes, the
    rights that it gives name no machine, and no execution could start.

    Args:
        machine: a state machine that logs.
        key: a key whose policy can be changed.

    Returns:
        What the machine's role is allowed for that.
    """
    resource = cast("sfn.CfnStateMachine", machine.node.default_child)
    resource.encryption_configuration = sfn.CfnStateMachine.EncryptionConfigurationProperty(
        type="CUSTOMER_MANAGED_KMS_KEY",
        kms_key_id=key.key_arn,
        kms_data_key_reuse_period_seconds=KEY_REUSE_SECONDS,
    )
    machines = f"arn:{Aws.PARTITION}:states:{Aws.REGION}:{Aws.ACCOUNT_ID}:stateMachine:*"
    # Without kms:ViaService: an execution's role asks KMS by itself.
    own = {"StringLike": {"kms:EncryptionContext:aws:states:stateMachineArn": machines}}
    # Here the star is no wildcard, but what the service says.
    log_groups = f"arn:{Aws.PARTITION}:logs:{Aws.REGION}:{Aws.ACCOUNT_ID}:*"
    logged = {"StringEquals": {"kms:EncryptionContext:SourceArn": log_groups}}
    permissions = [
        Permission("encrypt the machine's data", ("kms:Decrypt", "kms:GenerateDataKey"), (key.key_arn,), own),
        Permission("encrypt the machine's log", ("kms:GenerateDataKey",), (key.key_arn,), logged),
    ]
    for permission in permissions:
        machine.add_to_role_policy(permission.to_statement())
    key.add_to_resource_policy(
        iam.PolicyStatement(
            sid="DeliverStateMachineLogs",
            principals=[iam.ServicePrincipal("delivery.logs.amazonaws.com")],
            actions=["kms:Decrypt"],
            resources=["*"],
            conditions=logged,
        )
    )
    return permissions
