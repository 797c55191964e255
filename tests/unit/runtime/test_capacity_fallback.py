"""No machines of one type: the next attempt, under a new name, on the next type that was asked for."""

from __future__ import annotations

import json
import random
import string
from collections.abc import Iterator
from typing import Any

import pytest

from constructs_lib.runtime import front, worker
from constructs_lib.runtime.names import MAX_ATTEMPTS

from .conftest import Logs
from .model import (
    COMPLETES,
    FINDS_NO_CAPACITY,
    NO_CAPACITY,
    RUNS_FOR_EVER,
    CloudFormation,
    Deployment,
    Died,
    Raw,
    check,
    client_error,
    denied,
    fails,
    properties,
    resources,
    template,
    throttled,
    with_metrics,
)

FIRST, SECOND, THIRD = "ml.m5.large", "ml.m4.xlarge", "ml.g5.xlarge"
# The third brings its own disk, and the second needs a bigger one: each entry says all there is to say.
FALLBACK = [
    resources(SECOND, VolumeSizeInGB=50, VolumeKmsKeyId="alias/two"),
    {"InstanceType": THIRD, "InstanceCount": 1},
]
QUOTA = client_error("ResourceLimitExceeded", "The account-level service limit is 0 Instances", "Create")


def asked(**members: Any) -> Raw:
    return properties(CapacityFallback=FALLBACK, **members)


def types(cfn: CloudFormation) -> list[str]:
    """The instance types of the jobs that were started, in order."""
    return [job.request["ResourceConfig"]["InstanceType"] for job in cfn.sagemaker.every]


def started(cfn: CloudFormation, members: Raw) -> Raw:
    """A Create whose first job was started, and has not been looked at since."""
    event = cfn.event("Create", members)
    front.handle(event, cfn.world)
    return event


def attempt(cfn: CloudFormation, number: int) -> str:
    return f"{cfn.sagemaker.created[0].rpartition('-')[0]}-{number}"


@pytest.mark.fault(32)
def test_the_next_attempt_runs_on_the_next_type(cfn: CloudFormation, logs: Logs) -> None:
    cfn.sagemaker.no_capacity = {FIRST}

    response = cfn.create(asked(StoppingCondition={"MaxRuntimeInSeconds": 600}))

    assert response.ok
    assert cfn.sagemaker.created == [attempt(cfn, 1), attempt(cfn, 2)]
    assert response.physical_id == response.data["TrainingJobName"] == attempt(cfn, 2)
    assert response.data["TrainingJobArn"].endswith(attempt(cfn, 2))
    first, second = cfn.sagemaker.sent("CreateTrainingJob")
    assert second["ResourceConfig"] == FALLBACK[0]
    apart = ("TrainingJobName", "ResourceConfig")
    assert {k: v for k, v in first.items() if k not in apart} == {
        k: v for k, v in second.items() if k not in apart
    }
    messages = [line["message"] for line in logs()]
    assert messages.count("created") == 2
    assert messages.count("no capacity, next type") == 1
    check(cfn)


@pytest.mark.fault(32)
def test_the_types_are_tried_in_the_order_given(cfn: CloudFormation) -> None:
    cfn.sagemaker.no_capacity = {FIRST, SECOND}

    response = cfn.create(asked())

    assert response.ok
    assert types(cfn) == [FIRST, SECOND, THIRD]
    assert cfn.sagemaker.sent("CreateTrainingJob")[-1]["ResourceConfig"] == FALLBACK[1]
    assert response.physical_id == attempt(cfn, 3)
    check(cfn)


@pytest.mark.fault(32)
def test_a_list_that_is_used_up_fails_with_the_reason(cfn: CloudFormation) -> None:
    cfn.sagemaker.no_capacity = {FIRST, SECOND, THIRD}

    response = cfn.create(asked())

    assert not response.ok
    assert NO_CAPACITY in response.reason
    assert f"training job '{attempt(cfn, 3)}' failed" in response.reason
    assert response.physical_id == attempt(cfn, 3)
    assert types(cfn) == [FIRST, SECOND, THIRD]
    check(cfn)


@pytest.mark.fault(32)
def test_without_a_list_there_is_no_next_attempt(cfn: CloudFormation) -> None:
    cfn.sagemaker.no_capacity = {FIRST}

    response = cfn.create(properties())

    assert not response.ok
    assert NO_CAPACITY in response.reason
    assert cfn.creations == 1


@pytest.mark.fault(32)
@pytest.mark.parametrize("reason", ["AlgorithmError: out of CapacityError", "ClientError: x", "", None])
def test_another_failure_is_no_matter_of_types(cfn: CloudFormation, reason: str | None) -> None:
    script = fails("x")
    script[-1][1]["FailureReason"] = reason
    if reason is None:
        del script[-1][1]["FailureReason"]
    cfn.sagemaker.scripts = [script]

    assert not cfn.create(asked()).ok
    assert cfn.creations == 1


