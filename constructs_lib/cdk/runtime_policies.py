"""What the runtime's functions and state machine may do; each statement names what it is for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import Aws
from aws_cdk import aws_iam as iam

from constructs_lib.cdk.arns import KeyTarget, log_group_arn, training_job_arn
from constructs_lib.cdk.naming import LOGICAL_ID_DIGITS, stack_block
from constructs_lib.cdk.permissions import Permission
from constructs_lib.cdk.pseudo_parameters import regional_arn
from constructs_lib.cdk.request_parts import entries
from constructs_lib.spec.text import is_unknown

WATCHING = (
    "sagemaker:DescribeTrainingJob",
    "sagemaker:ListTags",
    "sagemaker:StopTrainingJob",
    "sagemaker:UpdateTrainingJob",
)
JOB_LOGS = "/aws/sagemaker/TrainingJobs"
STACK_TAG = "constructs-lib:stack-id"
# On every job of a workflow: the value of the custom resource that stands for them.
WORKFLOW_TAG = "constructs-lib:workflow"
PASSED_TO_SAGEMAKER = {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}


class ExplainedStatement(iam.PolicyStatement):
    """A statement that says what it is for.

    Args:
        sid: its id, unique in its policy.
        permission: what it allows, and why.
    """

    def __init__(self, sid: str, permission: Permission) -> None:
        super().__init__(
            sid=sid,
            actions=[*permission.actions],
            resources=[*permission.resources],
            conditions=permission.conditions or None,
        )
        self.permission = permission


def _allow(
    sid: str,
    reason: str,
    actions: Sequence[str],
    resources: Sequence[str],
    conditions: Mapping[str, Mapping[str, Any]] | None = None,
) -> ExplainedStatement:
    return ExplainedStatement(sid, Permission(reason, (*actions,), (*resources,), conditions or {}))


def names_of_stack() -> str:
    """The pattern of every name that this stack's runtime gives a job, whatever its prefix."""
    return f"*-{stack_block()}{'?' * LOGICAL_ID_DIGITS}-*"


def jobs_of_stack() -> str:
    """The ARN pattern of every job that this stack's runtime names."""
    return training_job_arn(names_of_stack())


def watch_jobs(arns: Sequence[str] | None = None) -> ExplainedStatement:
    """Look at a job of the stack's, stop it, give its warm pool up; those of given names, with ``arns``."""
    return _for_jobs("Watch", "look at a job, stop it, give its warm pool up", WATCHING, arns)


def delete_jobs(arns: Sequence[str] | None = None) -> ExplainedStatement:
    """Delete the record of a job of the stack's; of given names, with ``arns``.

    Always, whether or not a job of the template has delete_record: a template that drops such a job changes
    this policy before it asks for the record's deletion.
    """
    return _for_jobs("Delete", "delete a job's record", ["sagemaker:DeleteTrainingJob"], arns)


def watch_former_jobs(*more: str) -> ExplainedStatement:
    """Look at jobs of names that the template has no more, and stop them: the stack's, by their tags.

    A changed template changes this policy first, and then asks for the deletion of the job it had before: so
    it is always there, also when no job of the template keeps a name of its own.

    Args:
        *more: further actions.
    """
    reason = "look at jobs that the template has no more, and stop them: the stack's, by their tag"
    tagged = {"StringEquals": {f"aws:ResourceTag/{STACK_TAG}": Aws.STACK_ID}}
    return _allow("WatchFormerJobs", reason, (*WATCHING, *more), [training_job_arn("*")], tagged)


def find_workflow_jobs() -> list[ExplainedStatement]:
    """Find the jobs of the stack's workflows among all that run, by their tags; a list has no resource."""
    return [
        _allow(
            "ListJobs",
            "find the jobs of workflows that run (a list has no resource to name)",
            ["sagemaker:ListTrainingJobs"],
            ["*"],
        ),
        _allow(
            "ReadTagsOfJobs",
            "tell the jobs of the stack's workflows from others, by their tags",
            ["sagemaker:ListTags"],
            [training_job_arn("*")],
        ),
    ]


