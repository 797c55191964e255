"""A function or an execution died: nothing runs on, and CloudFormation is answered."""

from __future__ import annotations

import itertools

import pytest

from constructs_lib.runtime import front

from .conftest import Logs
from .model import COMPLETES, RUNS_FOR_EVER, CloudFormation, Died, Raw, denied, properties, throttled

DEATHS: dict[str, tuple[Raw | None, str]] = {
    "timeout": ({"errorMessage": "2026-01-01 r Task timed out after 300.00 seconds"}, "timed out"),
    "out of memory": (
        {
            "errorType": "Runtime.ExitError",
            "errorMessage": "Error: Runtime exited with error: signal: killed",
        },
        "signal: killed",
    ),
    "init error": ({"errorType": "Runtime.ImportModuleError"}, "ImportModuleError"),
    "too old": (None, "EventAgeExceeded"),
}


@pytest.mark.fault(19)
@pytest.mark.parametrize(("record", "text"), DEATHS.values(), ids=DEATHS)
def test_the_worker_answers_for_a_front_that_never_ran(
    cfn: CloudFormation, record: Raw | None, text: str, logs: Logs
) -> None:
    event = cfn.event("Create", properties())

    cfn.destination(event, record, condition="EventAgeExceeded")

    response = cfn.recorder.effective(event["ResponseURL"])
    assert response is not None
    assert not response.ok
    assert text in response.reason
    assert cfn.creations == 0
    assert [line["level"] for line in logs()] == ["ERROR"]


@pytest.mark.fault(19)
@pytest.mark.parametrize("mode", ["wait", "start"])
def test_the_worker_stops_what_a_dead_front_had_started(cfn: CloudFormation, mode: str) -> None:
    cfn.sagemaker.scripts = [RUNS_FOR_EVER]
    cfn.tape.fail("CreateTrainingJob", Died(), after=True)
    event = cfn.event("Create", properties(mode=mode))
    with pytest.raises(Died):
        front.handle(event, cfn.world)
    assert cfn.sagemaker.running() == [cfn.job]

    cfn.destination(event, None)

    response = cfn.recorder.effective(event["ResponseURL"])
    assert response is not None
    assert not response.ok
    assert response.physical_id == cfn.job
    assert cfn.sagemaker.running() == []


@pytest.mark.parametrize("changed", [False, True])
def test_an_update_whose_front_died_keeps_the_old_job_and_stops_the_new(
    cfn: CloudFormation, changed: bool
) -> None:
    cfn.sagemaker.scripts = [RUNS_FOR_EVER]
    cfn.create(properties(mode="start"))
    old = cfn.physical_id
    cfn.tape.fail("Encrypt", Died(), times=3)

    response = cfn.update(properties(Environment={"A": "2"}) if changed else properties())

    assert not response.ok
    assert cfn.sagemaker.running() == [old]


def test_an_event_of_an_execution_on_which_the_front_died_reaches_the_worker(cfn: CloudFormation) -> None:
    cfn.sagemaker.scripts = [RUNS_FOR_EVER]
    event = cfn.event("Create", properties())
    front.handle(event, cfn.world)
    [execution] = cfn.executions.all
    cfn.tape.fail("Decrypt", Died(), times=3)

    cfn.executions.end(execution, "TIMED_OUT")

    response = cfn.recorder.effective(event["ResponseURL"])
    assert response is not None
    assert "TIMED_OUT" in response.reason


@pytest.mark.fault(20)
def test_a_poll_that_never_succeeds_is_answered_by_the_front(cfn: CloudFormation) -> None:
    cfn.sagemaker.scripts = [RUNS_FOR_EVER]
    event = cfn.event("Create", properties())
    front.handle(event, cfn.world)
    cfn.tape.fail("DescribeTrainingJob", Died(), times=6)

    response = cfn.finish(event)

    assert not response.ok
    assert "ended as FAILED" in response.reason
    assert cfn.sagemaker.running() == []


@pytest.mark.fault(20)
@pytest.mark.parametrize("status", ["FAILED", "TIMED_OUT", "ABORTED"])
def test_an_execution_that_ended_badly_stops_the_job_and_fails(cfn: CloudFormation, status: str) -> None:
    cfn.sagemaker.scripts = [RUNS_FOR_EVER]
    event = cfn.event("Create", properties())
    front.handle(event, cfn.world)
    cfn.executions.step()
    [execution] = cfn.executions.all

    cfn.executions.end(execution, status)

    response = cfn.recorder.effective(event["ResponseURL"])
    assert response is not None
    assert not response.ok
    assert status in response.reason
    assert "told to stop" in response.reason
    assert response.physical_id == cfn.job
    assert cfn.sagemaker.running() == []


def test_a_job_that_nobody_may_look_at_is_stopped_all_the_same(cfn: CloudFormation) -> None:
    cfn.sagemaker.scripts = [RUNS_FOR_EVER]
    event = cfn.event("Create", properties())
    front.handle(event, cfn.world)
    cfn.tape.fail("DescribeTrainingJob", denied("DescribeTrainingJob"), times=99)

    response = cfn.finish(event)

    assert "told to stop" in response.reason
    assert cfn.sagemaker.running() == []


