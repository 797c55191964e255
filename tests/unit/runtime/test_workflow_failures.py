"""The end of a stack's workflows on a bad day: what is denied, throttled, stuck or killed is told."""

from __future__ import annotations

import math
import re

import pytest
from botocore.exceptions import ConnectTimeoutError, EndpointConnectionError

from constructs_lib.runtime import front
from constructs_lib.runtime.transitions.watch import DELETE_SECONDS

from .conftest import Logs
from .model import OWNER, CloudFormation, Died, Response, client_error, denied, throttled
from .workflows import ASKED, start, workflows

CALLS = ["DescribeStacks", "ListTrainingJobs", "ListTags", "StopTrainingJob", "Encrypt", "StartExecution"]
POLLED = ["DescribeTrainingJob", "ListTrainingJobs", "ListTags", "StopTrainingJob"]


@pytest.fixture
def cfn() -> CloudFormation:
    return workflows()


def begun(cfn: CloudFormation) -> str:
    """A Delete that is watched; the address of its answer."""
    start(cfn, "wf-1")
    # So long ago that no later look would find it anew.
    cfn.clock.sleep(1000)
    event = cfn.event("Delete", ASKED)
    front.handle(event, cfn.world)
    assert len(cfn.executions.running()) == 1
    url: str = event["ResponseURL"]
    return url


def answer(cfn: CloudFormation, url: str) -> Response:
    cfn.executions.run()
    response = cfn.recorder.effective(url)
    assert response is not None
    assert len(cfn.recorder.given(url)) == 1
    return response


# Time.


@pytest.mark.parametrize(("jobs", "told"), [(1, "'wf-0'"), (3, "'wf-0', 'wf-1', 'wf-2'")])
def test_jobs_that_do_not_end_fail_the_delete_in_time_and_by_name(
    cfn: CloudFormation, jobs: int, told: str
) -> None:
    cfn.sagemaker.stop_seconds = math.inf
    for number in range(jobs):
        start(cfn, f"wf-{number}")
    began = cfn.clock.now()

    response = cfn.delete()

    assert not response.ok
    assert response.physical_id == OWNER
    assert response.reason == (
        f"training jobs of the stack's workflows were told to stop and have not ended: {told}; "
        "delete the stack again when they have"
    )
    assert DELETE_SECONDS <= response.at - began <= DELETE_SECONDS + 120


def test_of_many_jobs_a_few_are_named(cfn: CloudFormation) -> None:
    cfn.sagemaker.stop_seconds = math.inf
    for number in range(40):
        start(cfn, f"wf-{number:02}")

    reason = cfn.delete().reason

    assert re.findall(r"'wf-[0-9]+'", reason) == ["'wf-00'", "'wf-01'", "'wf-02'"]
    assert "and 37 more;" in reason


def test_jobs_that_are_started_for_ever_fail_the_delete(cfn: CloudFormation) -> None:
    """A state machine that was kept starts a new job for each that is stopped."""
    start(cfn, "wf-0")
    cfn.sagemaker.stop_seconds = 20
    event = cfn.event("Delete", ASKED)
    front.handle(event, cfn.world)
    while cfn.executions.step():
        if not cfn.sagemaker.running() and cfn.recorder.effective(event["ResponseURL"]) is None:
            start(cfn, f"wf-{len(cfn.sagemaker.created)}")

    response = answer(cfn, event["ResponseURL"])

    assert not response.ok
    assert "have not ended" in response.reason


def test_the_next_delete_succeeds_when_they_have_ended(cfn: CloudFormation) -> None:
    cfn.sagemaker.stop_seconds = 4000
    start(cfn, "wf-1")
    assert not cfn.delete().ok

    assert cfn.delete().ok


# What is denied.


def test_a_stop_that_is_denied_fails_the_delete_and_the_others_are_stopped(cfn: CloudFormation) -> None:
    names = [start(cfn, f"wf-{number}") for number in range(3)]
    refusal = denied("StopTrainingJob", "sagemaker:StopTrainingJob with an explicit deny")
    cfn.tape.fail("StopTrainingJob", refusal)
    # When it has failed, once more.
    cfn.tape.listeners.append(
        lambda operation, index, after: (
            cfn.tape.fail("StopTrainingJob", refusal)
            if after is False and operation == "DescribeStacks" and cfn.tape.count("StopTrainingJob") == 3
            else None
        )
    )

    response = cfn.delete()

    assert not response.ok
    assert response.physical_id == OWNER
    assert response.reason.startswith(f"these training jobs could not be stopped: '{names[0]}': ")
    assert "sagemaker:StopTrainingJob" in response.reason
    assert response.reason.count("could not be stopped") == 1
    assert cfn.sagemaker.running() == [names[0]]
    assert cfn.executions.all == {}