def stop_workflow_jobs(owner: str) -> ExplainedStatement:
    """Look at a job of the stack's workflows, and stop it, whatever its name.

    Args:
        owner: what their tag holds.
    """
    reason = "stop the jobs of the stack's workflows, whatever their names, by their tag"
    actions = ["sagemaker:DescribeTrainingJob", "sagemaker:StopTrainingJob"]
    tagged = {"StringEquals": {f"aws:ResourceTag/{WORKFLOW_TAG}": owner}}
    return _allow("StopWorkflowJobs", reason, actions, [training_job_arn("*")], tagged)


def start_jobs(arns: Sequence[str] | None = None) -> ExplainedStatement:
    """Start a job of the stack's, and keep its tags; those of given names, with ``arns``."""
    actions = ["sagemaker:AddTags", "sagemaker:CreateTrainingJob", "sagemaker:DeleteTags"]
    return _for_jobs("Start", "start a job, and keep its tags", actions, arns)


def restart_jobs() -> ExplainedStatement:
    """Start the next attempt of a job of the stack's."""
    actions = ["sagemaker:AddTags", "sagemaker:CreateTrainingJob"]
    return _for_jobs("Start", "capacity_fallback: start the next attempt of a job", actions, None)


def _for_jobs(
    verb: str, reason: str, actions: Sequence[str], arns: Sequence[str] | None
) -> ExplainedStatement:
    if arns is None:
        return _allow(f"{verb}Jobs", f"{reason}: of a name of the stack's own", actions, [jobs_of_stack()])
    return _allow(f"{verb}NamedJobs", f"keep_name: {reason}", actions, arns)


def plans_of(resources: Mapping[str, Any]) -> list[str]:
    """What a job of a ``ResourceConfig`` is created on beside itself, as ARNs; empty without a plan.

    Reserved capacity is among it, whose own id is not in a request.
    """
    preferences = resources.get("InstancePreferences")
    found = [resources.get("TrainingPlanArn")]
    for preference in entries(preferences):
        plans = preference.get("TrainingPlanArns", ())
        found += [_any_plan()] if is_unknown(plans) else plans
    if is_unknown(preferences):
        found.append(_any_plan())
    plans = [str(plan) for plan in dict.fromkeys(found) if plan]
    return [*plans, regional_arn("sagemaker", "reserved-capacity/*")] if plans else []


def _any_plan() -> str:
    return regional_arn("sagemaker", "training-plan/*")


def use_plans(arns: Sequence[str]) -> ExplainedStatement:
    """Create jobs in the capacity that training plans have reserved (`plans_of`)."""
    reason = "ResourceConfig: create jobs in the capacity that a training plan has reserved"
    return _allow("UsePlans", reason, ["sagemaker:CreateTrainingJob"], arns)


def pass_roles(arns: Sequence[str]) -> ExplainedStatement:
    """Hand the jobs' execution roles to SageMaker, and to nothing else."""
    reason = "RoleArn: hand the jobs' execution roles to SageMaker, and to nothing else"
    return _allow("PassRoles", reason, ["iam:PassRole"], arns, PASSED_TO_SAGEMAKER)


def ask_for_stack() -> ExplainedStatement:
    """Ask whether the stack still wants a job, before and after one is created."""
    reason = "ask whether the stack still wants a job, before and after it is created"
    return _allow("AskForStack", reason, ["cloudformation:DescribeStacks"], [Aws.STACK_ID])


