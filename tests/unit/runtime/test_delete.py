"""Delete: no job of ours runs after it, and no other is touched."""

from __future__ import annotations

import math

import pytest

from constructs_lib.runtime import front
from constructs_lib.runtime.transitions.watch import DELETE_SECONDS

from .model import COMPLETES, RUNS_FOR_EVER, CloudFormation, Died, denied, ends, fails, properties, throttled


def test_delete_waits_until_the_job_has_stopped(cfn: CloudFormation) -> None:
    cfn.sagemaker.scripts = [RUNS_FOR_EVER]
    cfn.create(properties(mode="start"))
    began = cfn.clock.now()

    response = cfn.delete()

    assert response.ok
    assert response.physical_id == cfn.job
    assert response.at - began >= cfn.sagemaker.stop_seconds
    assert cfn.sagemaker.status(cfn.job) == "Stopped"
    assert cfn.tape.count("StopTrainingJob") == 1


@pytest.mark.parametrize("script", [COMPLETES, fails(), ends("Stopped", "MaxRuntimeExceeded")])
def test_delete_of_a_job_that_has_ended_answers_at_once_and_keeps_the_record(
    cfn: CloudFormation, script: list[tuple[float, dict[str, str]]]
) -> None:
    cfn.sagemaker.scripts = [script]
    cfn.create(properties(mode="start"))
    cfn.clock.sleep(1000)

    assert cfn.delete().ok
    assert cfn.executions.all == {}
    assert cfn.tape.count("StopTrainingJob") == cfn.tape.count("DeleteTrainingJob") == 0


@pytest.mark.fault(10)
@pytest.mark.parametrize("script", [fails(), RUNS_FOR_EVER], ids=["failed", "late"])
def test_delete_after_a_failed_create(
    cfn: CloudFormation, script: list[tuple[float, dict[str, str]]]
) -> None:
    cfn.sagemaker.scripts = [script]
    assert not cfn.create(properties()).ok

    response = cfn.delete()

    assert response.ok
    assert response.physical_id == cfn.job
    assert cfn.sagemaker.live() == []


@pytest.mark.fault(10)
def test_delete_after_a_create_that_never_started_anything(cfn: CloudFormation) -> None:
    broken = {"Nothing": "here"}
    created = cfn.create(broken)

    assert not created.ok
    assert "never-started" in created.physical_id
    assert cfn.delete().ok


@pytest.mark.fault(6)
@pytest.mark.parametrize("attempts", [1, 3])
def test_delete_with_an_invented_id_stops_the_job_of_the_properties(
    cfn: CloudFormation, attempts: int
) -> None:
    cfn.sagemaker.scripts = [*([fails()] * (attempts - 1)), RUNS_FOR_EVER]
    for _ in range(attempts - 1):
        cfn.create(properties())
    front.handle(cfn.event("Create", properties(mode="start")), cfn.world)
    assert cfn.sagemaker.running() == [cfn.job]

    response = cfn.settle(cfn.event("Delete", properties(), physical_id="models-Churn-1XYZABC"))

    assert response.ok
    assert response.physical_id == "models-Churn-1XYZABC"
    assert cfn.sagemaker.live() == []


@pytest.mark.fault(6)
def test_delete_with_an_invented_id_leaves_a_foreign_job_alone(cfn: CloudFormation) -> None:
    cfn.sagemaker.scripts = [RUNS_FOR_EVER]
    other = cfn.beside(logical_id="Another")
    other.create(properties(mode="start"))

    assert cfn.settle(cfn.event("Delete", properties(), physical_id="models-Churn-1XYZABC")).ok
    assert cfn.sagemaker.running() == [other.physical_id]


def test_delete_by_name_leaves_a_foreign_job_alone(cfn: CloudFormation) -> None:
    cfn.sagemaker.scripts = [RUNS_FOR_EVER]
    other = cfn.beside(logical_id="Another")
    other.create(properties(mode="start"))

    assert cfn.settle(cfn.event("Delete", properties(), physical_id=other.physical_id)).ok
    assert cfn.sagemaker.running() == [other.physical_id]


def test_delete_without_any_physical_id_is_answered(cfn: CloudFormation) -> None:
    event = cfn.event("Delete", properties())
    del event["PhysicalResourceId"]

    assert cfn.settle(event).ok


def test_delete_while_the_create_is_watched_stops_the_job(cfn: CloudFormation) -> None:
    cfn.sagemaker.scripts = [RUNS_FOR_EVER]
    create = cfn.event("Create", properties())
    front.handle(create, cfn.world)
    for _ in range(3):
        cfn.executions.step()

    response = cfn.settle(cfn.event("Delete", properties(), physical_id="models-Churn-1XYZABC"))

    assert response.ok
    assert cfn.sagemaker.live() == []
    late = cfn.recorder.effective(create["ResponseURL"])
    assert late is not None
    assert not late.ok


