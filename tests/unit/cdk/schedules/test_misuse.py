"""What a schedule refuses at once, in words."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_stepfunctions as sfn

from constructs_lib import MetricDefinition, QualityGate, SpecError, TrainingJobSpec

from .templates import directly, nightly

AT_THE_END = "[Stack/Nightly]"
GATES = [QualityGate("auc", at_least=0.8)]
WAITS = "needs somebody who waits for the job's end, and with direct=True nobody does"
LEAVE_OUT = "leave it out, or leave direct=True out"

MISUSES: list[tuple[dict[str, Any], str]] = [
    ({"quality_gates": GATES}, f"quality_gates: {WAITS}; {LEAVE_OUT}"),
    ({"retry_failures": True}, f"retry_failures: {WAITS}; {LEAVE_OUT}"),
    ({"allow_stopped": True}, f"allow_stopped: {WAITS}; {LEAVE_OUT}"),
    (
        {"task_timeout": sfn.Timeout.duration(cdk.Duration.hours(1))},
        f"task_timeout: {WAITS}; {LEAVE_OUT}",
    ),
    (
        {"integration": "aws-sdk"},
        f"integration: is about a state machine, and with direct=True there is none; {LEAVE_OUT}",
    ),
    (
        {"job_name_prefix": "x" * 27},
        f"job_name_prefix: got '{'x' * 27}', which has 27 characters; allowed are 1 to 26; shorten it: a "
        "hyphen and what makes each job's name its own have to fit into 63 too",
    ),
    (
        {"job_name_prefix": ""},
        "job_name_prefix: got '', allowed are 1 to 26 characters a-z, 0-9 and - (not at an end); shorten or "
        "rename it",
    ),
    (
        {"keep_name": True},
        "keep_name: the spec has no training_job_name that could be kept; give the spec one, or leave it out",
    ),
]


@pytest.mark.parametrize(("arguments", "message"), MISUSES, ids=lambda value: next(iter(value), "")[:20])
def test_what_a_direct_schedule_refuses(
    stack: cdk.Stack, spec: TrainingJobSpec, arguments: dict[str, Any], message: str
) -> None:
    with pytest.raises(SpecError) as caught:
        directly(stack, spec=spec, **arguments)

    assert str(caught.value) == f"{message} {AT_THE_END}"


ANYWHERE: list[tuple[dict[str, Any], str]] = [
    (
        {"schedule": "rate(1 day)"},
        "schedule: must be a scheduler.ScheduleExpression, got str; use ScheduleExpression.cron, .rate or "
        ".at, or .expression for text such as 'rate(1 day)'",
    ),
    ({"direct": "yes"}, "direct: must be True or False, got str; leave it out for the default"),
    ({"enabled": None}, "enabled: must be True or False, got NoneType; leave it out for the default"),
    ({"spec": {}}, "spec: must be of type TrainingJobSpec, got dict; make it with TrainingJobSpec"),
    ({"platform": "x"}, "platform: must be of type TrainingPlatform, got str; make it with TrainingPlatform"),
    ({"role": "arn"}, "role: must be an iam.IRole, got str; use iam.Role.from_role_arn"),
    (
        {"job_name_prefix": "Churn"},
        "job_name_prefix: got 'Churn', allowed are 1 to 30 characters a-z, 0-9 and - (not at an end); "
        "shorten or rename it",
    ),
    (
        {"job_name_prefix": "x" * 31},
        f"job_name_prefix: got '{'x' * 31}', which has 31 characters; allowed are 1 to 30; shorten it: a "
        "hyphen and what makes each job's name its own have to fit into 63 too",
    ),
]


@pytest.mark.parametrize(("arguments", "message"), ANYWHERE, ids=lambda value: next(iter(value), "")[:20])
def test_what_every_schedule_refuses(
    stack: cdk.Stack, spec: TrainingJobSpec, arguments: dict[str, Any], message: str
) -> None:
    with pytest.raises(SpecError) as caught:
        nightly(stack, **{"spec": spec, **arguments})

    assert str(caught.value) == f"{message} {AT_THE_END}"


@pytest.mark.parametrize("make", [directly, nightly])
def test_a_name_of_the_specs_own_is_kept_on_request_only(
    stack: cdk.Stack, spec: TrainingJobSpec, make: Any
) -> None:
    named = spec.replace(training_job_name="churn-1")

    with pytest.raises(SpecError) as caught:
        make(stack, spec=named)

    assert caught.value.path == "spec.training_job_name"
    with pytest.raises(SpecError, match="job_name_prefix: is given together with keep_name=True"):
        make(stack, "Again", spec=named, keep_name=True, job_name_prefix="x")


def test_a_gate_on_a_metric_that_is_not_defined(stack: cdk.Stack, spec: TrainingJobSpec) -> None:
    other = spec.replace(metrics=[MetricDefinition("loss", "loss=(.*)")])

    with pytest.raises(SpecError, match=r"quality_gates\[0\]: metric 'auc' is not defined, only loss"):
        nightly(stack, spec=other, quality_gates=GATES)


@pytest.mark.parametrize(
    ("id", "prefix"),
    [
        ("N" * 26, "n" * 26),
        ("_", "job"),
        ("_Nightly-Churn_", "nightly-churn"),
        # Cut: the hash is the path's, which is another in another stack.
        ("N" * 40, f"{'n' * 19}-bc69ea"),
        ("A" * 18 + "_" + "b" * 9, f"{'a' * 18}-950ef7"),
    ],
)
def test_a_prefix_that_is_made_fits(
    stack: cdk.Stack, spec: TrainingJobSpec, id: str, prefix: str, resources: Any
) -> None:
    directly(stack, id, spec=spec)

    (schedule,) = resources(stack, "AWS::Scheduler::Schedule").values()
    start = '{"TrainingJobName":"'
    found = schedule["Properties"]["Target"]["Input"]["Fn::Join"][1][0]
    assert found.startswith(f"{start}{prefix}-<aws.scheduler.execution-id>")
    assert len(prefix) + 1 + len("01234567-89ab-cdef-0123-456789abcdef") <= 63
