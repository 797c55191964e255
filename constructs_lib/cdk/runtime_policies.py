"""What the runtime's functions and state machine may do; each statement names what it is for."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import Aws
from aws_cdk import aws_iam as iam

from constructs_lib.cdk.arns import KeyTarget, training_job_arn
from constructs_lib.cdk.naming import LOGICAL_ID_DIGITS, stack_block

WATCHING = ("sagemaker:DescribeTrainingJob", "sagemaker:ListTags", "sagemaker:StopTrainingJob")
STACK_TAG = "constructs-lib:stack-id"
PASSED_TO_SAGEMAKER = {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}


def jobs_of_stack() -> str:
    """The ARN pattern of every job that this stack's runtime names, whatever its prefix."""
    return training_job_arn(f"*-{stack_block()}{'?' * LOGICAL_ID_DIGITS}-*")


def watch_jobs(arns: Sequence[str] | None = None) -> iam.PolicyStatement:
    """Look at a job of the stack's, and stop it; at those of given names, with ``arns``."""
    return _for_jobs("Watch", WATCHING, arns)


def watch_former_jobs() -> iam.PolicyStatement:
    """Look at jobs of names that the template has no more, and stop them: the stack's, by their tags.

    A changed template changes this policy first, and then asks for the deletion of the job it had before.
    """
    statement = _for_jobs("Watch", WATCHING, [training_job_arn("*")])
    statement.sid = "WatchFormerJobs"
    statement.add_condition("StringEquals", {f"aws:ResourceTag/{STACK_TAG}": Aws.STACK_ID})
    return statement


def start_jobs(arns: Sequence[str] | None = None) -> iam.PolicyStatement:
    """Start a job of the stack's, and keep its tags; those of given names, with ``arns``."""
    actions = ["sagemaker:AddTags", "sagemaker:CreateTrainingJob", "sagemaker:DeleteTags"]
    return _for_jobs("Start", actions, arns)


def _for_jobs(verb: str, actions: Sequence[str], arns: Sequence[str] | None) -> iam.PolicyStatement:
    sid, resources = (f"{verb}Jobs", [jobs_of_stack()]) if arns is None else (f"{verb}NamedJobs", list(arns))
    return iam.PolicyStatement(sid=sid, actions=list(actions), resources=resources)


def pass_roles(arns: Sequence[str]) -> iam.PolicyStatement:
    """Hand the jobs' execution roles to SageMaker, and to nothing else."""
    return iam.PolicyStatement(
        sid="PassRoles", actions=["iam:PassRole"], resources=list(arns), conditions=PASSED_TO_SAGEMAKER
    )


def use_key(key_arn: str, *actions: str) -> iam.PolicyStatement:
    """Seal and open answers' addresses."""
    target = KeyTarget.parse(key_arn)
    return iam.PolicyStatement(
        sid="SealAnswers",
        actions=list(actions),
        resources=[target.resource],
        conditions={"Null": {"kms:EncryptionContext:constructs-lib:request": "false"}, **target.conditions},
    )


def write_logs(log_group_arn: str) -> iam.PolicyStatement:
    """Write to one log group."""
    actions = ["logs:CreateLogStream", "logs:PutLogEvents"]
    return iam.PolicyStatement(sid="WriteLogs", actions=actions, resources=[log_group_arn])


def invoke(function_arn: str) -> iam.PolicyStatement:
    """Call one function."""
    return iam.PolicyStatement(sid="Invoke", actions=["lambda:InvokeFunction"], resources=[function_arn])


def start_execution(state_machine_arn: str) -> iam.PolicyStatement:
    """Start executions of one state machine."""
    return iam.PolicyStatement(
        sid="StartWatches", actions=["states:StartExecution"], resources=[state_machine_arn]
    )


def deliver_state_machine_logs() -> iam.PolicyStatement:
    """What Step Functions needs to log an execution; none of these actions has a resource."""
    names = (
        "CreateLogDelivery",
        "DeleteLogDelivery",
        "DescribeLogGroups",
        "DescribeResourcePolicies",
        "GetLogDelivery",
        "ListLogDeliveries",
        "PutResourcePolicy",
        "UpdateLogDelivery",
    )
    return iam.PolicyStatement(sid="DeliverLogs", actions=[f"logs:{name}" for name in names], resources=["*"])


def trace() -> iam.PolicyStatement:
    """X-Ray, which has no resource either."""
    names = ("GetSamplingRules", "GetSamplingTargets", "PutTelemetryRecords", "PutTraceSegments")
    return iam.PolicyStatement(sid="Trace", actions=[f"xray:{name}" for name in names], resources=["*"])