@pytest.mark.fault(32)
def test_the_later_attempt_is_judged_like_the_first(cfn: CloudFormation) -> None:
    cfn.sagemaker.scripts = [FINDS_NO_CAPACITY, with_metrics(("auc", 0.5))]

    response = cfn.create(asked(QualityGates=[{"Metric": "auc", "AtLeast": 0.9}], FinalMetrics=["auc"]))

    assert not response.ok
    assert "below the gate's 0.9" in response.reason
    assert response.physical_id == attempt(cfn, 2)


def words(value: object) -> Iterator[str]:
    """Every text in a document that is long enough to be found by accident nowhere else."""
    if isinstance(value, dict):
        yield from (key for key in value if len(key) > 5)
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from words(item)
    elif isinstance(value, str) and len(value) > 5:
        yield value


@pytest.mark.fault(32)
def test_nothing_of_the_request_is_readable_in_the_executions_data(cfn: CloudFormation) -> None:
    cfn.sagemaker.no_capacity = {FIRST, SECOND}
    started(cfn, asked())
    cfn.executions.run()

    request = {k: v for k, v in cfn.sagemaker.sent("CreateTrainingJob")[0].items() if k != "TrainingJobName"}
    # The ids of the stack and of the resource are the answer's, too.
    known = {cfn.stack_id, cfn.logical_id, "delivery"}
    secret = set(words(request)) - known
    assert len(secret) > 20
    [execution] = cfn.executions.all.values()
    for text in (execution.input, *execution.states):
        assert [word for word in secret if word in text] == []
    fallback = json.loads(execution.input)["fallback"]
    assert fallback["left"] == [SECOND, THIRD]
    assert fallback["sealed"]


@pytest.mark.fault(32)
def test_a_huge_request_is_sealed_in_pieces(cfn: CloudFormation) -> None:
    cfn.sagemaker.no_capacity = {FIRST}
    dice = random.Random(1)
    huge = {f"p{n}": "".join(dice.choices(string.ascii_letters, k=2000)) for n in range(10)}

    response = cfn.create(asked(HyperParameters=huge))

    assert response.ok
    assert cfn.sagemaker.sent("CreateTrainingJob")[1]["HyperParameters"] == huge
    [execution] = cfn.executions.all.values()
    assert len(execution.state["fallback"]["sealed"]) > 1


# Whatever dies or comes twice: one next attempt.


@pytest.mark.fault(32)
def test_an_event_delivered_three_times_is_one_next_attempt(cfn: CloudFormation) -> None:
    cfn.sagemaker.no_capacity = {FIRST}
    event = cfn.event("Create", asked())

    cfn.deliver(event, times=3)
    assert cfn.finish(event).ok
    cfn.deliver(event)
    cfn.executions.run()

    assert types(cfn) == [FIRST, SECOND]
    check(cfn)


@pytest.mark.fault(32)
@pytest.mark.parametrize("operation", ["CreateTrainingJob", "DescribeStacks", "Decrypt"])
@pytest.mark.parametrize("after", [True, False])
def test_a_worker_that_dies_makes_no_second_job(cfn: CloudFormation, operation: str, after: bool) -> None:
    cfn.sagemaker.no_capacity = {FIRST}
    event = started(cfn, asked())
    cfn.tape.fail(operation, Died(), after=after)

    response = cfn.finish(event)

    assert response.ok
    assert response.physical_id == attempt(cfn, 2)
    assert types(cfn) == [FIRST, SECOND]
    check(cfn)


@pytest.mark.fault(32)
def test_a_throttled_creation_is_tried_again(cfn: CloudFormation) -> None:
    cfn.sagemaker.no_capacity = {FIRST}
    event = started(cfn, asked())
    cfn.tape.fail("CreateTrainingJob", throttled("CreateTrainingJob"), times=2)

    assert cfn.finish(event).ok
    assert types(cfn)[-1] == SECOND
    check(cfn)


@pytest.mark.fault(32)
def test_names_of_older_attempts_are_passed_over(cfn: CloudFormation) -> None:
    """Attempts 2 and 3 ended long ago, in a deployment before; the first one's record is gone."""
    cfn.sagemaker.no_capacity = {FIRST, SECOND, THIRD}
    cfn.create(asked())
    cfn.sagemaker.person_deletes(attempt(cfn, 1))
    older = cfn.sagemaker.created[1:]
    event = cfn.event("Create", asked(), status="CREATE_IN_PROGRESS")
    cfn.sagemaker.no_capacity = {FIRST}

    response = cfn.settle(event)

    assert response.ok
    assert response.physical_id not in older
    assert response.physical_id == attempt(cfn, 5)
    check(cfn)


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
    cfn.sagemaker.jobs[attempt(cfn, 2)].tags["constructs-lib:stack-id"] = "another"

    cfn.executions.abort(name)

    assert cfn.sagemaker.running() == [attempt(cfn, 2)]


@pytest.mark.fault(32)
def test_a_broken_execution_looks_no_further_than_the_list_is_long(cfn: CloudFormation) -> None:
    cfn.sagemaker.scripts = [RUNS_FOR_EVER]
    started(cfn, asked())
    cfn.tape.calls.clear()

    cfn.executions.abort(next(iter(cfn.executions.all)))

    assert cfn.tape.count("DescribeTrainingJob") == 2
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
