"""What mutation testing found untested of the transitions: whom a look is about, and what follows it."""

from __future__ import annotations

import pytest

from constructs_lib.runtime import front
from constructs_lib.runtime.answer import Address
from constructs_lib.runtime.names import MAX_ATTEMPTS
from constructs_lib.runtime.signals import Signal, send_signal
from constructs_lib.runtime.transitions import give_up
from constructs_lib.runtime.transitions.fallback import later_names
from constructs_lib.runtime.transitions.verdict import metric_attribute

from .conftest import Logs
from .fallbacks import FIRST, SECOND, asked, attempt, started
from .model import (
    COMPLETES,
    FINDS_NO_CAPACITY,
    RUNS_FOR_EVER,
    STACK_ID,
    CloudFormation,
    Deployment,
    Died,
    denied,
    properties,
    template,
)
from .telling import error, info, told
from .test_fixed_names import NAME, fixed
from .waiting import waiting

SIGNALLED = Address(STACK_ID, "request-1", "Job", "https://cfn.invalid/")
SPREADS = denied("DescribeTrainingJob", "sagemaker:DescribeTrainingJob")


def turn(cfn: CloudFormation, status: str, *, after: float = 600) -> None:
    """A later operation on the stack has begun; a minute after the one that asked it is known as such."""
    cfn.clock.sleep(after)
    cfn.status = status


# The next attempt.


def test_the_next_type_is_told_with_both_jobs(cfn: CloudFormation, logs: Logs) -> None:
    cfn.sagemaker.no_capacity = {FIRST}
    cfn.finish(started(cfn, asked()))

    assert told(logs, "no capacity, next type") == info(
        job=attempt(cfn, 2), before=attempt(cfn, 1), instance_type=SECOND
    )


@pytest.mark.fault(7)
def test_a_later_operation_wants_no_further_attempt_of_an_earlier_one(cfn: CloudFormation) -> None:
    """The stack goes forward again, but for something else."""
    cfn.sagemaker.no_capacity = {FIRST}
    event = started(cfn, asked())
    turn(cfn, "UPDATE_IN_PROGRESS")

    assert not cfn.finish(event).ok

    assert cfn.creations == 1


@pytest.mark.fault(7)
def test_before_each_further_try_it_is_asked_whether_the_next_attempt_is_wanted(cfn: CloudFormation) -> None:
    """The role has not spread yet; meanwhile the stack turns."""
    cfn.sagemaker.no_capacity = {FIRST}
    event = started(cfn, asked())
    cfn.tape.fail("CreateTrainingJob", denied("CreateTrainingJob"), times=2)
    tries = cfn.tape.count("CreateTrainingJob")
    cfn.tape.listeners.append(
        lambda operation, index, after: (
            setattr(cfn, "status", "ROLLBACK_IN_PROGRESS") if operation == "CreateTrainingJob" else None
        )
    )

    assert not cfn.finish(event).ok

    assert cfn.tape.count("CreateTrainingJob") == tries + 1
    assert cfn.creations == 1


@pytest.mark.fault(7)
def test_a_next_attempt_that_was_overtaken_is_stopped_at_once(cfn: CloudFormation) -> None:
    """The stack goes forward again, but for something else, while the attempt is started."""
    cfn.sagemaker.scripts = [FINDS_NO_CAPACITY, RUNS_FOR_EVER]
    event = started(cfn, asked(timeout=3000))
    cfn.tape.meanwhile["CreateTrainingJob"] = lambda: turn(cfn, "UPDATE_IN_PROGRESS", after=90)

    assert not cfn.finish(event).ok

    assert cfn.creations == 2
    [_, second] = cfn.sagemaker.every
    assert second.stopped is not None
    assert second.stopped < second.started + 100


@pytest.mark.fault(7)
@pytest.mark.parametrize("own", [True, False])
def test_an_attempt_that_is_there_already_is_stopped_in_a_roll_back_where_it_is_ones_own(
    cfn: CloudFormation, own: bool
) -> None:
    """A worker died after it had started it; or another request of the resource has, and looks after it."""
    cfn.sagemaker.scripts = [FINDS_NO_CAPACITY, RUNS_FOR_EVER]
    started(cfn, asked(timeout=3000))
    cfn.tape.fail("CreateTrainingJob", Died(), after=True)
    while cfn.creations < 2:
        cfn.executions.step()
    [_, second] = cfn.sagemaker.every
    if not own:
        second.tags["constructs-lib:delivery"] = "another"
    tries = cfn.tape.count("CreateTrainingJob")
    cfn.tape.meanwhile["CreateTrainingJob"] = lambda: setattr(cfn, "status", "UPDATE_ROLLBACK_IN_PROGRESS")

    while cfn.tape.count("CreateTrainingJob") == tries:
        cfn.executions.step()

    assert (second.name in cfn.sagemaker.running()) is not own


