"""The wait condition: signalled until it is there, by polling alone; ignored where nobody waits for it."""

from __future__ import annotations

import functools
import json
from dataclasses import replace
from typing import Any

import pytest

from constructs_lib.runtime import front
from constructs_lib.runtime.answer import MAX_BYTES, Address
from constructs_lib.runtime.signals import Signal, send_signal
from constructs_lib.runtime.transitions.watch import SIGNAL_PAUSES

from .conftest import Logs
from .model import (
    COMPLETES,
    RUNS_FOR_EVER,
    SECRET_HANDLE,
    CloudFormation,
    Deployment,
    Died,
    FakeClock,
    Raw,
    Responder,
    check,
    completes_after,
    denied,
    fails,
    properties,
    template,
    throttled,
)

OTHER: Raw = {"HyperParameters": {"epochs": "4"}}
ENDED = 300


def waiting(url: str, **members: Any) -> Raw:
    """Properties in mode wait_condition, with a handle of one's own."""
    asked = properties(mode="wait_condition", **members)
    return {**asked, "Completion": {**asked["Completion"], "Handle": url}}


def started(cfn: CloudFormation, asked: Raw) -> Raw:
    """A Create that was answered, and whose watch runs."""
    event = cfn.event("Create", asked)
    front.handle(event, cfn.world)
    response = cfn.recorder.effective(event["ResponseURL"])
    assert response is not None
    assert response.ok
    cfn.physical_id, cfn.deployed = response.physical_id, asked
    return event


def levels(logs: Logs, message: str) -> list[str]:
    return [line["level"] for line in logs() if line["message"] == message]


def lost(logs: Logs) -> int:
    """How often the metric AnswersLost was counted."""
    return sum(line.get("AnswersLost", 0) for line in logs())


# Signals before their condition.


@pytest.mark.fault(49)
@pytest.mark.parametrize("late", [70, 130, 360])
def test_a_signal_before_its_condition_is_sent_again(deployment: Deployment, late: float) -> None:
    """The condition is made so long after the job's end; what came before is lost."""
    deployment.condition_delay = ENDED + late

    status = deployment.create(template())

    assert (status, deployment.waited) == ("CREATE_COMPLETE", "COMPLETE")
    sent = deployment.start.waits.sent
    assert len(sent) > 1
    assert {body["UniqueId"] for body, _ in sent} == {deployment.start.job}
    assert deployment.condition is not None
    assert [*deployment.condition.handle.signals] == [deployment.start.job]


@pytest.mark.fault(49)
def test_a_failure_before_its_condition_is_sent_again(deployment: Deployment) -> None:
    deployment.start.sagemaker.scripts = [fails("AlgorithmError: boom", after=10)]
    deployment.condition_delay = 60

    status = deployment.create(template())

    assert (status, deployment.waited) == ("ROLLBACK_COMPLETE", "FAILED")
    assert "AlgorithmError: boom" in deployment.reason


@pytest.mark.fault(49)
def test_a_signal_is_sent_four_times_and_no_more(cfn: CloudFormation) -> None:
    handle = cfn.waits.handle("Handle")
    started(cfn, waiting(handle.url))
    cfn.executions.run()

    assert [status for _, status in cfn.waits.sent] == [200] * (1 + len(SIGNAL_PAUSES))
    assert len({json.dumps(body) for body, _ in cfn.waits.sent}) == 1
    [execution] = cfn.executions.all.values()
    states = [json.loads(text) for text in execution.states]
    told = [state for state in states if state.get("told") is not None]
    assert [(state["signals"], state["wait"]) for state in told] == [(1, 15), (2, 60), (3, 300)]
    assert execution.status == "SUCCEEDED"


@pytest.mark.fault(49)
@pytest.mark.parametrize("script", [COMPLETES, fails()])
def test_what_was_signalled_is_not_unsaid(cfn: CloudFormation, script: Any) -> None:
    """A record that is deleted between two signals changes nothing of what was said."""
    cfn.sagemaker.scripts = [script]
    started(cfn, waiting(cfn.waits.handle("Handle").url))
    while not cfn.waits.sent:
        cfn.executions.step()
    cfn.sagemaker.person_deletes(cfn.job)
    cfn.executions.run()

    assert len({body["Status"] for body, _ in cfn.waits.sent}) == 1
    if script is COMPLETES:
        assert len(cfn.waits.sent) == 1 + len(SIGNAL_PAUSES)


