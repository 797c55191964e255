"""No next attempt where nobody waits, something refuses it, or time is over; and what stops later ones."""

from __future__ import annotations

import pytest

from constructs_lib.runtime import front, worker
from constructs_lib.runtime.names import MAX_ATTEMPTS

from .fallbacks import FALLBACK, FIRST, QUOTA, SECOND, THIRD, asked, attempt, started, types
from .model import (
    COMPLETES,
    FINDS_NO_CAPACITY,
    NO_CAPACITY,
    RUNS_FOR_EVER,
    CloudFormation,
    Deployment,
    Raw,
    check,
    denied,
    properties,
    resources,
    template,
)

# The stack turns.


@pytest.mark.fault(32)
@pytest.mark.parametrize("status", ["ROLLBACK_IN_PROGRESS", "DELETE_IN_PROGRESS", "CREATE_FAILED"])
def test_a_stack_that_was_turned_back_gets_no_further_attempt(cfn: CloudFormation, status: str) -> None:
    cfn.sagemaker.no_capacity = {FIRST}
    event = started(cfn, asked())
    cfn.status = status

    response = cfn.finish(event)

    assert not response.ok
    assert NO_CAPACITY in response.reason
    assert f"no further attempt: the stack is {status}" in response.reason
    assert cfn.creations == 1


@pytest.mark.fault(32)
def test_an_attempt_that_is_started_while_the_stack_turns_is_stopped(cfn: CloudFormation) -> None:
    cfn.sagemaker.scripts = [FINDS_NO_CAPACITY, RUNS_FOR_EVER]
    event = started(cfn, asked())
    cfn.tape.meanwhile["CreateTrainingJob"] = lambda: setattr(cfn, "status", "ROLLBACK_IN_PROGRESS")

    response = cfn.finish(event)

    assert not response.ok
    assert "the stack became ROLLBACK_IN_PROGRESS while training job" in response.reason
    assert cfn.creations == 2
    assert cfn.sagemaker.live() in ([], [attempt(cfn, 2)])
    assert cfn.sagemaker.running() == []


# What refuses the next type.


@pytest.mark.fault(32)
def test_a_quota_of_the_next_type_is_told_in_words(cfn: CloudFormation) -> None:
    cfn.sagemaker.no_capacity = {FIRST}
    event = started(cfn, asked())
    cfn.tape.fail("CreateTrainingJob", QUOTA)

    response = cfn.finish(event)

    assert not response.ok
    assert NO_CAPACITY in response.reason
    assert "no further attempt: " in response.reason
    assert "account-level service limit" in response.reason
    assert cfn.executions.all.popitem()[1].failures == 0


@pytest.mark.fault(32)
def test_a_denial_is_waited_for_and_then_told_in_words(cfn: CloudFormation) -> None:
    cfn.sagemaker.no_capacity = {FIRST}
    event = started(cfn, asked())
    cfn.tape.fail("CreateTrainingJob", denied("CreateTrainingJob", "iam:PassRole"), times=999)

    response = cfn.finish(event)

    assert not response.ok
    assert "no further attempt: " in response.reason
    assert "iam:PassRole" in response.reason
    assert cfn.tape.count("CreateTrainingJob") > 3
    check(cfn)


@pytest.mark.fault(32)
def test_a_configuration_that_botocore_refuses_is_told_in_words(cfn: CloudFormation) -> None:
    cfn.sagemaker.no_capacity = {FIRST}

    response = cfn.create(properties(CapacityFallback=[resources(SECOND, InstanceCount="several")]))

    assert not response.ok
    assert "no further attempt: " in response.reason
    assert "InstanceCount" in response.reason


@pytest.mark.fault(32)
def test_an_entry_without_a_type_is_refused_before_anything_is_started(cfn: CloudFormation) -> None:
    response = cfn.create(properties(CapacityFallback=[{"InstanceCount": 1}]))

    assert not response.ok
    assert "a capacity fallback has no InstanceType" in response.reason
    assert cfn.creations == 0


@pytest.mark.fault(32)
def test_attempts_are_not_without_end(cfn: CloudFormation) -> None:
    cfn.sagemaker.no_capacity = {FIRST, SECOND, THIRD}
    for _ in range(6):
        cfn.settle(cfn.event("Create", asked(), status="CREATE_IN_PROGRESS"))
    assert cfn.creations == 18

    cfn.settle(cfn.event("Create", properties(), status="CREATE_IN_PROGRESS"))
    response = cfn.settle(cfn.event("Create", asked(), status="CREATE_IN_PROGRESS"))

    assert not response.ok
    assert cfn.creations == MAX_ATTEMPTS
    assert f"no further attempt: {MAX_ATTEMPTS} attempts of this content have failed" in response.reason


# Broken executions.


def second_runs(cfn: CloudFormation, members: Raw) -> str:
    """The second attempt runs; the name of the execution that watches it."""
    cfn.sagemaker.scripts = [FINDS_NO_CAPACITY, RUNS_FOR_EVER]
    started(cfn, members)
    while cfn.creations < 2:
        cfn.executions.step()
    assert cfn.sagemaker.running() == [attempt(cfn, 2)]
    return next(iter(cfn.executions.all))


@pytest.mark.fault(32)
@pytest.mark.parametrize("status", ["ABORTED", "TIMED_OUT", "FAILED"])
def test_a_broken_execution_stops_the_later_attempt(cfn: CloudFormation, status: str) -> None:
    name = second_runs(cfn, asked())

    cfn.executions.end(name, status)

    assert cfn.sagemaker.running() == []
    [response] = cfn.recorder.responses
    assert not response.ok
    check(cfn)


