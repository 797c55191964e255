"""What log lines and answers tell of the jobs of workflows: which job, which request, how bad it is."""

from __future__ import annotations

import hashlib

import pytest

from constructs_lib.runtime import front
from constructs_lib.runtime.transitions.marked_jobs import few

from .conftest import Logs
from .model import OWNER, RUNS_FOR_EVER, CloudFormation, Died, denied
from .telling import error, info, told, warning
from .updates import AFTER, BEFORE, KEPT, NEW, OLD, begun, going_back, train, undoing
from .workflows import ARN, ASKED, AWAITING, NETWORK, WORKFLOW_ID, ended, start, workflows

NOT_ALLOWED = denied("StopTrainingJob", "sagemaker:StopTrainingJob with an explicit deny")
NOT_STOPPED = "these training jobs could not be stopped: 'new': "


@pytest.fixture
def cfn() -> CloudFormation:
    return workflows(asked=BEFORE)


@pytest.fixture
def back(cfn: CloudFormation) -> CloudFormation:
    return going_back(cfn)


@pytest.mark.parametrize(("number", "text"), [(3, ""), (4, " and 1 more"), (5, " and 2 more")])
def test_three_jobs_are_named_and_the_others_counted(number: int, text: str) -> None:
    assert few([f"wf-{one}" for one in range(number)]) == f"'wf-0', 'wf-1', 'wf-2'{text}"


# Executions that have ended.


def test_an_execution_is_told_by_its_mark(cfn: CloudFormation, logs: Logs) -> None:
    start(cfn, "wf-0", arn=ARN)

    cfn.deliver(ended(cfn, began=cfn.clock.now(), at=cfn.clock.now()))

    assert told(logs, "an execution ended") == info(
        execution=hashlib.md5(ARN.encode(), usedforsecurity=False).hexdigest(), jobs=1
    )


def test_what_is_wrong_with_an_event_is_told_by_its_kind(cfn: CloudFormation, logs: Logs) -> None:
    front.handle({"EndedExecution": ARN}, cfn.world)
    front.handle({"EndedExecution": ARN, "StartedAt": "x"}, cfn.world)

    assert told(logs, "malformed event of an execution") == error(reason="KeyError") + error(
        reason="ValueError"
    )


# Updates.


def test_an_update_that_comes_too_late_is_told(cfn: CloudFormation, logs: Logs) -> None:
    event = cfn.event("Update", AFTER, BEFORE)
    cfn.status = "UPDATE_COMPLETE"

    assert cfn.settle(event).ok

    assert told(logs, "came too late, nothing is stopped") == warning(logical_id=WORKFLOW_ID)


def test_a_roll_back_tells_what_it_leaves_running(back: CloudFormation, logs: Logs) -> None:
    """Its front tells of the request, its worker of the watch."""
    back.tape.fail("StopTrainingJob", NOT_ALLOWED, times=9)
    assert back.settle(undoing(back)).ok

    [line] = told(logs, "rolled back all the same")
    assert line.pop("reason").startswith(NOT_STOPPED)
    assert [line] == error(logical_id=WORKFLOW_ID)


def test_a_watch_tells_what_a_roll_back_leaves_running(back: CloudFormation, logs: Logs) -> None:
    event = begun(back, undoing(back))
    train(back, "newer", NEW)
    back.tape.fail("StopTrainingJob", NOT_ALLOWED, times=9)
    assert back.finish(event).ok

    [line] = told(logs, "rolled back all the same")
    assert line.pop("reason").startswith("these training jobs could not be stopped: 'newer': ")
    assert [line] == error(job=OWNER)


def test_a_roll_back_stops_no_job_that_is_older_than_its_update(cfn: CloudFormation) -> None:
    """The Update arrives only when its roll-back has begun, and its role stays."""
    train(cfn, "old", OLD)
    cfn.clock.sleep(7200)
    late = cfn.event("Update", AFTER, BEFORE)
    cfn.status = "UPDATE_ROLLBACK_IN_PROGRESS"

    assert cfn.settle(late).ok

    assert cfn.sagemaker.running() == ["old"]