@pytest.mark.fault(49)
@pytest.mark.parametrize("after", [True, False])
@pytest.mark.parametrize("operation", ["Signal", "Decrypt", "DescribeTrainingJob"])
def test_a_worker_that_dies_signals_all_the_same(deployment: Deployment, operation: str, after: bool) -> None:
    deployment.start.tape.meanwhile["Answer"] = lambda: deployment.start.tape.fail(
        operation, Died(), after=after
    )

    assert deployment.create(template()) == "CREATE_COMPLETE"
    check(deployment.start, deployment.result)


# No events.


@pytest.mark.fault(51)
@pytest.mark.parametrize("seconds", [300, 5 * 3600])
def test_polling_alone_signals(deployment: Deployment, seconds: float) -> None:
    """Nobody tells the runtime that a job has ended: not one event reaches the front but CloudFormation's."""
    start = deployment.start
    start.sagemaker.scripts = [completes_after(seconds)]
    heard: list[Raw] = []
    start.executions.report = heard.append

    status = deployment.create(template(timeout=6 * 3600))

    assert (status, heard) == ("CREATE_COMPLETE", [])
    signalled = min(
        at for at, _ in start.waits.handles[start.deployed["Completion"]["Handle"]].signals.values()
    )
    assert signalled - start.sagemaker.every[0].ended <= 66


@pytest.mark.fault(51)
def test_a_job_that_never_ends_is_stopped_and_told_of(deployment: Deployment) -> None:
    deployment.start.sagemaker.scripts = [RUNS_FOR_EVER]
    asked = template(timeout=7200)
    asked.start["Completion"]["TimeoutSeconds"] = 6900

    status = deployment.create(asked)

    assert (status, deployment.waited) == ("ROLLBACK_COMPLETE", "FAILED")
    assert "had not ended when the wait for it was over" in deployment.reason
    assert deployment.start.sagemaker.live() == []


@pytest.mark.fault(51)
def test_throttled_polls_signal_in_the_end(deployment: Deployment) -> None:
    tape = deployment.start.tape
    tape.meanwhile["Answer"] = lambda: tape.fail(
        "DescribeTrainingJob", throttled("DescribeTrainingJob"), times=20
    )

    assert deployment.create(template()) == "CREATE_COMPLETE"


# Nobody waits any longer.


@pytest.mark.fault(52)
@pytest.mark.parametrize("status", ["ROLLBACK_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE", "DELETE_COMPLETE"])
def test_a_signal_to_a_handle_that_is_gone_is_ignored(cfn: CloudFormation, status: str, logs: Logs) -> None:
    handle = cfn.waits.handle("Handle")
    started(cfn, waiting(handle.url))
    cfn.status, handle.deleted = status, True

    cfn.executions.run()

    assert [http for _, http in cfn.waits.sent] == [404]
    assert levels(logs, "signal lost") == ["WARNING"]
    assert lost(logs) == 0
    assert [one.status for one in cfn.executions.all.values()] == ["SUCCEEDED"]


@pytest.mark.fault(52)
@pytest.mark.parametrize("http", [403, 404])
def test_a_refusal_over_the_wire_is_ignored_in_a_roll_back(
    cfn: CloudFormation, http: int, logs: Logs
) -> None:
    cfn.world = replace(cfn.world, signal=functools.partial(send_signal, clock=cfn.clock))
    with Responder(http) as service:
        started(cfn, waiting(service.url))
        cfn.status = "ROLLBACK_IN_PROGRESS"
        cfn.executions.run()

    assert len(service.bodies) == 1
    assert levels(logs, "signal lost") == ["WARNING"]
    assert lost(logs) == 0
    assert [one.status for one in cfn.executions.all.values()] == ["SUCCEEDED"]


@pytest.mark.fault(52)
def test_the_stopped_job_of_a_roll_back_troubles_nobody(deployment: Deployment, logs: Logs) -> None:
    deployment.start.sagemaker.scripts = [RUNS_FOR_EVER]

    assert deployment.create(template(), sibling_fails_after=150) == "ROLLBACK_COMPLETE"
    deployment.start.executions.run()

    assert lost(logs) == 0
    assert [one.status for one in deployment.start.executions.all.values()] == ["SUCCEEDED"] * 2