def find_artifacts(bucket_arn: str, prefixes: Sequence[str], number: int) -> ExplainedStatement:
    """See whether a job's artifacts are still there, in the output folders of one bucket.

    Args:
        bucket_arn: the bucket's.
        prefixes: what the keys there begin with, as patterns.
        number: of the bucket among those of the stack: ids of statements are unique in a policy.
    """
    sid = f"FindArtifacts{'' if number == 1 else number}"
    reason = "OutputDataConfig.S3OutputPath: see whether a job's artifacts are still there"
    below = {"StringLike": {"s3:prefix": list(prefixes)}}
    return _allow(sid, reason, ["s3:ListBucket"], [bucket_arn], below)


def read_job_logs() -> list[ExplainedStatement]:
    """Read the last lines of the stack's own jobs."""
    group = log_group_arn(JOB_LOGS)
    # CloudWatch Logs compares some of its actions with the group's ARN and others with that of its streams.
    reason = "find the log streams of a job that failed"
    finding = _allow("FindJobLogs", reason, ["logs:DescribeLogStreams"], [group, f"{group}:*"])
    return [finding, _read_streams("ReadJobLogs", [job_streams(names_of_stack())])]


def read_named_job_logs(streams: Sequence[str]) -> ExplainedStatement:
    """Read the last lines of jobs of given names."""
    return _read_streams("ReadNamedJobLogs", streams)


def _read_streams(sid: str, streams: Sequence[str]) -> ExplainedStatement:
    reason = "read the last lines of a job that failed, for the deployment's message"
    return _allow(sid, reason, ["logs:GetLogEvents"], streams)


def job_streams(name: str) -> str:
    """The log streams of jobs of a name, or of a pattern of names: one for each instance."""
    return f"{log_group_arn(JOB_LOGS)}:log-stream:{name}/*"


def look_at_interfaces() -> ExplainedStatement:
    """See whether a job's network interfaces linger; EC2 has no resource for it."""
    reason = "VpcConfig: see whether a job's network interfaces linger (EC2 has no resource to name)"
    return _allow("LookAtInterfaces", reason, ["ec2:DescribeNetworkInterfaces"], ["*"])


def use_key(key_arn: str, *actions: str) -> ExplainedStatement:
    """Seal and open answers' addresses."""
    target = KeyTarget.parse(key_arn)
    reason = "keep the address of CloudFormation's answer encrypted: whoever has it can answer"
    own = {"Null": {"kms:EncryptionContext:constructs-lib:request": "false"}, **target.conditions}
    return _allow("SealAnswers", reason, actions, [target.resource], own)


def write_logs(log_group_arn: str) -> ExplainedStatement:
    """Write to one log group."""
    actions = ["logs:CreateLogStream", "logs:PutLogEvents"]
    return _allow("WriteLogs", "write the function's own log", actions, [log_group_arn])


def invoke(function_arn: str) -> ExplainedStatement:
    """Call one function."""
    reason = "call the function that watches jobs (the worker)"
    return _allow("Invoke", reason, ["lambda:InvokeFunction"], [function_arn])


def start_execution(state_machine_arn: str) -> ExplainedStatement:
    """Start executions of one state machine."""
    reason = "start the watch over a job: an execution of the stack's state machine"
    return _allow("StartWatches", reason, ["states:StartExecution"], [state_machine_arn])


def deliver_state_machine_logs() -> ExplainedStatement:
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
    reason = "log the executions (log delivery has no resource to name)"
    return _allow("DeliverLogs", reason, [f"logs:{name}" for name in names], ["*"])


def trace() -> ExplainedStatement:
    """X-Ray, which has no resource either."""
    names = ("GetSamplingRules", "GetSamplingTargets", "PutTelemetryRecords", "PutTraceSegments")
    reason = "send traces to X-Ray (it has no resource to name)"
    return _allow("Trace", reason, [f"xray:{name}" for name in names], ["*"])


def trace_function() -> ExplainedStatement:
    """What Lambda needs to trace calls of a function, which is less."""
    actions = ["xray:PutTelemetryRecords", "xray:PutTraceSegments"]
    return _allow("Trace", "trace the function's calls (X-Ray has no resource to name)", actions, ["*"])
