"""An invocation ends with its time-out: who waits inside one must be done, and have answered, by then."""

from __future__ import annotations

import math
from typing import Any

import pytest
from botocore.exceptions import ClientError

from constructs_lib.runtime import front, worker
from constructs_lib.runtime.clock import ANSWER_SECONDS, SystemClock, until_limit

from .model import (
    RUNS_FOR_EVER,
    CloudFormation,
    Context,
    Raw,
    client_error,
    denied,
    properties,
    resources,
)

ROLE = client_error("ValidationException", "Could not assume role arn:aws:iam::1:role/r", "CreateTrainingJob")
FOR_EVER = 10_000


def handled(cfn: CloudFormation, event: Raw, monkeypatch: pytest.MonkeyPatch, seconds: float) -> float:
    """The front's own entry point with so much time left; the seconds it took."""
    monkeypatch.setattr(front, "world_of_lambda", lambda: cfn.world)
    before = cfn.clock.now()
    cfn.clock.kills = True
    with cfn.clock.invocation(seconds):
        cfn.clock.limit = math.inf  # the entry point sets it
        front.handler(event, Context(cfn.clock, seconds))
    return cfn.clock.now() - before


@pytest.mark.fault(18)
@pytest.mark.parametrize("seconds", [130, 100, 60, 30])
def test_a_role_that_never_comes_is_answered_before_the_limit(
    cfn: CloudFormation, monkeypatch: pytest.MonkeyPatch, seconds: float
) -> None:
    cfn.tape.fail("CreateTrainingJob", ROLE, times=FOR_EVER)
    event = cfn.event("Create", properties())

    took = handled(cfn, event, monkeypatch, seconds)

    response = cfn.recorder.effective(event["ResponseURL"])
    assert response is not None
    assert not response.ok
    assert "Could not assume role" in response.reason
    assert took <= max(0, seconds - ANSWER_SECONDS)


@pytest.mark.fault(18)
@pytest.mark.parametrize("operation", ["DescribeTrainingJob", "DescribeStacks", "CreateTrainingJob"])
def test_denials_are_waited_for_up_to_the_limit(
    cfn: CloudFormation, monkeypatch: pytest.MonkeyPatch, operation: str
) -> None:
    cfn.tape.fail(operation, denied(operation), times=FOR_EVER)
    event = cfn.event("Create", properties())

    took = handled(cfn, event, monkeypatch, 130)

    response = cfn.recorder.effective(event["ResponseURL"])
    assert response is not None
    assert "is not authorized" in response.reason
    assert 5 < took <= 130 - ANSWER_SECONDS


@pytest.mark.fault(18)
def test_a_job_that_is_being_stopped_is_waited_for_up_to_the_limit(
    cfn: CloudFormation, monkeypatch: pytest.MonkeyPatch
) -> None:
    cfn.sagemaker.scripts = [RUNS_FOR_EVER]
    cfn.create(properties(mode="start"))
    cfn.sagemaker.jobs[cfn.job].stop_seconds = FOR_EVER
    cfn.sagemaker.person_stops(cfn.job)
    event = cfn.event("Create", properties(mode="start"))

    took = handled(cfn, event, monkeypatch, 130)

    assert 15 < took <= 130 - ANSWER_SECONDS
    assert cfn.creations == 2


@pytest.mark.fault(18)
def test_a_job_that_is_being_stopped_is_waited_for_until_it_has_ended(
    cfn: CloudFormation, monkeypatch: pytest.MonkeyPatch
) -> None:
    cfn.sagemaker.scripts = [RUNS_FOR_EVER]
    cfn.create(properties(mode="start"))
    cfn.sagemaker.person_stops(cfn.job)

    took = handled(cfn, cfn.event("Create", properties(mode="start")), monkeypatch, 300)

    assert took == pytest.approx(cfn.sagemaker.stop_seconds, abs=5)
    assert cfn.creations == 2


@pytest.mark.fault(18)
def test_the_worker_answers_for_a_next_attempt_before_its_limit(
    cfn: CloudFormation, monkeypatch: pytest.MonkeyPatch
) -> None:
    cfn.sagemaker.no_capacity = {"ml.m5.large"}
    event = cfn.event("Create", properties(CapacityFallback=[resources("ml.m4.large")]))
    cfn.deliver(event)
    [execution] = cfn.executions.all.values()
    cfn.clock.sleep(200)
    cfn.tape.fail("CreateTrainingJob", ROLE, times=FOR_EVER)
    monkeypatch.setattr(worker, "world_of_lambda", lambda: cfn.world)
    before = cfn.clock.now()

    with cfn.clock.invocation(120):
        cfn.clock.limit = math.inf  # the entry point sets it
        result = worker.handler(execution.state, Context(cfn.clock, 120))

    response = cfn.recorder.effective(event["ResponseURL"])
    assert result["done"]
    assert response is not None
    assert "Could not assume role" in response.reason
    assert 5 < cfn.clock.now() - before <= 120 - ANSWER_SECONDS


@pytest.mark.fault(18)
def test_the_limit_leaves_time_for_the_answer() -> None:
    class Left:
        def __init__(self, seconds: float) -> None:
            self.seconds = seconds

        def get_remaining_time_in_millis(self) -> Any:
            return round(self.seconds * 1000)

    assert until_limit(1000.0, Left(300)) == 1300 - ANSWER_SECONDS
    assert until_limit(1000.0, Left(10)) == 1000


def test_the_machines_clock_has_no_limit_until_an_invocation_sets_one() -> None:
    clock = SystemClock()
    before = clock.now()
    clock.sleep(0.01)

    assert clock.limit == float("inf")
    assert clock.now() > before > 1_600_000_000


@pytest.mark.fault(18)
def test_two_minutes_are_the_most_where_there_is_time(cfn: CloudFormation) -> None:
    cfn.tape.fail("CreateTrainingJob", ROLE, times=FOR_EVER)
    before = cfn.clock.now()

    with pytest.raises(ClientError, match="Could not assume role"):
        cfn.world.jobs.create({"TrainingJobName": "n", **properties()["Request"]})

    assert 100 < cfn.clock.now() - before <= 120