@pytest.mark.fault(52)
def test_a_handle_that_goes_after_it_was_signalled_is_not_told_of(cfn: CloudFormation, logs: Logs) -> None:
    """The repetitions of a signal reach a condition that has been waited for, and is cleaned up."""
    handle = cfn.waits.handle("Handle")
    started(cfn, waiting(handle.url))
    while not cfn.waits.sent:
        cfn.executions.step()
    handle.deleted = True
    cfn.executions.run()

    assert [http for _, http in cfn.waits.sent] == [200, 404]
    assert levels(logs, "signal lost") == []
    assert lost(logs) == 0


# A handle that would be used twice.


@pytest.mark.fault(53)
def test_a_content_that_only_the_deployment_knows_fails_at_once(deployment: Deployment) -> None:
    deployment.create(template(key="k1"))
    before = deployment.start.clock.now()
    first = deployment.start.physical_id

    status = deployment.update(template(key="k1", **OTHER))

    assert status == "UPDATE_ROLLBACK_COMPLETE"
    assert "content changed by a value that is known at deployment only" in deployment.reason
    assert "rerun_on" in deployment.reason
    assert deployment.start.creations == 1
    assert deployment.start.physical_id == first
    assert deployment.start.clock.now() - before < 10
    assert deployment.delete() == "DELETE_COMPLETE"
    check(deployment.start, deployment.result)


@pytest.mark.fault(53)
def test_a_content_that_changed_with_its_handle_is_trained(deployment: Deployment) -> None:
    deployment.create(template(key="k1"))

    assert deployment.update(template(key="k2", **OTHER)) == "UPDATE_COMPLETE"
    assert deployment.start.creations == 2


@pytest.mark.fault(53)
def test_the_same_content_needs_no_new_handle(deployment: Deployment) -> None:
    deployment.create(template(key="k1"))
    signals = len(deployment.start.waits.sent)

    assert deployment.update(template(key="k1", Tags=[{"Key": "team", "Value": "new"}])) == "UPDATE_COMPLETE"
    assert deployment.start.creations == 1
    assert len(deployment.start.executions.all) == 1
    assert len(deployment.start.waits.sent) >= signals


@pytest.mark.fault(53)
def test_from_another_mode_there_is_no_handle_to_compare(cfn: CloudFormation) -> None:
    cfn.create(properties(mode="start"))

    event = cfn.event("Update", waiting(cfn.waits.handle("Handle").url, **OTHER), cfn.deployed)

    assert cfn.settle(event).ok
    assert cfn.creations == 2
    assert cfn.waits.sent[0][1] == 200


# A handle that is too old.


@pytest.mark.fault(54)
def test_an_expired_handle_is_told_of_and_the_condition_times_out(cfn: CloudFormation, logs: Logs) -> None:
    """The handle was made early in a deployment of more than a day."""
    handle = cfn.waits.handle("Handle")
    cfn.clock.sleep(20 * 3600)
    cfn.sagemaker.scripts = [completes_after(5 * 3600)]
    started(cfn, waiting(handle.url, timeout=6 * 3600))
    condition = cfn.waits.condition("Condition", handle, 6 * 3600)

    cfn.executions.run_until(condition.deadline)

    assert [http for _, http in cfn.waits.sent] == [403]
    assert condition.status(cfn.clock.now()) == "TIMED_OUT"
    assert levels(logs, "signal lost") == ["ERROR"]
    assert lost(logs) == 1


@pytest.mark.fault(54)
def test_an_expired_handle_over_the_wire(cfn: CloudFormation, logs: Logs) -> None:
    cfn.world = replace(cfn.world, signal=functools.partial(send_signal, clock=cfn.clock))
    with Responder(403) as service:
        started(cfn, waiting(service.url))
        cfn.executions.run()

    assert len(service.bodies) == 1
    assert levels(logs, "signal lost") == ["ERROR"]
    assert lost(logs) == 1


# A sibling fails.


@pytest.mark.fault(9)
@pytest.mark.parametrize("after", [1, 150])
def test_a_failing_sibling_stops_the_job(deployment: Deployment, after: float) -> None:
    start = deployment.start
    start.sagemaker.scripts = [RUNS_FOR_EVER]
    before = start.clock.now()

    status = deployment.create(template(), sibling_fails_after=after)

    assert (status, deployment.waited) == ("ROLLBACK_COMPLETE", "CANCELLED")
    assert start.sagemaker.live() == []
    stopped = start.sagemaker.every[0].stopped
    assert stopped is not None
    assert stopped - before <= after + 60
    start.executions.run()
    check(start, deployment.result)


