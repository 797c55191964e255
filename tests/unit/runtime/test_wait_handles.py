"""A handle is used once; what becomes of it when its time is over, a sibling fails or the watch breaks."""

from __future__ import annotations

import functools
import json
from dataclasses import replace

import pytest

from constructs_lib.runtime.answer import MAX_BYTES, Address
from constructs_lib.runtime.signals import Signal, send_signal

from .conftest import Logs
from .model import (
    COMPLETES,
    RUNS_FOR_EVER,
    SECRET_HANDLE,
    CloudFormation,
    Deployment,
    FakeClock,
    Responder,
    check,
    completes_after,
    denied,
    properties,
    template,
)
from .waiting import OTHER, levels, lost, started, waiting

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
