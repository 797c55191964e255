"""An execution has ended: the jobs that it left running are stopped, and no others."""

from __future__ import annotations

import json
from typing import Any

import pytest

from constructs_lib.runtime import front
from constructs_lib.runtime.transitions.marked_jobs import OVERLAP, SECOND_LOOK

from .conftest import Logs
from .model import COMPLETES, CloudFormation, Died, Raw, denied, throttled
from .workflows import ARN, OTHER_ARN, ended, start, workflows


@pytest.fixture
def cfn() -> CloudFormation:
    return workflows()


def stopped(cfn: CloudFormation) -> list[str]:
    return [request["TrainingJobName"] for request in cfn.sagemaker.sent("StopTrainingJob")]


def test_its_jobs_are_stopped_and_nobody_is_answered(cfn: CloudFormation, logs: Logs) -> None:
    began = cfn.clock.now()
    for number in range(3):
        start(cfn, f"wf-{number}", arn=ARN)
    start(cfn, "another", arn=OTHER_ARN)
    start(cfn, "not-watched")
    cfn.account.start("untagged", Tags=None)
    cfn.clock.sleep(60)
    answers = cfn.tape.count("Answer")

    cfn.deliver(ended(cfn, began=began, at=cfn.clock.now()))

    assert sorted(stopped(cfn)) == ["wf-0", "wf-1", "wf-2"]
    assert cfn.sagemaker.running() == ["another", "not-watched", "untagged"]
    assert cfn.tape.count("Answer") == answers
    assert cfn.executions.all == {}
    [line] = [line for line in logs() if line["message"] == "an execution ended"]
    assert line["jobs"] == 3
    assert ARN not in json.dumps(line)


def test_a_creation_that_was_under_way_is_found_by_the_second_look(cfn: CloudFormation) -> None:
    cfn.sagemaker.list_seconds = SECOND_LOOK - 2
    start(cfn, "wf-1", arn=ARN)

    cfn.deliver(ended(cfn, began=cfn.clock.now() - 5, at=cfn.clock.now()))

    assert stopped(cfn) == ["wf-1"]
    assert cfn.sagemaker.running() == []


def test_a_job_is_told_once(cfn: CloudFormation) -> None:
    began = cfn.clock.now()
    start(cfn, "wf-1", arn=ARN)
    event = ended(cfn, began=began)
    cfn.deliver(event)
    cfn.deliver(event)

    assert stopped(cfn) == ["wf-1"]


@pytest.mark.parametrize("earlier", [-60, 60])
def test_only_jobs_since_shortly_before_its_start_are_looked_at(cfn: CloudFormation, earlier: float) -> None:
    start(cfn, "wf-1", arn=ARN)
    began = cfn.clock.now() + OVERLAP + earlier
    cfn.clock.sleep(1000)

    cfn.deliver(ended(cfn, began=began))

    assert stopped(cfn) == (["wf-1"] if earlier < 0 else [])
    assert (cfn.tape.count("ListTags") > 0) == (earlier < 0)


def test_a_job_of_a_redrive_is_not_taken_for_one_of_the_run_before(cfn: CloudFormation) -> None:
    """A redrive goes on under the same ARN; the event of the end before may come late."""
    began = cfn.clock.now()
    end = began + 100
    start(cfn, "wf-1", arn=ARN)
    cfn.clock.sleep(105)
    start(cfn, "wf-2", arn=ARN)
    cfn.clock.sleep(30)
    start(cfn, "wf-3", arn=ARN)

    cfn.deliver(ended(cfn, began=began, at=end))

    assert sorted(stopped(cfn)) == ["wf-1", "wf-2"]


def test_jobs_that_have_ended_are_left_alone(cfn: CloudFormation) -> None:
    cfn.sagemaker.scripts = [COMPLETES]
    began = cfn.clock.now()
    start(cfn, "wf-1", arn=ARN)
    cfn.clock.sleep(1000)

    cfn.deliver(ended(cfn, began=began))

    assert stopped(cfn) == []


def test_old_jobs_are_not_looked_at_twice(cfn: CloudFormation) -> None:
    began = cfn.clock.now()
    for number in range(4):
        start(cfn, f"another-{number}", arn=OTHER_ARN)
    cfn.clock.sleep(1000)

    cfn.deliver(ended(cfn, began=began))

    assert cfn.tape.count("ListTags") == 4


@pytest.mark.parametrize("started", ["1750000000000", 1750000000000, 1.75e12])
def test_a_moment_may_be_text(cfn: CloudFormation, started: Any) -> None:
    start(cfn, "wf-1", arn=ARN)

    cfn.deliver({"EndedExecution": ARN, "StartedAt": started, "EndedAt": None})

    assert stopped(cfn) == ["wf-1"]


@pytest.mark.parametrize(
    "event",
    [
        {"EndedExecution": ARN},
        {"EndedExecution": ARN, "StartedAt": None},
        {"EndedExecution": ARN, "StartedAt": "<detail-startDate>"},
        {"EndedExecution": ARN, "StartedAt": 1, "EndedAt": "x"},
    ],
)
def test_a_malformed_event_is_logged_and_dropped(cfn: CloudFormation, event: Raw, logs: Logs) -> None:
    calls = len(cfn.tape.calls)

    front.handle(event, cfn.world)

    assert len(cfn.tape.calls) == calls
    assert [line["message"] for line in logs() if line["level"] == "ERROR"] == [
        "malformed event of an execution"
    ]


@pytest.mark.parametrize("operation", ["ListTrainingJobs", "ListTags", "StopTrainingJob"])
@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("error", [Died, throttled], ids=["dies", "throttled"])
def test_trouble_is_left_to_redelivery(cfn: CloudFormation, operation: str, after: bool, error: Any) -> None:
    began = cfn.clock.now()
    start(cfn, "wf-1", arn=ARN)
    start(cfn, "wf-2", arn=ARN)
    cfn.tape.fail(operation, Died() if error is Died else throttled(operation), after=after, times=2)

    cfn.deliver(ended(cfn, began=began))

    assert cfn.sagemaker.running() == []


def test_a_front_that_dies_for_good_is_stood_in_for_by_the_worker(cfn: CloudFormation) -> None:
    began = cfn.clock.now()
    start(cfn, "wf-1", arn=ARN)
    cfn.tape.fail("ListTrainingJobs", Died(), times=3)

    cfn.deliver(ended(cfn, began=began))

    assert stopped(cfn) == ["wf-1"]


def test_a_stop_that_is_denied_is_raised_after_the_others(cfn: CloudFormation) -> None:
    """So that Lambda delivers again, counts an error, and tells the worker."""
    began = cfn.clock.now()
    start(cfn, "wf-1", arn=ARN)
    start(cfn, "wf-2", arn=ARN)
    cfn.tape.fail("StopTrainingJob", denied("StopTrainingJob", "it with an explicit deny"))

    with pytest.raises(Exception, match="could not be stopped: 'wf-1'"):
        front.handle(ended(cfn, began=began), cfn.world)

    assert cfn.sagemaker.running() == ["wf-1"]


def test_a_list_that_is_denied_is_raised(cfn: CloudFormation) -> None:
    cfn.tape.fail("ListTrainingJobs", denied("ListTrainingJobs", "it"), times=99)

    with pytest.raises(Exception, match="not authorized"):
        front.handle(ended(cfn, began=cfn.clock.now()), cfn.world)
