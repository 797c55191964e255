"""What a state machine's role, or a schedule's, must be allowed to run a training job: from what is rendered.

Sources: the Step Functions developer guide, "IAM policies for Amazon SageMaker"; the Service Authorization
Reference, "Actions, resources, and condition keys for Amazon SageMaker"; the SageMaker developer guide's
table of API permissions. The last asks the caller for ``kms:CreateGrant`` only where the execution role lacks
it, and ours has it; for an algorithm that has an ARN none of them asks for anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache
from typing import Any, Literal, TypeAlias

from aws_cdk import Aws

from constructs_lib.cdk.arns import training_job_arn
from constructs_lib.cdk.expressions import expressions
from constructs_lib.cdk.permissions import Permission
from constructs_lib.cdk.request_parts import entries, part, text
from constructs_lib.cdk.runtime_policies import PASSED_TO_SAGEMAKER
from constructs_lib.cdk.workflows.plan import Plan
from constructs_lib.spec.text import is_unknown

Request = Mapping[str, Any]
Form: TypeAlias = Literal["api-call", "request-response", "sync", "loop"]

ANY_NAME = "*"
TAKE_ROLE = Permission("credentials: make the calls under the role that they name", ("sts:AssumeRole",), ())
"""CDK itself allows it, on that role."""
_EVENTS_RULE = "rule/StepFunctionsGetEventsForSageMakerTrainingJobsRule"
_STARTING = ("sagemaker:CreateTrainingJob",)
_WATCHING = ("sagemaker:DescribeTrainingJob",)
# Both integrations of SageMaker's own kind ask for ListTags. The guide grants it on *, but the action takes a
# training job's ARN, and it is only ever asked of the job that the state has made.
_LISTING = ("sagemaker:ListTags",)
# A .sync run puts a tag of Step Functions' own on the job, whether or not the request has any.
_TAGGING = ("sagemaker:AddTags",)
_SYNC = (*_STARTING, *_TAGGING, *_WATCHING, *_LISTING, "sagemaker:StopTrainingJob")
_ACTIONS: dict[Form, tuple[str, ...]] = {
    "api-call": _STARTING,
    "request-response": (*_STARTING, *_LISTING),
    "sync": _SYNC,
    # It is stopped by the rule on executions that have ended, under another role.
    "loop": (*_STARTING, *_WATCHING),
}


def job_names(name: object = None, *, prefix: str | None = None) -> tuple[str, ...]:
    """The patterns of the names that a task's jobs will have.

    Args:
        name: a job's whole name; None, or one that only the execution knows, may be any.
        prefix: what names that are made begin with; a hyphen follows it.
    """
    if prefix is not None:
        return (f"{prefix}-*",)
    known = _known_text(name)
    if known is None:
        return (ANY_NAME,)
    # IAM has compared the names in training-job ARNs in lower case.
    return (known,) if is_unknown(known) else tuple(dict.fromkeys((known, known.lower())))


def machine_permissions(request: Request, *, form: Form, names: Sequence[str]) -> list[Permission]:
    """The permissions of the role that makes the job.

    No expression gets into them: of what only the execution knows, that part of the ARN is ``*``.

    Args:
        request: the rendered request; tokens and expressions may stand anywhere.
        form: how the job is made and waited for. ``api-call`` is one call of the API and nothing beside it:
            a direct schedule's, or an ``aws-sdk`` task's that does not wait.
        names: the patterns of the names that the jobs will have (`job_names`).
    """
    found = [_jobs(request, form, names), *_plans(request), *_role(request)]
    if form == "sync":
        found.append(_events())
    return found


def task_permissions(request: Request, plan: Plan, names: Sequence[str]) -> list[Permission]:
    """The permissions of whoever makes the calls of a task's states.

    Args:
        request: as `machine_permissions` takes it.
        plan: what the task does.
        names: as `machine_permissions` takes them.
    """
    found = machine_permissions(request, form=_form(plan), names=names)
    jobs = found[0].resources
    if not (plan.waits or plan.is_single):
        reason = "TrainingJobName: look at the job whose creation was not answered"
        found.append(Permission(reason, _WATCHING, jobs))
    if plan.tells_whose:
        reason = "TrainingJobName: tell the task's own job of this name from another's"
        found.append(Permission(reason, _LISTING, jobs))
    if plan.loops and plan.timeout_seconds is not None:
        reason = "task_timeout: stop the job when its time is over"
        found.append(Permission(reason, ("sagemaker:StopTrainingJob",), jobs))
    return found


def _form(plan: Plan) -> Form:
    if not plan.waits:
        return "request-response" if plan.integration == "optimized" else "api-call"
    return "loop" if plan.loops else "sync"


def of_events(permissions: Sequence[Permission]) -> list[Permission]:
    """Those by which Step Functions learns of a job's end."""
    return [found for found in permissions if all(action.startswith("events:") for action in found.actions)]