def test_what_stands_before_a_job_under_a_role_that_goes_does_not_hide_it(cfn: CloudFormation) -> None:
    train(cfn, "older", OLD)
    train(cfn, "newer", KEPT)

    assert cfn.update(AFTER).ok

    assert cfn.sagemaker.running() == ["newer"]
    train(cfn, "newest", NEW)
    assert cfn.update({**AFTER, "Roles": [NEW]}).ok
    assert cfn.sagemaker.running() == ["newest"]


# Deletions.


def test_a_delete_that_comes_too_late_is_told_and_waits_for_no_interface(
    cfn: CloudFormation, logs: Logs
) -> None:
    event = cfn.event("Delete", AWAITING, status="UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
    cfn.clock.sleep(4000)
    cfn.status = "UPDATE_IN_PROGRESS"
    start(cfn, "wf-1", VpcConfig=NETWORK)
    listed = cfn.tape.count("ListTrainingJobs")

    assert cfn.settle(event).ok

    assert told(logs, "came too late, nothing is stopped") == warning(logical_id=WORKFLOW_ID)
    assert cfn.tape.count("ListTrainingJobs") == listed


def test_a_job_that_may_not_be_seen_is_told(cfn: CloudFormation, logs: Logs) -> None:
    start(cfn, "wf-1")
    # So long ago that no later look would find it anew.
    cfn.clock.sleep(1000)
    event = cfn.event("Delete", ASKED)
    front.handle(event, cfn.world)
    cfn.clock.sleep(100)
    cfn.sagemaker.person_deletes("wf-1")
    cfn.tape.fail("DescribeTrainingJob", denied("DescribeTrainingJob"))

    assert cfn.finish(event).ok

    assert told(logs, "not allowed to look, taken for ended") == warning(job="wf-1")


def test_interfaces_that_linger_are_told(cfn: CloudFormation, logs: Logs) -> None:
    start(cfn, "wf-1", VpcConfig=NETWORK)
    cfn.ec2.linger_seconds = 99_999

    assert cfn.settle(cfn.event("Delete", AWAITING)).ok

    assert told(logs, "interfaces linger") == warning(job=OWNER)


def test_each_ended_job_is_looked_at_once(cfn: CloudFormation) -> None:
    """Two networks, and a job that runs: those that have ended are not described again with each look."""
    cfn.sagemaker.scripts = [RUNS_FOR_EVER] * 3
    for number in range(3):
        start(cfn, f"wf-{number}", VpcConfig={**NETWORK, "Subnets": [f"subnet-{number}"]})
    cfn.clock.sleep(1000)
    cfn.sagemaker.stop_seconds = 900
    event = cfn.event("Delete", AWAITING)
    for number in range(2):
        cfn.sagemaker.person_stops(f"wf-{number}")
    cfn.sagemaker.stop_seconds = 900

    assert cfn.settle(event).ok

    names = [request["TrainingJobName"] for request in cfn.sagemaker.sent("DescribeTrainingJob")]
    assert max(names.count(f"wf-{number}") for number in range(2)) <= names.count("wf-2") + 1


# Functions that die.


def test_a_failed_request_is_told(cfn: CloudFormation, logs: Logs) -> None:
    cfn.sagemaker.stop_seconds = 900
    start(cfn, "wf-1")
    cfn.tape.fail("StartExecution", Died(), times=3)

    assert not cfn.delete().ok

    assert told(logs, "failed") == error(logical_id=WORKFLOW_ID, kind="Delete")


def test_a_deletion_that_failed_over_nothing_says_nothing(cfn: CloudFormation, logs: Logs) -> None:
    """It could not be carried out, but there was nothing to do: also where no owner is known."""
    cfn.tape.fail("ListTrainingJobs", Died(), times=3)
    assert cfn.delete().reason == ""

    event = cfn.event("Delete", {"Owner": "?"})
    cfn.destination(event, {"errorMessage": "killed"})
    response = cfn.recorder.effective(event["ResponseURL"])
    assert response is not None
    assert (response.ok, response.reason) == (True, "")

    event = cfn.event("Create", {"Owner": "?"})
    cfn.destination(event, {"errorMessage": "killed"})
    response = cfn.recorder.effective(event["ResponseURL"])
    assert response is not None
    assert not response.ok
    assert len(told(logs, "failed")) == 3