def test_attempts_end_with_the_last_number() -> None:
    names = list(later_names("churn-1f2e3d4cab12cd-a48bc90ca055-1"))

    assert [name.rpartition("-")[2] for name in names] == [str(one) for one in range(2, MAX_ATTEMPTS + 1)]


# Adoption.


@pytest.mark.fault(7)
@pytest.mark.parametrize("kind", ["usual", "fixed"])
def test_a_repeated_event_leaves_the_job_that_outlived_a_later_roll_back(
    cfn: CloudFormation, kind: str
) -> None:
    """Its own operation was completed; the roll-back is of a later one, and of something else."""
    cfn.sagemaker.scripts = [RUNS_FOR_EVER]
    wanted = properties(mode="start") if kind == "usual" else fixed(mode="start")
    event = cfn.event("Create", wanted)
    cfn.deliver(event)
    turn(cfn, "UPDATE_IN_PROGRESS")
    cfn.status = "UPDATE_ROLLBACK_IN_PROGRESS"

    cfn.deliver(event)

    assert len(cfn.sagemaker.running()) == 1
    assert cfn.tape.count("StopTrainingJob") == 0


def test_who_is_not_a_condition_is_answered_with_the_attempt_in_use(cfn: CloudFormation) -> None:
    """Only a wait condition's answer comes before a later attempt follows."""
    cfn.sagemaker.no_capacity = {FIRST}
    started(cfn, asked())
    while cfn.creations < 2:
        cfn.executions.step()
    cfn.executions.report = lambda _: None
    cfn.executions.abort(next(iter(cfn.executions.all)))

    again = cfn.event("Create", asked())

    assert cfn.settle(again).physical_id == attempt(cfn, 2)


# Fixed names.


def test_a_look_at_a_fixed_name_waits_for_its_policy(cfn: CloudFormation) -> None:
    cfn.tape.fail("DescribeTrainingJob", SPREADS, times=3)

    assert cfn.create(fixed()).ok


@pytest.mark.fault(7)
def test_a_fixed_name_is_not_started_for_an_earlier_operation(cfn: CloudFormation) -> None:
    event = cfn.event("Create", fixed())
    cfn.tape.fail("CreateTrainingJob", denied("CreateTrainingJob"))
    cfn.tape.meanwhile["CreateTrainingJob"] = lambda: turn(cfn, "UPDATE_IN_PROGRESS", after=90)

    assert not cfn.settle(event).ok

    assert cfn.tape.count("CreateTrainingJob") == 1


@pytest.mark.fault(7)
def test_a_fixed_name_that_was_overtaken_is_stopped(cfn: CloudFormation) -> None:
    cfn.sagemaker.scripts = [RUNS_FOR_EVER]
    event = cfn.event("Create", fixed(mode="start"))
    cfn.tape.meanwhile["CreateTrainingJob"] = lambda: turn(cfn, "UPDATE_IN_PROGRESS")

    assert not cfn.settle(event).ok

    assert cfn.creations == 1
    assert cfn.sagemaker.running() == []


def test_a_roll_back_adopts_the_stopped_job_of_a_fixed_name(cfn: CloudFormation) -> None:
    """Its tags come back with it."""
    before = fixed(AllowStopped=True, Tags=[{"Key": "team", "Value": "growth"}])
    cfn.sagemaker.scripts = [RUNS_FOR_EVER, COMPLETES]
    event = cfn.event("Create", before)
    cfn.deliver(event)
    cfn.sagemaker.person_stops(NAME)
    assert cfn.finish(event).ok
    cfn.physical_id, cfn.deployed = NAME, before
    assert cfn.update(fixed("Churn-2026-12", AllowStopped=True), clean_up=False).ok
    cfn.sagemaker.jobs[NAME].tags["team"] = "other"

    cfn.undo(before)

    assert cfn.sagemaker.jobs[NAME].tags["team"] == "growth"


# Deletion.


def test_every_attempt_goes_with_the_record(cfn: CloudFormation) -> None:
    """Those that found no capacity, too, when the stack itself is deleted; the last one last."""
    cfn.sagemaker.no_capacity = {FIRST}
    cfn.create(asked(DeleteRecord=True))
    cfn.status = "DELETE_IN_PROGRESS"

    assert cfn.delete().ok

    assert cfn.sagemaker.jobs == {}
    sent = [one["TrainingJobName"] for one in cfn.sagemaker.sent("DeleteTrainingJob")]
    assert list(dict.fromkeys(sent)) == [attempt(cfn, 1), attempt(cfn, 2)]