@pytest.mark.fault(9)
def test_a_sibling_that_fails_in_an_update_stops_the_new_job_alone(deployment: Deployment) -> None:
    start = deployment.start
    start.sagemaker.scripts = [COMPLETES, RUNS_FOR_EVER]
    deployment.create(template(key="k1"))
    first = start.physical_id

    status = deployment.update(template(key="k2", **OTHER), sibling_fails_after=150)

    assert status == "UPDATE_ROLLBACK_COMPLETE"
    assert start.physical_id == first
    assert start.creations == 2
    assert start.sagemaker.live() == []
    assert first is not None
    assert start.sagemaker.status(first) == "Completed"
    start.executions.run()
    check(start, deployment.result)


# The watch breaks.


@pytest.mark.fault(20)
@pytest.mark.parametrize("status", ["FAILED", "TIMED_OUT", "ABORTED"])
def test_a_broken_watch_signals_a_failure_and_stops_the_job(cfn: CloudFormation, status: str) -> None:
    cfn.sagemaker.scripts = [RUNS_FOR_EVER]
    handle = cfn.waits.handle("Handle")
    started(cfn, waiting(handle.url))
    condition = cfn.waits.condition("Condition", handle, 7200)

    cfn.executions.end(next(iter(cfn.executions.all)), status)

    assert condition.status(cfn.clock.now()) == "FAILED"
    assert f"ended as {status}; the job was told to stop" in condition.reason
    assert cfn.sagemaker.running() == []
    assert len(cfn.recorder.responses) == 1


@pytest.mark.fault(20)
def test_a_broken_watch_whose_job_cannot_be_stopped_says_so(cfn: CloudFormation) -> None:
    cfn.sagemaker.scripts = [RUNS_FOR_EVER]
    handle = cfn.waits.handle("Handle")
    started(cfn, waiting(handle.url))
    cfn.tape.fail("StopTrainingJob", denied("StopTrainingJob"), times=99)

    cfn.executions.abort(next(iter(cfn.executions.all)))

    [(body, _)] = cfn.waits.sent
    assert body["Status"] == "FAILURE"
    assert "could not be stopped" in body["Reason"]


# Gone records.


@pytest.mark.fault(12)
def test_a_new_handle_for_a_job_whose_record_is_gone_is_signalled(deployment: Deployment) -> None:
    start = deployment.start
    deployment.create(template(key="k1"))
    start.executions.run()
    start.sagemaker.person_deletes(start.job)

    status = deployment.update(template(key="k2"))

    assert (status, deployment.waited) == ("UPDATE_COMPLETE", "COMPLETE")
    assert start.creations == 1


@pytest.mark.fault(12)
def test_a_kept_handle_for_a_job_whose_record_is_gone_is_left_alone(deployment: Deployment) -> None:
    start = deployment.start
    deployment.create(template(key="k1"))
    start.executions.run()
    start.sagemaker.person_deletes(start.job)
    sent = len(start.waits.sent)

    assert deployment.update(template(key="k1")) == "UPDATE_COMPLETE"
    start.executions.run()
    assert (start.creations, len(start.waits.sent)) == (1, sent)


# The signal itself.


@pytest.mark.parametrize("reason", ["", "boom", "ä" * 5000, "\U0001f600" * 5000, '"' * 9000, "x" * 4500])
@pytest.mark.parametrize("succeeded", [True, False])
def test_a_signal_fits_and_always_has_a_reason(reason: str, succeeded: bool) -> None:
    body = Signal("job-1", reason, succeeded).encode()

    told = json.loads(body)
    assert len(body) <= MAX_BYTES
    assert told["Reason"]
    assert (reason or "the training job has ended").startswith(told["Reason"])
    assert {k: v for k, v in told.items() if k != "Reason"} == {
        "Status": "SUCCESS" if succeeded else "FAILURE",
        "UniqueId": "job-1",
        "Data": "job-1",
    }


@pytest.mark.fault(21)
def test_a_signal_that_meets_an_error_is_sent_again(logs: Logs) -> None:
    with Responder(503, 500, 200) as service:
        taken = send_signal(Address("s", "r", "Job", service.url), Signal("job-1"), FakeClock())

    assert taken
    assert len(service.bodies) == 3
    assert levels(logs, "signalled") == ["INFO"]


def test_no_handle_is_in_any_data(deployment: Deployment) -> None:
    deployment.create(template())
    deployment.start.executions.run()

    texts = [text for one in deployment.start.executions.all.values() for text in (one.input, *one.states)]
    assert texts
    assert all(SECRET_HANDLE not in text for text in texts)