def _jobs(request: Request, form: Form, names: Sequence[str]) -> Permission:
    tagging = _TAGGING if request.get("Tags") else ()
    actions = tuple(sorted({*_ACTIONS[form], *tagging}))
    whose = "of any name: only the execution knows it" if ANY_NAME in names else "of this task"
    resources = tuple(f"{_jobs_arn()}{name}" for name in names)
    return Permission(f"TrainingJobName: jobs {whose}", actions, resources)


def _plans(request: Request) -> Iterator[Permission]:
    """A job in reserved capacity is created on the plan too; the capacity's id is not in the request."""
    plans = dict.fromkeys(_plans_of(request.get("ResourceConfig")))
    if plans:
        reason = "ResourceConfig: use the capacity that a training plan has reserved"
        capacity = _arn("sagemaker", "reserved-capacity/*")
        yield Permission(reason, _STARTING, (*plans, capacity))


def _plans_of(resources: object) -> Iterator[str]:
    """The ARNs of a request's training plans; any plan where one may come with the execution."""
    given = part(resources)
    preferences = given.get("InstancePreferences")
    if is_unknown(resources) or is_unknown(preferences):
        yield _any_plan()
    if "TrainingPlanArn" in given:
        yield _known_text(given["TrainingPlanArn"]) or _any_plan()
    for preference in entries(preferences):
        plans = preference.get("TrainingPlanArns", ())
        for plan in (plans,) if is_unknown(plans) else plans:
            yield _known_text(plan) or _any_plan()


def _role(request: Request) -> Iterator[Permission]:
    role = request.get("RoleArn")
    if role is None:
        return
    known = _known_text(role)
    reason = "RoleArn: hand the execution role to SageMaker"
    if known is None:
        # The condition keeps it from every other service, and a role whose trust policy does not name
        # SageMaker cannot be used with it.
        reason = "RoleArn: hand a role that only the execution knows to SageMaker"
        known = _arn("iam", "role/*", regional=False)
    yield Permission(reason, ("iam:PassRole",), (known,), PASSED_TO_SAGEMAKER)


def _events() -> Permission:
    """By this rule, which it makes itself, Step Functions learns that a job has ended."""
    actions = ("events:DescribeRule", "events:PutRule", "events:PutTargets")
    return Permission("wait for the job's end", actions, (_arn("events", _EVENTS_RULE),))


def _known_text(value: object) -> str | None:
    """Text that a policy can hold: literal, or a token of CloudFormation's."""
    known = text(value)
    if known is None or "{%" in known or (is_unknown(known) and _is_dynamic(known)):
        return None
    return known


@lru_cache(maxsize=1024)
def _is_dynamic(token: str) -> bool:
    return bool(expressions({"value": token}))


# Each pseudo parameter is a call into jsii.
@cache
def _jobs_arn() -> str:
    return training_job_arn("")


def _any_plan() -> str:
    return _arn("sagemaker", "training-plan/*")


@cache
def _arn(service: str, resource: str, *, regional: bool = True) -> str:
    region = Aws.REGION if regional else ""
    return f"arn:{Aws.PARTITION}:{service}:{region}:{Aws.ACCOUNT_ID}:{resource}"
