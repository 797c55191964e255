"""Minutes in which CloudFormation, Lambda, a key or the network cannot be reached cost no training."""

from __future__ import annotations

import pytest
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError

from constructs_lib.runtime import front, worker
from constructs_lib.runtime.errors import Unreachable

from .conftest import Logs
from .model import (
    COMPLETES,
    RUNS_FOR_EVER,
    CloudFormation,
    Deployment,
    check,
    client_error,
    denied,
    properties,
    template,
)
from .waiting import started, waiting


@pytest.mark.fault(23)
def test_an_answer_that_does_not_arrive_is_given_again(cfn: CloudFormation) -> None:
    cfn.recorder.unreachable = 5

    assert cfn.create(properties()).ok
    assert cfn.creations == 1
    check(cfn)


@pytest.mark.fault(23)
def test_an_answer_is_not_given_for_ever(cfn: CloudFormation, logs: Logs) -> None:
    event = cfn.event("Create", properties())
    cfn.deliver(event)
    cfn.recorder.unreachable = 9999

    cfn.executions.run()

    assert {one.status for one in cfn.executions.all.values()} == {"SUCCEEDED"}
    assert sum(line.get("AnswersLost", 0) for line in logs()) == 1


@pytest.mark.fault(23)
@pytest.mark.parametrize("kind", ["Create", "Delete"])
def test_an_answer_after_the_deadline_is_given_again_while_cloudformation_listens(
    cfn: CloudFormation, kind: str
) -> None:
    """Its wait was over long ago, as nothing could be looked at: the time of the answer is not."""
    cfn.sagemaker.scripts = [RUNS_FOR_EVER]
    if kind == "Delete":
        cfn.create(properties(mode="start"))
        event = cfn.event("Delete", cfn.deployed)
    else:
        event = cfn.event("Create", properties(timeout=600))
    front.handle(event, cfn.world)
    [execution] = cfn.executions.running()
    cfn.clock.sleep(3300)
    cfn.recorder.unreachable = 2
    if kind == "Create":
        cfn.sagemaker.person_stops(cfn.job)
        cfn.clock.sleep(60)
    execution.due = cfn.clock.now()

    cfn.executions.run()

    response = cfn.recorder.effective(event["ResponseURL"])
    assert response is not None
    assert cfn.in_time(response)


@pytest.mark.fault(23)
def test_an_answer_of_the_fronts_is_left_to_redelivery(cfn: CloudFormation) -> None:
    cfn.recorder.unreachable = 1
    event = cfn.event("Create", properties(mode="start"))

    with pytest.raises(Unreachable):
        front.handle(event, cfn.world)
    front.handle(event, cfn.world)

    assert len(cfn.recorder.responses) == 1
    assert cfn.creations == 1


@pytest.mark.fault(23)
@pytest.mark.parametrize("silent", [1, 3, 5])
def test_an_answer_for_a_broken_watch_that_does_not_arrive_is_given_again(
    cfn: CloudFormation, silent: int
) -> None:
    """Three tries of the front's, and three of the worker's after it."""
    cfn.sagemaker.scripts = [RUNS_FOR_EVER]
    event = cfn.event("Create", properties())
    front.handle(event, cfn.world)
    [execution] = cfn.executions.all
    cfn.recorder.unreachable = silent

    cfn.executions.end(execution, "FAILED")

    [answer] = cfn.recorder.given(event["ResponseURL"])
    assert not answer.ok
    assert "the watch over training job" in answer.reason
    assert cfn.sagemaker.running() == []


@pytest.mark.fault(49)
def test_a_signal_for_a_broken_watch_that_does_not_arrive_is_sent_again(cfn: CloudFormation) -> None:
    cfn.sagemaker.scripts = [RUNS_FOR_EVER]
    handle = cfn.waits.handle("Handle", cfn.stack_id)
    started(cfn, waiting(handle.url))
    condition = cfn.waits.condition("Condition", handle, 7200)
    [execution] = cfn.executions.all
    cfn.waits.unreachable = 2

    cfn.executions.end(execution, "TIMED_OUT")

    assert condition.status(cfn.clock.now()) == "FAILED"
    assert "TIMED_OUT" in condition.reason


@pytest.mark.fault(23)
@pytest.mark.parametrize("kind", ["Create", "Update", "Delete"])
@pytest.mark.parametrize("silent", [1, 3, 5])
def test_a_failure_that_does_not_arrive_is_told_again(cfn: CloudFormation, kind: str, silent: int) -> None:
    cfn.sagemaker.scripts = [RUNS_FOR_EVER]
    cfn.create(properties(mode="start"))
    refusal = denied("StopTrainingJob" if kind == "Delete" else "CreateTrainingJob", "explicit deny")
    cfn.tape.fail("StopTrainingJob" if kind == "Delete" else "CreateTrainingJob", refusal, times=99)
    changed = properties(Environment={"A": "2"})
    event = cfn.event(kind, changed if kind != "Delete" else cfn.deployed)
    cfn.recorder.unreachable = silent

    cfn.deliver(event)

    [answer] = cfn.recorder.given(event["ResponseURL"])
    assert not answer.ok
    assert cfn.creations == 1


@pytest.mark.fault(23)
def test_a_failure_is_not_told_for_ever(cfn: CloudFormation) -> None:
    cfn.sagemaker.scripts = [RUNS_FOR_EVER]
    event = cfn.event("Create", properties())
    front.handle(event, cfn.world)
    [execution] = cfn.executions.all
    began = cfn.clock.now()
    cfn.recorder.unreachable = 9999

    cfn.executions.end(execution, "ABORTED")

    assert cfn.recorder.unreachable == 9999 - 6
    assert cfn.clock.now() - began < 600
    assert cfn.sagemaker.running() == []


