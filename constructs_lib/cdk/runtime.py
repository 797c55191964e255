"""The deploy-time runtime of a stack: two functions of one asset, and one state machine as their timer.

References go one way, front -> state machine -> worker, or CloudFormation refuses the cycle. Each is the
other's watchdog: the front's failure destination is the worker, and an execution that failed, timed out or
was aborted reaches the front through EventBridge.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from aws_cdk import Aws, Duration, IgnoreMode, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_destinations as destinations
from aws_cdk import aws_logs as logs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from constructs_lib.cdk import runtime_policies as allow
from constructs_lib.cdk.acknowledged.reasons import EVENT_RULE, FUNCTION
from constructs_lib.cdk.arns import S3Location, training_job_arn
from constructs_lib.cdk.completion import LONGEST_CONDITION_TIMEOUT, LONGEST_SERVICE_TIMEOUT
from constructs_lib.cdk.growing_policies import LONGEST_ROLE_ARN, GrowingPolicy, User
from constructs_lib.cdk.guards import NO_BUCKET
from constructs_lib.cdk.log_groups import make_log_group
from constructs_lib.cdk.permissions import Permission
from constructs_lib.cdk.platform import TrainingPlatform
from constructs_lib.cdk.policies_beside import set_late_ones_aside
from constructs_lib.cdk.runtime_alarms import RuntimeMetrics
from constructs_lib.cdk.validation_plugin import acknowledge, acknowledge_wildcards
from constructs_lib.cdk.wait_condition import JobContent
from constructs_lib.spec.locations import key_id
from constructs_lib.spec.text import is_unknown

RUNTIME_ID = "TrainingJobRuntime"
PACKAGE = Path(__file__).resolve().parent.parent
# The newest Python that CDK knows; pinned, so that a CDK release changes no template.
PYTHON = lambda_.Runtime.PYTHON_3_14
ENDED_BADLY = ["ABORTED", "FAILED", "TIMED_OUT"]
LAMBDAS_OWN = ("AWSLambdaException", "SdkClientException", "ServiceException", "TooManyRequestsException")
# The longest wait that there is, and what the runtime may need beside it.
LONGEST_WATCH = LONGEST_CONDITION_TIMEOUT + LONGEST_SERVICE_TIMEOUT


class TrainingRuntime(RuntimeMetrics):
    """What creates, watches and stops the training jobs of one stack at deploy time; shared by all of them.

    Args:
        scope: the stack.
        id: the construct's id.
        platform: lends its key, for the answers' addresses and the logs.

    Attributes:
        contents: what the stack's jobs train.
    """

    def __init__(self, scope: Construct, id: str, *, platform: TrainingPlatform) -> None:
        super().__init__(scope, id)
        self._key = platform.encryption_key
        self._log_key = platform.log_encryption_key
        self.contents: list[JobContent] = []
        self._buckets: dict[str, int] = {}
        self._restarts = False
        self._awaits_interfaces = False
        self.worker = self._worker()
        self.state_machine = self._state_machine(self.worker)
        self.front = self._front(self.worker, self.state_machine)
        self._watch_executions()
        set_late_ones_aside(self, [self._front_policies, self._worker_policies])

    @classmethod
    def of(cls, scope: Construct, platform: TrainingPlatform) -> TrainingRuntime:
        """The runtime of the scope's stack, made on first use with the first job's platform."""
        stack = Stack.of(scope)
        found = stack.node.try_find_child(RUNTIME_ID)
        return found if isinstance(found, TrainingRuntime) else cls(stack, RUNTIME_ID, platform=platform)

    @property
    def service_token(self) -> str:
        """What a custom resource names to be served by this runtime."""
        return self.front.function_arn

    def explain_permissions(self) -> list[Permission]:
        """What the two functions are allowed, and what for."""
        both = (self._front_policies, self._worker_policies)
        return [permission for policies in both for permission in policies.explain_permissions()]

    def allow_role(self, role: iam.IRole, user: User) -> None:
        """Let the front hand a job's execution role to SageMaker.

        Args:
            role: the role.
            user: gives the job's resource.
        """
        self._pass(self._front_policies, role, user)

    def allow_plans(self, resources: Iterable[Mapping[str, Any]], user: User, *, restarts: bool) -> None:
        """Let the front create a job in the capacity that training plans have reserved.

        Args:
            resources: the job's ``ResourceConfig``, and those of its further attempts.
            user: gives the job's resource.
            restarts: whether the worker starts further attempts.
        """
        both = [self._front_policies, *([self._worker_policies] if restarts else [])]
        arns = [arn for found in resources for arn in allow.plans_of(found)]
        for policies in both:
            for arn in dict.fromkeys(arns):
                policies.add_resource("UsePlans", arn, allow.use_plans, user=user)

    def allow_output(self, output: S3Location | None, user: User) -> None:
        """Let the front see whether results are still there, in a job's output folder.

        Where the folder cannot be told, as of an address that is one token, nothing is allowed: the front
        then takes results to be there.
        """
        place = None if output is None else output.folder
        if place is None or place.key is None:
            return
        number = self._buckets.setdefault(place.bucket, len(self._buckets) + 1)

        def find(prefixes: Sequence[str]) -> iam.PolicyStatement:
            bucket_arn = self._front_policies.guard.text(place.bucket_arn, NO_BUCKET)
            return allow.find_artifacts(bucket_arn, prefixes, number)

        prefix = f"{place.key}*"
        names = (place.bucket_arn, prefix)
        self._front_policies.add_resource(f"FindArtifacts{number}", prefix, find, names=names, user=user)

    def allow_restarts(self, role: iam.IRole, user: User) -> None:
        """Let the worker start the next attempt of a job that found no capacity; see `allow_role`."""
        if not self._restarts:
            self._restarts = True
            self._worker_policies.add_statements(allow.restart_jobs())
        self._pass(self._worker_policies, role, user)

    def _pass(self, policies: GrowingPolicy, role: iam.IRole, user: User) -> None:
        arn = role.role_arn
        made = isinstance(role, (iam.Role, iam.LazyRole))
        names = (cast("Construct", role) if made else arn,)
        policies.add_resource(
            "PassRoles", arn, allow.pass_roles, longest=LONGEST_ROLE_ARN, names=names, user=user
        )

    def allow_interfaces(self) -> None:
        """Let the worker see whether a job's network interfaces linger."""
        if not self._awaits_interfaces:
            self._awaits_interfaces = True
            self._worker_policies.add_statements(allow.look_at_interfaces())

    def allow_workflows(self, owner: str) -> None:
        """Let the runtime find and stop the jobs of the stack's workflows; once a stack.

        Args:
            owner: what the jobs' tag holds.
        """
        for policy in (self._front_policies, self._worker_policies):
            policy.add_statements(*allow.find_workflow_jobs(), allow.stop_workflow_jobs(owner))

    def allow_name(self, name: str, user: User) -> None:
        """Let the runtime start, watch, stop and delete a job of a name that it did not make.

        Args:
            name: the name.
            user: gives the job's resource.
        """
        front, worker = self._front_policies, self._worker_policies
        # IAM has compared the names in training-job ARNs in lower case.
        spellings = dict.fromkeys((name, name if is_unknown(name) else name.lower()))
        jobs = [training_job_arn(spelling) for spelling in spellings]
        for arn in jobs:
            front.add_resource("StartNamedJobs", arn, allow.start_jobs, user=user)
            front.add_resource("WatchNamedJobs", arn, allow.watch_jobs, user=user)
            worker.add_resource("WatchNamedJobs", arn, allow.watch_jobs, user=user)
        for policies in (front, worker):
            streams = allow.job_streams(name)
            policies.add_resource("ReadNamedJobLogs", streams, allow.read_named_job_logs, user=user)
        for arn in jobs:
            worker.add_resource("DeleteNamedJobs", arn, allow.delete_jobs, user=user)

    def _worker(self) -> lambda_.Function:
        group, role = self._log_group("WorkerLogs"), _lambda_role(self, "WorkerRole")
        self._worker_policies = self._growing(
            "WorkerPolicy",
            role,
            allow.watch_jobs(),
            allow.delete_jobs(),
            allow.watch_former_jobs("sagemaker:DeleteTrainingJob"),
            allow.ask_for_stack(),
            *allow.read_job_logs(),
            allow.use_key(key_id(self._key), "kms:Decrypt"),
            allow.write_logs(group.log_group_arn),
            allow.trace_function(),
        )
        worker = self._function("Worker", "runtime.worker.handler", role, group, Duration.minutes(2))
        worker.node.add_dependency(self._worker_policies.parts[0])
        return worker

    def _front(self, worker: lambda_.Function, machine: sfn.StateMachine) -> lambda_.Function:
        group, role = self._log_group("FrontLogs"), _lambda_role(self, "FrontRole")
        self._front_policies = self._growing(
            "FrontPolicy",
            role,
            allow.watch_jobs(),
            allow.start_jobs(),
            allow.watch_former_jobs(),
            allow.ask_for_stack(),
            *allow.read_job_logs(),
            allow.use_key(key_id(self._key), "kms:Decrypt", "kms:Encrypt"),
            allow.start_execution(machine.state_machine_arn),
            allow.invoke(worker.function_arn),
            allow.write_logs(group.log_group_arn),
            allow.trace_function(),
        )
        front = self._function("Front", "runtime.front.handler", role, group, Duration.minutes(5))
        front.add_environment("STATE_MACHINE_ARN", machine.state_machine_arn)
        front.configure_async_invoke(
            on_failure=destinations.LambdaDestination(worker),
            retry_attempts=2,
            # In time for the worker to answer in its place: CloudFormation waits for an hour.
            max_event_age=Duration.minutes(45),
        )
        # Lambda checks that the role may call the destination when the destination is configured.
        front.node.add_dependency(self._front_policies.parts[0])
        return front

    def _function(
        self, id: str, handler: str, role: iam.Role, group: logs.LogGroup, timeout: Duration
    ) -> lambda_.Function:
        code = lambda_.Code.from_asset(
            str(PACKAGE),
            exclude=["/*", "!/runtime", "__pycache__", "*.pyc"],
            ignore_mode=IgnoreMode.GIT,
        )
        function = lambda_.Function(
            self,
            id,
            code=code,
            description="SageMaker training jobs at deploy time",
            environment={"KEY_ARN": key_id(self._key), "STACK_NAME": Aws.STACK_NAME},
            handler=handler,
            log_group=group,
            memory_size=256,
            role=role.without_policy_updates(),
            runtime=PYTHON,
            timeout=timeout,
            tracing=lambda_.Tracing.ACTIVE,
        )
        acknowledge(self, function, FUNCTION)
        return function

    def _state_machine(self, worker: lambda_.Function) -> sfn.StateMachine:
        group = self._log_group("StateMachineLogs")
        role = iam.Role(
            self,
            "StateMachineRole",
            assumed_by=iam.ServicePrincipal("states.amazonaws.com").with_conditions(
                {"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}}
            ),
        )
        policy = self._policy(
            "StateMachinePolicy",
            role,
            allow.invoke(worker.function_arn),
            allow.deliver_state_machine_logs(),
            allow.trace(),
        )
        machine = sfn.StateMachine(
            self,
            "StateMachine",
            definition_body=sfn.DefinitionBody.from_string(json.dumps(definition(worker.function_arn))),
            # The data holds an answer's address, if only as ciphertext: it is not logged.
            logs=sfn.LogOptions(destination=group, include_execution_data=False, level=sfn.LogLevel.ALL),
            role=role.without_policy_updates(),
            tracing_enabled=True,
        )
        machine.node.add_dependency(policy)
        return machine

    def _watch_executions(self) -> None:
        pattern = events.EventPattern(
            source=["aws.states"],
            detail_type=["Step Functions Execution Status Change"],
            detail={"stateMachineArn": [self.state_machine.state_machine_arn], "status": ENDED_BADLY},
        )
        description = "A watch over a training job broke: the front answers for it"
        rule = events.Rule(self, "WatchBroke", description=description, event_pattern=pattern)
        rule.add_target(targets.LambdaFunction(self.front))
        acknowledge(self, rule, EVENT_RULE)

    def _policy(self, id: str, role: iam.Role, *statements: iam.PolicyStatement) -> iam.ManagedPolicy:
        policy = iam.ManagedPolicy(self, id, roles=[role], statements=list(statements))
        acknowledge_wildcards(self, [policy], statements)
        return policy

    def _growing(self, id: str, role: iam.Role, *statements: iam.PolicyStatement) -> GrowingPolicy:
        return GrowingPolicy(self, id, role, statements)

    def _log_group(self, id: str) -> logs.LogGroup:
        return make_log_group(self, id, self._log_key)


def _lambda_role(scope: Construct, id: str) -> iam.Role:
    return iam.Role(scope, id, assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))