def test_a_stop_that_is_denied_for_a_moment_is_waited_for(cfn: CloudFormation) -> None:
    """The policy may be a moment old."""
    start(cfn, "wf-1")
    cfn.tape.fail("StopTrainingJob", denied("StopTrainingJob"), times=3)

    assert cfn.delete().ok
    assert cfn.sagemaker.live() == []


@pytest.mark.parametrize("operation", ["DescribeStacks", "ListTrainingJobs", "ListTags", "Encrypt"])
def test_a_look_that_is_denied_for_a_moment_is_waited_for(
    cfn: CloudFormation, operation: str, logs: Logs
) -> None:
    start(cfn, "wf-1")
    cfn.tape.fail(operation, denied(operation), times=3)

    assert cfn.delete().ok
    assert cfn.sagemaker.live() == []
    assert {line["level"] for line in logs()} == {"INFO"}


@pytest.mark.parametrize("operation", ["DescribeStacks", "ListTrainingJobs", "ListTags", "Encrypt"])
def test_a_look_that_is_denied_fails_the_delete_in_words(cfn: CloudFormation, operation: str) -> None:
    cfn.sagemaker.stop_seconds = 900
    start(cfn, "wf-1")
    cfn.tape.fail(operation, denied(operation, operation), times=999)

    response = cfn.delete()

    assert not response.ok
    assert response.physical_id == OWNER
    assert f"perform: {operation}" in response.reason
    assert response.reason.count(f"perform: {operation}") == 1
    assert cfn.sagemaker.running() == ([] if operation == "Encrypt" else ["wf-1"])


def test_a_stop_that_is_denied_in_a_poll_fails_the_delete(cfn: CloudFormation) -> None:
    url = begun(cfn)
    start(cfn, "wf-2")
    cfn.tape.fail("StopTrainingJob", denied("StopTrainingJob", "it"), times=99)

    response = answer(cfn, url)

    assert not response.ok
    assert response.reason.startswith("these training jobs could not be stopped: 'wf-2': ")
    assert [one.status for one in cfn.executions.all.values()] == ["SUCCEEDED"]


def test_a_record_that_is_not_to_be_seen_any_more_is_of_an_ended_job(cfn: CloudFormation, logs: Logs) -> None:
    """Who may describe jobs by their tags is denied those that are gone, instead of told that they are."""
    url = begun(cfn)
    cfn.clock.sleep(100)
    cfn.sagemaker.person_deletes("wf-1")
    cfn.tape.fail("DescribeTrainingJob", denied("DescribeTrainingJob"))

    assert answer(cfn, url).ok
    assert "not allowed to look, taken for ended" in [line["message"] for line in logs()]


# What passes.


@pytest.mark.parametrize("operation", CALLS)
@pytest.mark.parametrize("after", [False, True], ids=["refused", "answer lost"])
def test_trouble_that_passes_is_left_to_redelivery(cfn: CloudFormation, operation: str, after: bool) -> None:
    start(cfn, "wf-1")
    broken = client_error("InternalFailure", "internal", operation, status=500)
    error = EndpointConnectionError(endpoint_url="https://x") if after else broken
    cfn.tape.fail(operation, error, after=after)

    assert cfn.delete().ok
    assert cfn.sagemaker.live() == []


@pytest.mark.parametrize("operation", POLLED)
@pytest.mark.parametrize("times", [1, 7])
def test_throttling_in_a_poll_puts_the_look_off(cfn: CloudFormation, operation: str, times: int) -> None:
    url = begun(cfn)
    start(cfn, "wf-2")
    cfn.tape.fail(operation, throttled(operation), times=times)

    assert answer(cfn, url).ok
    assert cfn.sagemaker.live() == []


def test_a_job_that_cannot_be_described_for_a_moment_is_not_taken_for_ended(cfn: CloudFormation) -> None:
    url = begun(cfn)
    cfn.tape.fail("DescribeTrainingJob", throttled("DescribeTrainingJob"))

    assert answer(cfn, url).at >= cfn.sagemaker.jobs["wf-1"].ended


@pytest.mark.parametrize("operation", POLLED)
def test_a_lost_answer_in_a_poll_puts_the_look_off(cfn: CloudFormation, operation: str) -> None:
    url = begun(cfn)
    start(cfn, "wf-2")
    cfn.tape.fail(operation, ConnectTimeoutError(endpoint_url="https://x"), after=True)

    assert answer(cfn, url).ok
    assert cfn.sagemaker.live() == []


# What dies.