@pytest.mark.fault(32)
def test_a_broken_execution_stops_no_later_attempt_of_somebody_else(cfn: CloudFormation) -> None:
    name = second_runs(cfn, asked())
    cfn.sagemaker.jobs[attempt(cfn, 2)].tags["constructs-lib:delivery"] = "another"

    cfn.executions.abort(name)

    assert cfn.sagemaker.running() == [attempt(cfn, 2)]


@pytest.mark.fault(32)
def test_a_broken_execution_looks_no_further_than_the_list_is_long(cfn: CloudFormation) -> None:
    cfn.sagemaker.scripts = [RUNS_FOR_EVER]
    started(cfn, asked())
    cfn.tape.calls.clear()

    cfn.executions.abort(next(iter(cfn.executions.all)))

    assert cfn.tape.count("DescribeTrainingJob") == 1 + 2
    assert cfn.sagemaker.running() == []


# Asked anew, and out of time.


@pytest.mark.fault(32)
def test_asked_anew_the_first_type_comes_first(cfn: CloudFormation) -> None:
    cfn.sagemaker.no_capacity = {FIRST, SECOND, THIRD}
    assert not cfn.create(asked()).ok
    cfn.delete()
    cfn.sagemaker.no_capacity = {FIRST}

    response = cfn.settle(cfn.event("Create", asked(), status="CREATE_IN_PROGRESS"))

    assert response.ok
    assert types(cfn)[3:] == [FIRST, SECOND]
    assert response.physical_id == attempt(cfn, 5)
    check(cfn)


@pytest.mark.fault(32)
def test_an_adopted_later_attempt_goes_on_with_what_is_left(cfn: CloudFormation) -> None:
    """The watch broke, not the job: who adopts the second attempt does not try its type again."""
    cfn.sagemaker.scripts = [FINDS_NO_CAPACITY, RUNS_FOR_EVER]
    started(cfn, asked())
    while cfn.creations < 2:
        cfn.executions.step()
    event = cfn.event("Update", asked(), properties(HyperParameters={"epochs": "9"}), physical_id="x")

    front.handle(event, cfn.world)

    newest = [*cfn.executions.all.values()][-1]
    assert newest.state["job"] == attempt(cfn, 2)
    assert newest.state["fallback"]["left"] == [THIRD]
    cfn.sagemaker.jobs[attempt(cfn, 2)].script = FINDS_NO_CAPACITY
    cfn.sagemaker.scripts = [COMPLETES]
    assert cfn.finish(event).ok
    assert types(cfn) == [FIRST, SECOND, THIRD]


@pytest.mark.fault(32)
@pytest.mark.parametrize(("late", "attempts"), [(0, 1), (-0.5, 2)])
def test_after_the_deadline_there_is_no_further_attempt(
    cfn: CloudFormation, late: float, attempts: int
) -> None:
    cfn.sagemaker.no_capacity = {FIRST}
    event = started(cfn, asked(timeout=600))
    [execution] = cfn.executions.all.values()
    cfn.clock.reach(execution.state["deadline"] + late)

    state = worker.handle(execution.state, cfn.world)

    assert cfn.creations == attempts
    answer = cfn.recorder.effective(event["ResponseURL"])
    assert state["done"] == (answer is not None) == (attempts == 1)
    if answer is not None:
        assert not answer.ok
        assert NO_CAPACITY in answer.reason


@pytest.mark.fault(32)
def test_an_update_that_fails_on_every_type_keeps_its_old_id(cfn: CloudFormation) -> None:
    cfn.create(asked())
    old = cfn.physical_id
    cfn.sagemaker.no_capacity = {FIRST, SECOND, THIRD}

    response = cfn.update(asked(HyperParameters={"epochs": "9"}))

    assert not response.ok
    assert response.physical_id == old
    assert cfn.creations == 4
    assert cfn.roll_back().ok
    assert cfn.creations == 4
    check(cfn)


# With a wait condition.


@pytest.mark.fault(32)
def test_a_wait_condition_waits_for_the_later_attempt(deployment: Deployment) -> None:
    cfn = deployment.start
    cfn.sagemaker.no_capacity = {FIRST}

    status = deployment.create(template(CapacityFallback=FALLBACK))

    assert (status, deployment.reason) == ("CREATE_COMPLETE", "")
    assert types(cfn) == [FIRST, SECOND]
    [judged] = [
        r for r in cfn.recorder.responses if r.body["LogicalResourceId"] == deployment.result.logical_id
    ]
    assert judged.data["TrainingJobName"] == attempt(cfn, 2)
    assert judged.data["TrainingJobStatus"] == "Completed"
    check(cfn, deployment.result)


@pytest.mark.fault(32)
def test_a_wait_condition_fails_when_no_type_is_to_be_had(deployment: Deployment) -> None:
    deployment.start.sagemaker.no_capacity = {FIRST, SECOND, THIRD}

    status = deployment.create(template(CapacityFallback=FALLBACK))

    assert status == "ROLLBACK_COMPLETE"
    assert deployment.waited == "FAILED"
    assert NO_CAPACITY in deployment.reason
    assert types(deployment.start) == [FIRST, SECOND, THIRD]


@pytest.mark.fault(32)
def test_deleted_while_the_later_attempt_runs_it_is_stopped(deployment: Deployment) -> None:
    """The resource's id is the first attempt's, which ended long ago."""
    cfn = deployment.start
    cfn.sagemaker.scripts = [FINDS_NO_CAPACITY, RUNS_FOR_EVER]

    status = deployment.create(template(CapacityFallback=FALLBACK), sibling_fails_after=600)

    assert status == "ROLLBACK_COMPLETE"
    assert cfn.creations == 2
    assert cfn.sagemaker.live() == []
    check(cfn, deployment.result)