def definition(worker_arn: str) -> dict[str, object]:
    """The state machine: ask the worker, wait as long as it says, ask again."""
    poll = {
        "Type": "Task",
        "Resource": f"arn:{Aws.PARTITION}:states:::lambda:invoke",
        "Parameters": {"FunctionName": worker_arn, "Payload.$": "$"},
        "OutputPath": "$.Payload",
        "Retry": [
            {
                # Lambda's own trouble passes; the job that is waited for must not be stopped for it.
                "ErrorEquals": [f"Lambda.{name}" for name in LAMBDAS_OWN],
                "IntervalSeconds": 5,
                "MaxAttempts": 100,
                "BackoffRate": 2,
                "MaxDelaySeconds": 60,
                "JitterStrategy": "FULL",
            },
            {
                "ErrorEquals": ["States.ALL"],
                "IntervalSeconds": 5,
                "MaxAttempts": 5,
                "BackoffRate": 2,
                "JitterStrategy": "FULL",
            },
        ],
        "Next": "Ended?",
    }
    ended = {
        "Type": "Choice",
        "Choices": [{"Variable": "$.done", "BooleanEquals": True, "Next": "Answered"}],
        "Default": "Wait",
    }
    wait = {"Type": "Wait", "SecondsPath": "$.wait", "Next": "Poll"}
    states = {"Poll": poll, "Ended?": ended, "Wait": wait, "Answered": {"Type": "Succeed"}}
    comment = "Calls the worker until a training job has ended"
    return {"Comment": comment, "StartAt": "Poll", "TimeoutSeconds": LONGEST_WATCH, "States": states}