def test_a_front_that_dies_for_good_is_answered_for(cfn: CloudFormation) -> None:
    cfn.sagemaker.stop_seconds = 900
    start(cfn, "wf-1")
    cfn.tape.fail("StartExecution", Died(), times=3)

    response = cfn.delete()

    assert not response.ok
    assert response.physical_id == OWNER
    assert response.reason.startswith("the function that starts training jobs failed: Died; ")
    assert "told to stop and have not ended: 'wf-1'" in response.reason
    assert cfn.sagemaker.running() == []
    assert cfn.delete().ok


def test_a_front_that_dies_for_good_where_nothing_can_be_seen(cfn: CloudFormation) -> None:
    start(cfn, "wf-1")
    cfn.tape.fail("DescribeStacks", Died(), times=3)
    cfn.tape.fail("DescribeStacks", denied("DescribeStacks", "cloudformation:DescribeStacks"), times=99)

    response = cfn.delete()

    assert not response.ok
    assert response.reason.startswith("the function that starts training jobs failed: Died; ")
    assert "cloudformation:DescribeStacks" in response.reason


def test_a_front_that_dies_for_good_over_nothing_is_a_success(cfn: CloudFormation) -> None:
    cfn.tape.fail("ListTrainingJobs", Died(), times=3)

    response = cfn.delete()

    assert (response.ok, response.physical_id) == (True, OWNER)


def test_a_front_that_dies_over_an_update_is_answered_for(cfn: CloudFormation) -> None:
    event = cfn.event("Update", {**ASKED, "AwaitInterfaces": True}, ASKED)
    cfn.destination(event, {"errorMessage": "out of memory"})

    response = cfn.recorder.effective(event["ResponseURL"])

    assert response is not None
    assert (response.ok, response.physical_id) == (False, OWNER)
    assert response.reason == "the function that starts training jobs failed: out of memory"
    assert cfn.tape.count("ListTrainingJobs") == 0


def test_a_front_that_dies_over_a_delete_of_an_earlier_operation_stops_nothing(cfn: CloudFormation) -> None:
    event = cfn.event("Delete", ASKED, status="UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
    cfn.clock.sleep(4000)
    cfn.status = "UPDATE_IN_PROGRESS"
    start(cfn, "wf-1")

    cfn.destination(event, {"errorMessage": "killed"})

    assert cfn.sagemaker.running() == ["wf-1"]


@pytest.mark.parametrize("live", [True, False])
def test_a_watch_that_dies_is_answered_for(cfn: CloudFormation, live: bool) -> None:
    url = begun(cfn)
    start(cfn, "wf-2")
    if not live:
        cfn.sagemaker.person_stops("wf-2")
        cfn.clock.sleep(500)

    cfn.executions.abort(next(iter(cfn.executions.all)))

    response = cfn.recorder.effective(url)
    assert response is not None
    assert (response.ok, response.physical_id) == (not live, OWNER)
    assert cfn.sagemaker.running() == []
    if live:
        reason = "the watch over the training jobs of workflows ended as ABORTED; "
        assert response.reason.startswith(reason)
        assert "have not ended: 'wf-2', 'wf-1';" in response.reason


def test_a_watch_that_dies_over_jobs_that_cannot_be_stopped(cfn: CloudFormation) -> None:
    url = begun(cfn)
    start(cfn, "wf-2")
    cfn.tape.fail("StopTrainingJob", denied("StopTrainingJob", "it"), times=99)

    cfn.executions.abort(next(iter(cfn.executions.all)))

    response = cfn.recorder.effective(url)
    assert response is not None
    assert not response.ok
    assert "ended as ABORTED; these training jobs could not be stopped: 'wf-2'" in response.reason


def test_a_watch_that_dies_when_nothing_can_be_seen(cfn: CloudFormation) -> None:
    url = begun(cfn)
    cfn.tape.fail("ListTrainingJobs", denied("ListTrainingJobs", "it"), times=99)

    cfn.executions.abort(next(iter(cfn.executions.all)))

    response = cfn.recorder.effective(url)
    assert response is not None
    assert not response.ok
    assert "and the jobs could not be stopped: " in response.reason


def test_a_worker_that_is_denied_its_look_is_answered_for(cfn: CloudFormation) -> None:
    url = begun(cfn)
    refusal = denied("ListTrainingJobs", "it with an explicit deny")
    cfn.tape.fail("ListTrainingJobs", refusal, times=6)

    response = answer(cfn, url)

    assert [one.status for one in cfn.executions.all.values()] == ["FAILED"]
    # The front is allowed to look, and by then nothing runs.
    assert response.ok
    assert cfn.sagemaker.live() == []
