"""What a task refuses at once: arguments of another type, that contradict each other, or of two languages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from aws_cdk import Duration
from aws_cdk import aws_stepfunctions as sfn

from constructs_lib.cdk.expressions import JsonPaths, expressions, token_parts
from constructs_lib.cdk.workflows.language import Language
from constructs_lib.cdk.workflows.plan import Plan
from constructs_lib.cdk.workflows.retries import checked_retry_failures, failure_retriers
from constructs_lib.cdk.workflows.state_arguments import check_label, check_variables
from constructs_lib.errors import SpecError
from constructs_lib.spec import TrainingJobSpec
from constructs_lib.spec.checks import kind
from constructs_lib.spec.durations import seconds
from constructs_lib.spec.job_name import JobName
from constructs_lib.spec.text import is_expression, is_number_token

__all__ = [
    "check_plan",
    "check_shapes",
    "checked_name",
    "credential_members",
    "failure_members",
    "path_member",
    "pattern_waits",
    "timeout_members",
    "timeout_seconds",
]

# What is new when a state is entered again: ids, random numbers, the time, and the context's State.
_NEW_IN_JSONATA = re.compile(
    r"\$(?:uuid|random|millis|now|shuffle)\b|\$states\b(?!\s*\.)"
    r"|\$states\s*\.\s*`?context\b`?(?!\s*\.\s*`?(?:Execution|StateMachine|Map)\b)"
)
_NEW_IN_JSON_PATH = re.compile(
    r"States\.(?:UUID|MathRandom)\b|\$\$(?!(?:\.|\[['\"])(?:Execution|StateMachine|Map)\b)"
)


def checked_name(
    spec: TrainingJobSpec, given: object, default: str, construct: str, *, keep_name: bool
) -> JobName | str:
    """How the jobs are named: as asked for, else by the spec where that is to be kept, else anew each time.

    Raises:
        SpecError: two names, another type, or a name of the spec's that is not to be kept.
    """
    own = spec.training_job_name
    if own is not None and given is not None:
        raise SpecError(
            "job_name", "the spec has a training_job_name too", "leave one of them out", construct=construct
        )
    if own is not None and not keep_name:
        problem = "the spec has a training_job_name, which can be used once, and a task runs many times"
        fix = "pass keep_name=True to use it as it is, or spec.replace(training_job_name=None)"
        raise SpecError("spec.training_job_name", problem, fix, construct=construct)
    if keep_name and own is None:
        problem = "the spec has no training_job_name that could be kept"
        raise SpecError("keep_name", problem, "give the spec one, or leave it out", construct=construct)
    chosen = own if own is not None else given if given is not None else JobName.unique()
    if isinstance(chosen, JobName):
        return chosen if chosen.prefix is not None else JobName.unique(default)
    if isinstance(chosen, str) and chosen:
        return chosen
    problem = f"must be JobName.unique(...) or text, got {kind(chosen)}"
    raise SpecError("job_name", problem, 'such as JobName.unique("churn")', construct=construct)


def pattern_waits(pattern: sfn.IntegrationPattern | None, construct: str) -> bool:
    """Whether an integration pattern waits for the job's end.

    Raises:
        SpecError: the pattern of a task token, which a training job cannot give back.
    """
    if pattern == sfn.IntegrationPattern.WAIT_FOR_TASK_TOKEN:
        problem = "got WAIT_FOR_TASK_TOKEN, and a training job gives no token back"
        fix = "use RUN_JOB, which waits for the job's end, or REQUEST_RESPONSE"
        raise SpecError("integration_pattern", problem, fix, construct=construct)
    return pattern != sfn.IntegrationPattern.REQUEST_RESPONSE


def timeout_seconds(given: object, path: str, construct: str) -> int | None:
    """A time-out's seconds; None for none and for one that the execution knows.

    Raises:
        SpecError: no `sfn.Timeout` or duration of whole seconds, or none of these.
    """
    if given is None:
        return None
    if isinstance(given, sfn.Timeout):
        length = given.seconds
        return None if length is None or is_number_token(length) else _some(int(length), path, construct)
    if isinstance(given, Duration) or hasattr(given, "total_seconds"):
        return _some(int(seconds(path, given)), path, construct)
    problem = f"must be an sfn.Timeout or a duration, got {kind(given)}"
    raise SpecError(path, problem, "such as sfn.Timeout.duration(Duration.hours(1))", construct=construct)


def _some(length: int, path: str, construct: str) -> int:
    """States Language: TimeoutSeconds and HeartbeatSeconds are positive."""
    if length < 1:
        fix = "give a second at least, or leave it out"
        raise SpecError(path, f"must be 1 second or more, got {length}", fix, construct=construct)
    return length


def timeout_members(
    given: sfn.Timeout | None, member: str, path: str, language: Language, construct: str
) -> dict[str, Any]:
    """A time-out as a Task state has it.

    Raises:
        SpecError: one of another language than the state's.
    """
    known = timeout_seconds(given, path, construct)
    if given is None:
        return {}
    if known is not None:
        return {member: known}
    if given.seconds is not None:
        return {member: given.seconds}
    where = str(given.path)
    if is_expression(where) is not (language is Language.JSONATA):
        problem = f"got {where!r}, in a task of {language.value}"
        raise SpecError(path, problem, "write it in the task's query language", construct=construct)
    return {member if language is Language.JSONATA else f"{member}Path": where}


def check_shapes(
    construct: str,
    assign: object,
    credentials: object,
    pattern: object,
    *,
    comment: object = None,
    state_name: object = None,
) -> None:
    """Refuse what CDK would not take, or would take for something else.

    Raises:
        SpecError: an argument of another type, or a name that a state or a variable cannot have.
    """
    check_label(construct, comment=comment, state_name=state_name)
    check_variables(assign, construct)
    shapes = (
        (
            "credentials",
            credentials,
            sfn.Credentials,
            "such as sfn.Credentials(role=sfn.TaskRole.from_role(role))",
        ),
        (
            "integration_pattern",
            pattern,
            sfn.IntegrationPattern,
            "such as sfn.IntegrationPattern.RUN_JOB",
        ),
    )
    for name, given, wanted, fix in shapes:
        if given is not None and not isinstance(given, wanted):
            problem = f"must be sfn.{wanted.__name__}, got {kind(given)}"
            raise SpecError(name, problem, fix, construct=construct)


def check_plan(
    plan: Plan,
    times: Mapping[str, tuple[str, sfn.Timeout | None]],
    credentials: sfn.Credentials | None,
    construct: str,
) -> None:
    """Refuse what the form that the task takes has no place for.

    Raises:
        SpecError: the first such argument.
    """
    if not plan.waits:
        for name, given in (
            ("quality_gates", plan.gates),
            ("retry_failures", plan.retry_failures),
            ("allow_stopped", plan.allow_stopped),
        ):
            if given:
                problem = "is given with REQUEST_RESPONSE, which does not wait for the job's end"
                fix = "leave it out, or use integration_pattern=IntegrationPattern.RUN_JOB"
                raise SpecError(name, problem, fix, construct=construct)
    if plan.loops:
        _check_loop(times, construct)
    _check_heartbeat(times, construct)
    _check_repetition(plan, construct)
    dynamic = credentials is not None and expressions({"role": credentials.role.role_arn})
    if dynamic and not plan.is_single:
        problem = "names a role that only the execution knows, and several states of the task would need it"
        raise SpecError("credentials", problem, "use TaskRole.from_role", construct=construct)


def _check_heartbeat(times: Mapping[str, tuple[str, sfn.Timeout | None]], construct: str) -> None:
    """States Language: a heartbeat is shorter than the time-out."""
    timeout, beat = (
        timeout_seconds(times[name][1], name, construct) for name in ("task_timeout", "heartbeat_timeout")
    )
    if timeout is not None and beat is not None and beat >= timeout:
        problem = f"must be shorter than task_timeout, {timeout} seconds, got {beat}"
        raise SpecError("heartbeat_timeout", problem, "shorten it, or leave it out", construct=construct)


def _check_repetition(plan: Plan, construct: str) -> None:
    name = plan.job_name
    if plan.retry_failures and isinstance(name, str) and not _is_new_each_try(name):
        problem = "is given with a whole job_name, and SageMaker takes a name once"
        fix = "use JobName.unique, which makes another name for each try"
        raise SpecError("retry_failures", problem, fix, construct=construct)


def _is_new_each_try(name: str) -> bool:
    """Whether a name is an expression that has another value when it is read again."""
    if is_expression(name):
        return _NEW_IN_JSONATA.search(name) is not None
    paths = JsonPaths({"name": name})
    read = (paths.of(part) for part in token_parts(name)[1::2])
    return any(path is not None and _NEW_IN_JSON_PATH.search(path) for path in read)


def _check_loop(times: Mapping[str, tuple[str, sfn.Timeout | None]], construct: str) -> None:
    why = "the state machine itself looks at the job until it has ended"
    timeout, heartbeat = times["task_timeout"][1], times["heartbeat_timeout"][1]
    if heartbeat is not None:
        raise SpecError(
            "heartbeat_timeout", f"there is no heartbeat, as {why}", "leave it out", construct=construct
        )
    if timeout is not None and timeout_seconds(timeout, "task_timeout", construct) is None:
        problem = f"is not known at synth, and {why}"
        raise SpecError("task_timeout", problem, "use Timeout.duration", construct=construct)


def path_member(member: str, path: str | None) -> dict[str, str]:
    """A path as a state has it."""
    return {} if path is None else {member: path}


def failure_members(given: object, construct: str) -> list[dict[str, Any]]:
    """The retriers of a job that has failed, as they are asked for."""
    asked = checked_retry_failures(given, construct)
    return [] if asked is None else failure_retriers(asked)


def credential_members(given: sfn.Credentials | None) -> dict[str, Any]:
    """The role that a Task state makes its call with."""
    if given is None:
        return {}
    role = {"RoleArn": given.role.role_arn}
    return {"Credentials": sfn.FieldUtils.render_object(role) if expressions(role) else role}