def test_a_create_redelivered_after_its_delete_does_not_train_again(cfn: CloudFormation) -> None:
    cfn.sagemaker.scripts = [RUNS_FOR_EVER]
    create = cfn.event("Create", properties(mode="start"))
    front.handle(create, cfn.world)
    cfn.physical_id, cfn.deployed = cfn.job, properties(mode="start")
    assert cfn.delete().ok

    front.handle(create, cfn.world)

    assert cfn.creations == 1
    assert cfn.sagemaker.live() == []


@pytest.mark.fault(40)
def test_a_job_that_completes_before_the_stop_reaches_it(cfn: CloudFormation) -> None:
    cfn.create(properties(mode="start"))
    cfn.tape.meanwhile["StopTrainingJob"] = lambda: cfn.clock.sleep(600)

    assert cfn.delete().ok
    assert cfn.sagemaker.status(cfn.job) == "Completed"


@pytest.mark.fault(41)
def test_a_job_that_is_stopping_already_is_waited_for(cfn: CloudFormation) -> None:
    cfn.sagemaker.scripts = [RUNS_FOR_EVER]
    cfn.create(properties(mode="start"))
    cfn.sagemaker.stop_training_job(TrainingJobName=cfn.job)
    stops = cfn.tape.count("StopTrainingJob")

    assert cfn.delete().ok
    assert cfn.tape.count("StopTrainingJob") == stops
    assert cfn.sagemaker.status(cfn.job) == "Stopped"


def test_a_record_that_goes_while_delete_waits_is_as_good_as_stopped(cfn: CloudFormation) -> None:
    cfn.sagemaker.scripts = [RUNS_FOR_EVER]
    cfn.create(properties(mode="start"))
    event = cfn.event("Delete", properties())
    front.handle(event, cfn.world)
    cfn.sagemaker.jobs.clear()

    assert cfn.finish(event).ok


@pytest.mark.fault(42)
def test_a_job_stuck_in_stopping_fails_the_delete_in_time(cfn: CloudFormation) -> None:
    cfn.sagemaker.scripts = [RUNS_FOR_EVER]
    cfn.sagemaker.stop_seconds = math.inf
    cfn.create(properties(mode="start"))
    began = cfn.clock.now()

    response = cfn.delete()

    assert not response.ok
    assert "still Stopping" in response.reason
    assert "delete the stack again" in response.reason
    assert DELETE_SECONDS <= response.at - began <= DELETE_SECONDS + 120


@pytest.mark.fault(43)
def test_a_stop_that_is_denied_fails_the_delete_with_the_missing_permission(cfn: CloudFormation) -> None:
    cfn.sagemaker.scripts = [RUNS_FOR_EVER]
    cfn.create(properties(mode="start"))
    cfn.tape.fail("StopTrainingJob", denied("StopTrainingJob", "sagemaker:StopTrainingJob"), times=9)

    response = cfn.delete()

    assert not response.ok
    assert "sagemaker:StopTrainingJob" in response.reason
    assert response.physical_id == cfn.job


def test_throttling_during_delete_is_left_to_redelivery(cfn: CloudFormation) -> None:
    cfn.sagemaker.scripts = [RUNS_FOR_EVER]
    cfn.create(properties(mode="start"))
    cfn.tape.fail("DescribeTrainingJob", throttled("DescribeTrainingJob"))
    cfn.tape.fail("StopTrainingJob", throttled("StopTrainingJob"))

    assert cfn.delete().ok
    assert cfn.sagemaker.live() == []


def test_a_delete_delivered_three_times_is_one_watch(cfn: CloudFormation) -> None:
    cfn.sagemaker.scripts = [RUNS_FOR_EVER]
    cfn.create(properties(mode="start"))
    event = cfn.event("Delete", properties())
    for _ in range(3):
        front.handle(event, cfn.world)

    assert cfn.settle(event).ok
    assert len(cfn.executions.all) == 1


def test_the_front_dying_during_delete_still_stops_and_answers(cfn: CloudFormation) -> None:
    cfn.sagemaker.scripts = [RUNS_FOR_EVER]
    cfn.sagemaker.stop_seconds = 500
    cfn.create(properties(mode="start"))
    cfn.tape.fail("StartExecution", Died(), times=3)

    response = cfn.delete()

    assert cfn.sagemaker.running() == []
    assert not response.ok
    assert "front" not in response.physical_id
    assert response.physical_id == cfn.job
    assert cfn.delete().ok
    assert cfn.sagemaker.live() == []