def test_a_watch_over_the_old_job_that_breaks_leaves_it_running(cfn: CloudFormation) -> None:
    cfn.sagemaker.scripts = [RUNS_FOR_EVER]
    cfn.create(properties(mode="start"))
    event = cfn.event("Update", properties(), cfn.deployed)
    front.handle(event, cfn.world)
    [execution] = cfn.executions.all

    cfn.executions.end(execution, "FAILED")

    response = cfn.recorder.effective(event["ResponseURL"])
    assert response is not None
    assert response.physical_id == cfn.physical_id
    assert cfn.sagemaker.running() == [cfn.physical_id]


def test_a_watch_over_a_new_job_of_an_update_that_breaks_gives_the_old_id(cfn: CloudFormation) -> None:
    cfn.sagemaker.scripts = [COMPLETES, RUNS_FOR_EVER]
    cfn.create(properties())
    event = cfn.event("Update", properties(Environment={"A": "2"}), cfn.deployed)
    front.handle(event, cfn.world)

    cfn.executions.end(list(cfn.executions.all)[-1], "FAILED")

    response = cfn.recorder.effective(event["ResponseURL"])
    assert response is not None
    assert response.physical_id == cfn.physical_id != cfn.job
    assert cfn.sagemaker.running() == []


@pytest.mark.fault(20)
@pytest.mark.parametrize("error", [denied("StopTrainingJob", "sagemaker:StopTrainingJob"), throttled("Stop")])
def test_a_stop_that_is_refused_does_not_stand_in_the_way_of_the_answer(
    cfn: CloudFormation, error: Exception
) -> None:
    cfn.sagemaker.scripts = [RUNS_FOR_EVER]
    cfn.tape.fail("StopTrainingJob", error, times=999)

    response = cfn.create(properties(timeout=600))

    assert not response.ok
    assert "could not be stopped" in response.reason


@pytest.mark.parametrize("stopped", [True, False])
def test_a_delete_whose_watch_broke_takes_a_last_look(cfn: CloudFormation, stopped: bool) -> None:
    cfn.sagemaker.scripts = [RUNS_FOR_EVER]
    cfn.create(properties(mode="start"))
    event = cfn.event("Delete", properties())
    front.handle(event, cfn.world)
    if stopped:
        cfn.clock.sleep(600)

    cfn.executions.end(list(cfn.executions.all)[-1], "ABORTED")

    response = cfn.recorder.effective(event["ResponseURL"])
    assert response is not None
    assert response.ok is stopped


def test_a_delete_whose_last_look_is_refused_is_answered(cfn: CloudFormation) -> None:
    cfn.sagemaker.scripts = [RUNS_FOR_EVER]
    cfn.create(properties(mode="start"))
    event = cfn.event("Delete", properties())
    front.handle(event, cfn.world)
    cfn.tape.fail("DescribeTrainingJob", denied("DescribeTrainingJob"), times=99)

    response = cfn.finish(event)

    assert not response.ok
    assert "DescribeTrainingJob" in response.reason


def test_a_delete_whose_record_went_while_its_watch_broke_succeeds(cfn: CloudFormation) -> None:
    cfn.sagemaker.scripts = [RUNS_FOR_EVER]
    cfn.create(properties(mode="start"))
    event = cfn.event("Delete", properties())
    front.handle(event, cfn.world)
    cfn.sagemaker.jobs.clear()

    cfn.executions.end(list(cfn.executions.all)[-1], "FAILED")

    response = cfn.recorder.effective(event["ResponseURL"])
    assert response is not None
    assert response.ok


@pytest.mark.fault(50)
def test_events_of_an_execution_in_any_order_and_number_come_to_one_outcome() -> None:
    statuses = ("FAILED", "ABORTED", "FAILED")
    outcomes = set()
    for order in itertools.permutations(statuses):
        cfn = CloudFormation()
        cfn.sagemaker.scripts = [RUNS_FOR_EVER]
        event = cfn.event("Create", properties())
        front.handle(event, cfn.world)
        [execution] = cfn.executions.all
        for status in order:
            cfn.executions.end(execution, status)
        response = cfn.recorder.effective(event["ResponseURL"])
        assert response is not None
        outcomes.add((response.ok, response.physical_id, tuple(cfn.sagemaker.running())))

    assert len(outcomes) == 1


@pytest.mark.fault(50)
def test_a_late_event_does_not_undo_an_answer(cfn: CloudFormation) -> None:
    event = cfn.event("Create", properties())
    first = cfn.settle(event)
    [execution] = cfn.executions.all

    cfn.executions.end(execution, "TIMED_OUT")

    assert first.ok
    assert cfn.recorder.effective(event["ResponseURL"]) is first
    assert cfn.sagemaker.status(cfn.job) == "Completed"
