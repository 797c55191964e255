"""What the runtime's functions and state machine may do; each statement names what it is for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import Aws
from aws_cdk import aws_iam as iam

from constructs_lib.cdk.arns import KeyTarget, S3Location, log_group_arn, training_job_arn
from constructs_lib.cdk.naming import LOGICAL_ID_DIGITS, stack_block
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


def names_of_stack() -> str:
    """The pattern of every name that this stack's runtime gives a job, whatever its prefix."""
    return f"*-{stack_block()}{'?' * LOGICAL_ID_DIGITS}-*"


def jobs_of_stack() -> str:
    """The ARN pattern of every job that this stack's runtime names."""
    return training_job_arn(names_of_stack())


def watch_jobs(arns: Sequence[str] | None = None) -> iam.PolicyStatement:
    """Look at a job of the stack's, stop it, give its warm pool up; those of given names, with ``arns``."""
    return _for_jobs("Watch", WATCHING, arns)


def delete_jobs(arns: Sequence[str] | None = None) -> iam.PolicyStatement:
    """Delete the record of a job of the stack's; of given names, with ``arns``.

    Always, whether or not a job of the template has delete_record: a template that drops such a job changes
    this policy before it asks for the record's deletion.
    """
    return _for_jobs("Delete", ["sagemaker:DeleteTrainingJob"], arns)


def watch_former_jobs(*more: str) -> iam.PolicyStatement:
    """Look at jobs of names that the template has no more, and stop them: the stack's, by their tags.

    A changed template changes this policy first, and then asks for the deletion of the job it had before: so
    it is always there, also when no job of the template keeps a name of its own.

    Args:
        *more: further actions.
    """
    statement = _for_jobs("Watch", (*WATCHING, *more), [training_job_arn("*")])
    statement.sid = "WatchFormerJobs"
    statement.add_condition("StringEquals", {f"aws:ResourceTag/{STACK_TAG}": Aws.STACK_ID})
    return statement


def find_workflow_jobs() -> list[iam.PolicyStatement]:
    """Find the jobs of the stack's workflows among all that run, by their tags; a list has no resource."""
    return [
        iam.PolicyStatement(sid="ListJobs", actions=["sagemaker:ListTrainingJobs"], resources=["*"]),
        iam.PolicyStatement(
            sid="ReadTagsOfJobs", actions=["sagemaker:ListTags"], resources=[training_job_arn("*")]
        ),
    ]


def stop_workflow_jobs(owner: str) -> iam.PolicyStatement:
    """Look at a job of the stack's workflows, and stop it, whatever its name.

    Args:
        owner: what their tag holds.
    """
    return iam.PolicyStatement(
        sid="StopWorkflowJobs",
        actions=["sagemaker:DescribeTrainingJob", "sagemaker:StopTrainingJob"],
        resources=[training_job_arn("*")],
        conditions={"StringEquals": {f"aws:ResourceTag/{WORKFLOW_TAG}": owner}},
    )


def start_jobs(arns: Sequence[str] | None = None) -> iam.PolicyStatement:
    """Start a job of the stack's, and keep its tags; those of given names, with ``arns``."""
    actions = ["sagemaker:AddTags", "sagemaker:CreateTrainingJob", "sagemaker:DeleteTags"]
    return _for_jobs("Start", actions, arns)


def restart_jobs() -> iam.PolicyStatement:
    """Start the next attempt of a job of the stack's."""
    return _for_jobs("Start", ["sagemaker:AddTags", "sagemaker:CreateTrainingJob"], None)


def _for_jobs(verb: str, actions: Sequence[str], arns: Sequence[str] | None) -> iam.PolicyStatement:
    sid, resources = (f"{verb}Jobs", [jobs_of_stack()]) if arns is None else (f"{verb}NamedJobs", list(arns))
    return iam.PolicyStatement(sid=sid, actions=list(actions), resources=resources)


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


def use_plans(arns: Sequence[str]) -> iam.PolicyStatement:
    """Create jobs in the capacity that training plans have reserved (`plans_of`)."""
    return iam.PolicyStatement(sid="UsePlans", actions=["sagemaker:CreateTrainingJob"], resources=list(arns))


def pass_roles(arns: Sequence[str]) -> iam.PolicyStatement:
    """Hand the jobs' execution roles to SageMaker, and to nothing else."""
    return iam.PolicyStatement(
        sid="PassRoles", actions=["iam:PassRole"], resources=list(arns), conditions=PASSED_TO_SAGEMAKER
    )


def ask_for_stack() -> iam.PolicyStatement:
    """Ask whether the stack still wants a job, before and after one is created."""
    return iam.PolicyStatement(
        sid="AskForStack", actions=["cloudformation:DescribeStacks"], resources=[Aws.STACK_ID]
    )


def find_artifacts(place: S3Location, prefixes: Sequence[str], number: int) -> iam.PolicyStatement:
    """See whether a job's artifacts are still there, in the output folders of one bucket.

    Args:
        place: somewhere in the bucket.
        prefixes: what the keys there begin with, as patterns.
        number: of the bucket among those of the stack: ids of statements are unique in a policy.
    """
    return iam.PolicyStatement(
        sid=f"FindArtifacts{'' if number == 1 else number}",
        actions=["s3:ListBucket"],
        resources=[place.bucket_arn],
        conditions={"StringLike": {"s3:prefix": list(prefixes)}},
    )


def read_job_logs() -> list[iam.PolicyStatement]:
    """Read the last lines of the stack's own jobs."""
    group = log_group_arn(JOB_LOGS)
    # CloudWatch Logs compares some of its actions with the group's ARN and others with that of its streams.
    finding = iam.PolicyStatement(
        sid="FindJobLogs",
        actions=["logs:DescribeLogStreams"],
        resources=[group, f"{group}:*"],
    )
    return [finding, _read_streams("ReadJobLogs", [job_streams(names_of_stack())])]


def read_named_job_logs(streams: Sequence[str]) -> iam.PolicyStatement:
    """Read the last lines of jobs of given names."""
    return _read_streams("ReadNamedJobLogs", streams)


def _read_streams(sid: str, streams: Sequence[str]) -> iam.PolicyStatement:
    return iam.PolicyStatement(sid=sid, actions=["logs:GetLogEvents"], resources=list(streams))


def job_streams(name: str) -> str:
    """The log streams of jobs of a name, or of a pattern of names: one for each instance."""
    return f"{log_group_arn(JOB_LOGS)}:log-stream:{name}/*"


def look_at_interfaces() -> iam.PolicyStatement:
    """See whether a job's network interfaces linger; EC2 has no resource for it."""
    return iam.PolicyStatement(
        sid="LookAtInterfaces", actions=["ec2:DescribeNetworkInterfaces"], resources=["*"]
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
