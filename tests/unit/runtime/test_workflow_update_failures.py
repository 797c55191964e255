"""An Update that takes roles away, on a bad day: forward it fails in words, in a roll-back it never does."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from .conftest import Logs
from .model import OWNER, CloudFormation, Died, Fault, Raw, Response, client_error, denied, throttled
from .updates import AFTER, BEFORE, NEW, OLD, begun, going_back, train, undoing
from .workflows import workflows

CALLS = [
    "DescribeStacks",
    "ListTrainingJobs",
    "ListTags",
    "DescribeTrainingJob",
    "StopTrainingJob",
    "Encrypt",
    "StartExecution",
]
NOT_ALLOWED = denied("StopTrainingJob", "sagemaker:StopTrainingJob with an explicit deny")
LEAST_POINTS = 40


@pytest.fixture
def cfn() -> CloudFormation:
    return workflows(asked=BEFORE)


@pytest.fixture
def back(cfn: CloudFormation) -> CloudFormation:
    return going_back(cfn)


def effective(cfn: CloudFormation, event: Raw) -> Response:
    response = cfn.recorder.effective(event["ResponseURL"])
    assert response is not None
    return response


def test_a_stop_that_is_denied_fails_the_update(cfn: CloudFormation) -> None:
    train(cfn, "wf-1", OLD)
    cfn.tape.fail("StopTrainingJob", NOT_ALLOWED, times=9)

    response = cfn.update(AFTER)

    assert (response.ok, response.physical_id) == (False, OWNER)
    assert response.reason.startswith("these training jobs could not be stopped: 'wf-1': ")


def test_a_stop_that_is_denied_in_a_poll_fails_the_update(cfn: CloudFormation) -> None:
    train(cfn, "wf-1", OLD)
    event = begun(cfn)
    train(cfn, "wf-2", OLD)
    cfn.tape.fail("StopTrainingJob", NOT_ALLOWED, times=9)

    response = cfn.finish(event)

    assert not response.ok
    assert response.reason.startswith("these training jobs could not be stopped: 'wf-2': ")


@pytest.mark.parametrize("operation", CALLS)
def test_what_is_denied_for_a_moment_is_waited_for(cfn: CloudFormation, operation: str) -> None:
    """The front may look at the jobs only since this deployment."""
    train(cfn, "wf-1", OLD)
    cfn.tape.fail(operation, denied(operation), times=3)

    assert cfn.update(AFTER).ok
    assert cfn.sagemaker.live() == []


def test_a_role_that_may_not_be_read_fails_the_update(cfn: CloudFormation) -> None:
    train(cfn, "wf-1", OLD)
    cfn.tape.fail("DescribeTrainingJob", denied("DescribeTrainingJob", "it"), times=999)

    assert not cfn.update(AFTER).ok
    assert cfn.sagemaker.running() == ["wf-1"]


@pytest.mark.parametrize("operation", CALLS)
def test_trouble_that_passes_is_left_to_redelivery(cfn: CloudFormation, operation: str) -> None:
    train(cfn, "wf-1", OLD)
    cfn.tape.fail(operation, client_error("InternalFailure", "internal", operation, status=500))

    assert cfn.update(AFTER).ok
    assert cfn.sagemaker.live() == []


@pytest.mark.parametrize("operation", CALLS[:5])
def test_throttling_in_a_poll_puts_the_look_off(cfn: CloudFormation, operation: str) -> None:
    train(cfn, "wf-1", OLD)
    event = begun(cfn)
    train(cfn, "wf-2", OLD)
    cfn.tape.fail(operation, throttled(operation), times=2)

    assert cfn.finish(event).ok
    assert cfn.sagemaker.live() == []


# What dies.


def test_a_front_that_dies_over_jobs_fails_the_update(cfn: CloudFormation) -> None:
    cfn.sagemaker.stop_seconds = 900
    train(cfn, "wf-1", OLD)
    cfn.tape.fail("StartExecution", Died(), times=3)

    response = cfn.update(AFTER)

    assert (response.ok, response.physical_id) == (False, OWNER)
    assert response.reason.startswith("the function that starts training jobs failed: Died; ")
    assert response.reason.endswith("have not ended: 'wf-1'; deploy again when they have")
    assert cfn.sagemaker.running() == []


def test_a_front_that_dies_where_nothing_runs_is_no_failure(cfn: CloudFormation) -> None:
    cfn.tape.fail("ListTrainingJobs", Died(), times=3)

    assert cfn.update(AFTER).ok


@pytest.mark.parametrize("live", [True, False])
def test_a_watch_that_dies_is_answered_for(cfn: CloudFormation, live: bool) -> None:
    cfn.sagemaker.stop_seconds = 900 if live else 60
    train(cfn, "wf-1", OLD)
    event = begun(cfn)
    if not live:
        cfn.clock.sleep(100)

    cfn.executions.abort(next(iter(cfn.executions.all)))

    response = effective(cfn, event)
    assert response.ok is not live
    if live:
        assert response.reason.startswith("the watch over the training jobs of workflows ended as ABORTED; ")


def test_a_watch_that_dies_over_a_job_that_cannot_be_stopped(cfn: CloudFormation) -> None:
    train(cfn, "wf-1", OLD)
    event = begun(cfn)
    train(cfn, "wf-2", OLD)
    cfn.tape.fail("StopTrainingJob", NOT_ALLOWED, times=9)

    cfn.executions.abort(next(iter(cfn.executions.all)))

    response = effective(cfn, event)
    assert not response.ok
    assert "ended as ABORTED; these training jobs could not be stopped: 'wf-2'" in response.reason


# A roll-back.


def test_a_roll_back_does_not_fail_for_a_job_that_does_not_end(back: CloudFormation, logs: Logs) -> None:
    back.sagemaker.stop_seconds = 99_999
    back.sagemaker.jobs.clear()
    train(back, "slow", NEW)

    response = back.settle(undoing(back))

    assert (response.ok, response.physical_id) == (True, OWNER)
    [told] = [line for line in logs() if line["message"] == "rolled back all the same"]
    assert told["level"] == "ERROR"
    assert "'slow'" in told["reason"]


def test_a_roll_back_does_not_fail_for_a_stop_that_is_denied(back: CloudFormation, logs: Logs) -> None:
    back.tape.fail("StopTrainingJob", NOT_ALLOWED, times=9)

    assert back.settle(undoing(back)).ok
    [told] = [line for line in logs() if line["message"] == "rolled back all the same"]
    assert "'new'" in told["reason"]


def test_a_roll_back_does_not_fail_for_a_stop_that_is_denied_in_a_poll(back: CloudFormation) -> None:
    event = begun(back, undoing(back))
    train(back, "newer", NEW)
    back.tape.fail("StopTrainingJob", NOT_ALLOWED, times=9)

    assert back.finish(event).ok


def test_a_roll_back_does_not_fail_for_a_front_that_dies(back: CloudFormation) -> None:
    back.sagemaker.stop_seconds = 900
    train(back, "slow", NEW)
    back.tape.fail("StartExecution", Died(), times=3)

    assert back.settle(undoing(back)).ok
    assert back.sagemaker.live() == ["slow"]
    assert back.sagemaker.running() == []


# A crash at any call.


def updated(fault: Fault | None = None) -> list[str]:
    """A whole Update; its calls."""
    cfn = workflows(asked=BEFORE)
    for number in range(2):
        train(cfn, f"wf-{number}", OLD)
    train(cfn, "theirs", OLD, "1f2e3d4cffffff")
    before = len(cfn.tape.calls)
    if fault is not None:
        fault.at = before + (fault.at or 0)
        cfn.tape.faults.append(fault)
    response = cfn.settle(cfn.event("Update", AFTER, BEFORE))
    assert response.ok, response.reason
    assert cfn.sagemaker.live() == ["theirs"]
    return cfn.tape.calls[before:]


@pytest.mark.fault(2)
@pytest.mark.fault(3)
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_crash_at_any_call_changes_nothing(after: bool) -> None:
    calls = updated()
    assert 2 * len(calls) >= LEAST_POINTS

    for at, operation in enumerate(calls):
        try:
            updated(Fault(Died(), at=at, after=after))
        except AssertionError as error:
            where = f"{'after' if after else 'before'} call {at}, {operation}"
            raise AssertionError(f"{where}: {error}") from error


def test_a_function_that_dies_from_some_call_on_is_answered_for() -> None:
    for at, operation in enumerate(updated()):
        cfn = workflows(asked=BEFORE)
        train(cfn, "wf-1", OLD)
        cfn.tape.listeners.append(_dies(cfn, len(cfn.tape.calls) + at, operation))

        response = cfn.settle(cfn.event("Update", AFTER, BEFORE))

        assert response.ok or "wf-1" in response.reason, f"from call {at}, {operation}"
        assert cfn.sagemaker.running() == [], f"from call {at}, {operation}"


def _dies(cfn: CloudFormation, first: int, operation: str) -> Callable[[str, int, bool], None]:
    """The front has three tries, the state machine six."""
    left = [3 if not cfn.executions.all else 6]

    def die(name: str, index: int, after: bool) -> None:
        if not after and index >= first and name == operation and left[0]:
            left[0] -= 1
            raise Died

    return die