def test_a_record_that_somebody_deletes_is_waited_for(cfn: CloudFormation, logs: Logs) -> None:
    cfn.sagemaker.scripts = [RUNS_FOR_EVER]
    cfn.create(properties(mode="start", DeleteRecord=True))
    event = cfn.event("Delete", cfn.deployed, status="DELETE_IN_PROGRESS")
    front.handle(event, cfn.world)
    cfn.clock.sleep(600)
    cfn.sagemaker.delete_seconds = 300
    cfn.sagemaker.delete_training_job(TrainingJobName=cfn.job)
    before = cfn.clock.now()

    response = cfn.finish(event)

    assert response.ok
    assert response.at >= before + 300
    assert told(logs, "record kept") == []


# Answers.


def test_a_metric_keeps_its_case_in_its_attribute() -> None:
    assert metric_attribute("Validation:AUC").startswith("Metric.Validation_AUC_")


@pytest.mark.parametrize(("http", "taken"), [(200, True), (403, False), (500, None), (0, None)])
def test_a_signal_that_does_not_arrive_is_not_a_refusal(
    cfn: CloudFormation, http: int, taken: bool | None
) -> None:
    """What is refused is not tried again, what did not arrive is."""
    assert send_signal(SIGNALLED, Signal("job"), cfn.clock, lambda *_: http) is taken


def test_a_handle_that_takes_nothing_is_told_with_the_job(cfn: CloudFormation, logs: Logs) -> None:
    handle = cfn.waits.handle("Handle")
    cfn.clock.sleep(25 * 3600)
    started(cfn, waiting(handle.url))
    cfn.executions.run()

    assert told(logs, "signal lost") == error(job=cfn.job)


# What is not to be done.


def test_a_watch_of_which_nothing_is_said_is_told(cfn: CloudFormation, logs: Logs) -> None:
    cfn.deliver({"source": "aws.states", "detail": {"status": "TIMED_OUT", "input": None}})

    assert told(logs, "a watch failed, and does not say which") == error(status="TIMED_OUT")


def test_a_front_that_dies_over_properties_it_cannot_read_stops_nothing(cfn: CloudFormation) -> None:
    """Whether the content is the deployed one is not known."""
    cfn.sagemaker.scripts = [RUNS_FOR_EVER]
    cfn.create(properties(mode="start"))
    event = cfn.event("Update", {"Request": "?"}, cfn.deployed)

    cfn.destination(event, {"errorMessage": "killed"})

    assert cfn.sagemaker.running() == [cfn.job]


def test_a_front_that_dies_over_former_properties_it_cannot_read_stops_nothing(cfn: CloudFormation) -> None:
    cfn.sagemaker.scripts = [RUNS_FOR_EVER]
    cfn.create(properties(mode="start"))
    event = cfn.event("Update", cfn.deployed, {"Request": "?"})

    cfn.destination(event, {"errorMessage": "killed"})

    assert cfn.sagemaker.running() == [cfn.job]


def test_a_front_that_dies_of_which_nothing_is_said_is_answered_for(cfn: CloudFormation) -> None:
    event = cfn.event("Create", properties())

    give_up.fail_delivery({"requestPayload": event}, cfn.world)

    response = cfn.recorder.effective(event["ResponseURL"])
    assert response is not None
    assert response.reason == "the function that starts training jobs failed: "


def test_interfaces_are_not_waited_for_where_the_network_stays(cfn: CloudFormation) -> None:
    network = {"SecurityGroupIds": ["sg-0a"], "Subnets": ["subnet-0a"]}
    cfn.create(properties(VpcConfig=network))
    before = len(cfn.executions.all)
    cfn.ec2.linger_seconds = 600

    assert cfn.delete().ok

    assert len(cfn.executions.all) == before


def test_a_result_is_judged_at_once(deployment: Deployment) -> None:
    """Its condition was waited for: no watch is started for a job that has ended."""
    assert deployment.create(template()) == "CREATE_COMPLETE"

    assert deployment.result.executions.all == {}


def test_what_is_stopped_is_told(cfn: CloudFormation, logs: Logs) -> None:
    cfn.sagemaker.scripts = [RUNS_FOR_EVER]
    cfn.create(properties(mode="start"))
    assert cfn.delete().ok

    assert told(logs, "stopping") == info(job=cfn.job)
