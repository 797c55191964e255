"""How far apart a state machine's own looks are, and when a task's time is over: expressions, evaluated."""

from __future__ import annotations

import time
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_stepfunctions as sfn

from constructs_lib import SpecError, SpotTraining, TrainingJobSpec, TrainingJobTask

from .evaluation import Execution
from .machines import definition, machine, states_of

LIMITS = {"MaxRuntimeInSeconds": 3600}


def states(stack: cdk.Stack, spec: TrainingJobSpec, **arguments: Any) -> dict[str, Any]:
    return states_of(definition(machine(TrainingJobTask(stack, "Train", spec=spec, **arguments))))


def evaluated(expression: Any, job: dict[str, Any]) -> Any:
    state = Execution(variables={"constructsLibJob": {"StoppingCondition": LIMITS, **job}})
    return state.jsonata(expression) if isinstance(expression, str) else expression


@pytest.mark.parametrize(
    ("members", "seconds"),
    [
        ({"max_runtime": cdk.Duration.minutes(5)}, 30),
        ({"max_runtime": cdk.Duration.hours(10)}, 36),
        ({"max_runtime": cdk.Duration.days(28)}, 2420),
        ({"max_runtime": cdk.Duration.hours(10), "spot": SpotTraining(max_wait=cdk.Duration.hours(20))}, 72),
        ({"max_runtime": cdk.Duration.hours(10), "max_pending": cdk.Duration.hours(10)}, 72),
    ],
)
def test_a_thousandth_of_what_the_job_may_take(
    stack: cdk.Stack, spec: TrainingJobSpec, members: dict[str, Any], seconds: int
) -> None:
    assert states(stack, spec.replace(**members))["Train: wait"]["Seconds"] == seconds


@pytest.mark.parametrize(
    ("limits", "seconds"),
    [
        ({"MaxRuntimeInSeconds": 36_000}, 36),
        ({"MaxRuntimeInSeconds": 60}, 30),
        ({"MaxRuntimeInSeconds": 36_000, "MaxWaitTimeInSeconds": 72_000}, 72),
        ({"MaxRuntimeInSeconds": 36_000, "MaxPendingTimeInSeconds": 36_000}, 72),
        ({}, 2420),
    ],
)
def test_of_what_the_job_tells_where_only_the_execution_knows(
    stack: cdk.Stack, spec: TrainingJobSpec, limits: dict[str, int], seconds: int
) -> None:
    later = cdk.Duration.seconds(sfn.JsonPath.number_at("$.seconds"))
    wait = states(stack, spec.replace(max_runtime=later))["Train: wait"]["Seconds"]
    assert evaluated(wait, {"StoppingCondition": limits}) == seconds


def moments(ago: float) -> list[Any]:
    """A moment as the SDKs' integrations write it, and as a number."""
    then = time.time() - ago
    return [time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(then)), then]


@pytest.mark.parametrize("form", [0, 1], ids=["text", "number"])
@pytest.mark.parametrize(
    ("status", "ago", "least", "most"),
    [
        ("InProgress", 0, 28, 30),  # as usual
        ("InProgress", 590, 8, 11),  # no longer than the time that is left
        ("InProgress", 700, 1, 1),
        ("Stopping", 700, 30, 30),  # its upload may take long
    ],
)
def test_the_last_look_is_when_the_tasks_time_is_over(
    stack: cdk.Stack, spec: TrainingJobSpec, form: int, status: str, ago: float, least: int, most: int
) -> None:
    timeout = sfn.Timeout.duration(cdk.Duration.minutes(10))
    found = states(stack, spec, integration="aws-sdk", task_timeout=timeout)
    job = {"TrainingJobStatus": status, "CreationTime": moments(ago)[form]}

    assert least <= evaluated(found["Train: wait"]["Seconds"], job) <= most
    stops = [choice for choice in found["Train: judge"]["Choices"] if choice["Next"] == "Train: stop"]
    assert evaluated(stops[0]["Condition"], job) is (status == "InProgress" and ago > 600)


@pytest.mark.parametrize("integration", [None, "aws-sdk"])
def test_no_time_at_all_is_refused(stack: cdk.Stack, spec: TrainingJobSpec, integration: Any) -> None:
    nothing = sfn.Timeout.duration(cdk.Duration.seconds(0))
    with pytest.raises(SpecError, match=r"^task_timeout: must be 1 second or more, got 0"):
        TrainingJobTask(stack, "Train", spec=spec, integration=integration, task_timeout=nothing)


def test_a_heartbeat_is_shorter_than_the_time_out(stack: cdk.Stack, spec: TrainingJobSpec) -> None:
    hour = sfn.Timeout.duration(cdk.Duration.hours(1))
    with pytest.raises(
        SpecError, match=r"^heartbeat_timeout: must be shorter than task_timeout, 3600 seconds"
    ):
        TrainingJobTask(stack, "Train", spec=spec, task_timeout=hour, heartbeat_timeout=hour)