@pytest.mark.fault(49)
def test_a_signal_that_does_not_arrive_is_sent_again(deployment: Deployment, logs: Logs) -> None:
    deployment.start.waits.unreachable = 4

    assert deployment.create(template()) == "CREATE_COMPLETE"
    assert not [line for line in logs() if "AnswersLost" in line]


@pytest.mark.fault(30)
@pytest.mark.parametrize(
    "error",
    [
        EndpointConnectionError(endpoint_url="https://api.sagemaker.eu-west-1.amazonaws.com"),
        ReadTimeoutError(endpoint_url="https://api.sagemaker.eu-west-1.amazonaws.com"),
    ],
)
def test_a_network_that_is_down_for_a_while_stops_no_job(cfn: CloudFormation, error: Exception) -> None:
    event = cfn.event("Create", properties())
    cfn.deliver(event)
    cfn.tape.fail("DescribeTrainingJob", error, times=15)

    assert cfn.finish(event).ok
    assert cfn.tape.count("StopTrainingJob") == 0


@pytest.mark.fault(20)
def test_a_key_that_cannot_be_used_any_more_keeps_no_job_running(cfn: CloudFormation) -> None:
    cfn.sagemaker.scripts = [RUNS_FOR_EVER]
    cfn.deliver(cfn.event("Create", properties()))
    cfn.tape.fail("Decrypt", denied("Decrypt"), times=999)
    [execution] = cfn.executions.all

    cfn.executions.abort(execution)

    assert cfn.sagemaker.running() == []


@pytest.mark.fault(26)
@pytest.mark.parametrize("operation", ["Encrypt", "StartExecution"])
def test_a_policy_that_reaches_a_service_later_is_waited_for(cfn: CloudFormation, operation: str) -> None:
    cfn.tape.fail(operation, denied(operation), times=5)

    assert cfn.create(properties()).ok
    assert cfn.creations == 1


@pytest.mark.fault(8)
@pytest.mark.parametrize(("minutes", "trains"), [(50, 1), (58, 0)])
def test_no_job_is_started_that_nobody_can_wait_for(cfn: CloudFormation, minutes: int, trains: int) -> None:
    event = cfn.event("Create", properties())

    cfn.deliver(event, after=60 * minutes)

    assert cfn.creations == trains
    response = cfn.recorder.effective(event["ResponseURL"])
    assert trains or (response is not None and "seconds late" in response.reason)


@pytest.mark.fault(44)
def test_a_delete_with_another_contents_properties_takes_its_own_record_alone(cfn: CloudFormation) -> None:
    cfn.create(properties(DeleteRecord=True))
    old, asked = cfn.job, properties(DeleteRecord=True, Environment={"V": "2"})
    cfn.settle(cfn.event("Create", asked))

    event = cfn.event("Delete", asked, physical_id=old, status="DELETE_IN_PROGRESS")
    assert cfn.settle(event).ok

    assert [*cfn.sagemaker.jobs] == [cfn.job]


@pytest.mark.fault(42)
def test_a_large_model_may_take_long_to_upload(cfn: CloudFormation) -> None:
    cfn.sagemaker.scripts = [RUNS_FOR_EVER]
    cfn.sagemaker.stop_seconds = 2400
    cfn.create(properties(mode="start"))

    assert cfn.delete().ok


@pytest.mark.fault(17)
def test_a_report_without_its_watch_is_told_of(cfn: CloudFormation, logs: Logs) -> None:
    detail = {"name": "n", "status": "FAILED", "input": None, "inputDetails": {"included": False}}

    front.handle({"source": "aws.states", "detail": detail}, cfn.world)

    assert sum(line.get("AnswersLost", 0) for line in logs()) == 1


@pytest.mark.fault(2)
def test_tags_that_are_not_seen_at_once_are_looked_for_again(cfn: CloudFormation) -> None:
    cfn.sagemaker.scripts = [COMPLETES]
    cfn.create(properties(mode="start"))
    job = cfn.sagemaker.jobs[cfn.job]
    kept, job.tags = dict(job.tags), {}
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        job.tags.update(kept)
        cfn.clock.time += seconds

    cfn.clock.sleep = sleep  # type: ignore[method-assign]
    assert cfn.world.jobs.tags(cfn.account.describe(cfn.job)) == kept
    assert slept == [1.0]


@pytest.mark.fault(54)
def test_a_stack_that_cannot_be_asked_for_is_taken_to_wait(deployment: Deployment, logs: Logs) -> None:
    cfn = deployment.start
    asked = properties(mode="wait_condition")
    handle = {**asked["Completion"], "Handle": "https://gone.example/handle"}
    cfn.deliver(cfn.event("Create", {**asked, "Completion": handle}))
    [execution] = cfn.executions.all.values()
    cfn.clock.sleep(400)
    cfn.tape.fail("DescribeStacks", client_error("AccessDenied", "no", "DescribeStacks"), times=9)

    assert worker.handle(execution.state, cfn.world)["done"]

    assert sum(line.get("AnswersLost", 0) for line in logs()) == 1


@pytest.mark.fault(5)
def test_a_job_without_tags_is_nobodys(cfn: CloudFormation) -> None:
    cfn.create(properties(mode="start"))
    cfn.sagemaker.jobs[cfn.job].tags = {}

    response = cfn.settle(cfn.event("Create", properties(mode="start")))

    assert not response.ok
    assert "was not started by this resource" in response.reason
    assert cfn.tape.count("StopTrainingJob") == 0
