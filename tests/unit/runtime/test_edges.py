"""The runtime in an odd world: what cannot be known, what is there for a moment, and what is broken."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError

from constructs_lib.runtime import front, worker
from constructs_lib.runtime.properties import ResultProperties
from constructs_lib.runtime.transitions.watch import Watch

from .conftest import Logs
from .model import (
    COMPLETES,
    RUNS_FOR_EVER,
    CloudFormation,
    Raw,
    client_error,
    denied,
    properties,
    resources,
    throttled,
)

SECOND = "ml.m4.xlarge"
FALLBACK: Raw = {"CapacityFallback": [resources(SECOND)]}
DELIVERY, STACK = "constructs-lib:delivery", "constructs-lib:stack-id"
CUT_OFF = EndpointConnectionError(endpoint_url="https://s3")


# Properties.


@pytest.mark.fault(17)
@pytest.mark.parametrize("mode", ["", "WAIT", "later"])
def test_a_mode_that_there_is_not_is_refused(cfn: CloudFormation, mode: str) -> None:
    response = cfn.create(properties(mode=mode))

    assert not response.ok
    assert f"Completion.Mode is '{mode}'" in response.reason
    assert cfn.creations == 0


JOB = "churn-1f2e3d4cab12cd-a0123456789b"


@pytest.mark.fault(32)
@pytest.mark.parametrize(
    ("waited", "ended"),
    [
        (f'{{"{JOB}-2": "{JOB}-2"}}', f"{JOB}-2"),
        (f'{{"{JOB}-1": "{JOB}-1"}}', f"{JOB}-1"),
        (f'{{"{JOB}-2": "{JOB}-2", "{JOB}-3": "{JOB}-3"}}', f"{JOB}-3"),
        (f'{{"x": "{JOB.replace("a0123", "a9999")}-2"}}', f"{JOB}-1"),
        (f'{{"x": "{JOB.replace("1f2e3d4cab12cd", "99999999ab12cd")}-2"}}', f"{JOB}-1"),
        ('{"x": "somebody-elses"}', f"{JOB}-1"),
        ("{}", f"{JOB}-1"),
        ("[]", f"{JOB}-1"),
        ("no json", f"{JOB}-1"),
        (None, f"{JOB}-1"),
    ],
)
def test_a_result_is_that_of_the_attempt_that_ended_the_wait(waited: str | None, ended: str) -> None:
    raw: Raw = {"TrainingJobName": f"{JOB}-1", "OutputPath": "s3://o", "Waited": waited}

    assert ResultProperties.parse(raw).job == ended


@pytest.mark.fault(32)
def test_a_result_of_a_fixed_name_is_that_jobs() -> None:
    raw = {"TrainingJobName": "by-hand", "OutputPath": "s3://o", "Waited": '{"by-hand": "by-hand"}'}

    assert ResultProperties.parse(raw).job == "by-hand"


# The next attempt's name is taken.


def short_of_machines(cfn: CloudFormation) -> tuple[Raw, Raw]:
    """A Create whose first job found no machines, seen by nobody yet; and its watch's state."""
    cfn.sagemaker.no_capacity = {"ml.m5.large"}
    event = cfn.event("Create", properties(**FALLBACK))
    front.handle(event, cfn.world)
    cfn.clock.sleep(200)
    cfn.sagemaker.no_capacity = set()
    [execution] = cfn.executions.all.values()
    return event, execution.state


def taken(cfn: CloudFormation, **tags: str) -> Callable[[], None]:
    """Somebody takes the next attempt's name, with the first attempt's tags but for these."""
    first = cfn.sagemaker.every[0]
    name = first.name.replace("-1", "-2") if first.name.count("-1") == 1 else f"{first.name[:-1]}2"
    listed = [{"Key": key, "Value": value} for key, value in {**first.tags, **tags}.items()]

    def take() -> None:
        cfn.account.start(name, Tags=listed)

    return take


@pytest.mark.fault(32)
def test_a_name_that_was_taken_for_a_moment_is_passed_over(cfn: CloudFormation) -> None:
    _, state = short_of_machines(cfn)
    cfn.tape.fail("CreateTrainingJob", client_error("ResourceInUse", "", "CreateTrainingJob"))

    after = worker.handle(state, cfn.world)

    assert cfn.sagemaker.created[1:] == [after["job"]]
    assert str(after["job"]).endswith("-3")


@pytest.mark.fault(32)
def test_an_attempt_of_another_request_that_runs_is_not_doubled(cfn: CloudFormation) -> None:
    _, state = short_of_machines(cfn)
    cfn.sagemaker.scripts = [RUNS_FOR_EVER]
    taken(cfn, **{DELIVERY: "another"})()

    after = worker.handle(state, cfn.world)

    assert [after["job"]] == cfn.sagemaker.running()


@pytest.mark.fault(32)
def test_a_running_job_of_somebody_elses_is_passed_over(cfn: CloudFormation) -> None:
    _, state = short_of_machines(cfn)
    cfn.sagemaker.scripts = [RUNS_FOR_EVER]
    taken(cfn, **{DELIVERY: "another", STACK: "another"})()

    after = worker.handle(state, cfn.world)

    assert str(after["job"]).endswith("-3")


@pytest.mark.fault(32)
def test_a_dead_workers_attempt_is_stopped_if_the_stack_has_turned(cfn: CloudFormation) -> None:
    """The worker died after the creation and before its look; its successor looks first at the stack, too."""
    event, state = short_of_machines(cfn)
    cfn.sagemaker.scripts = [RUNS_FOR_EVER]
    take = taken(cfn)

    def turn() -> None:
        take()
        cfn.status = "ROLLBACK_IN_PROGRESS"

    cfn.tape.meanwhile["CreateTrainingJob"] = turn
    assert worker.handle(state, cfn.world)["done"]

    response = cfn.recorder.effective(event["ResponseURL"])
    assert response is not None
    assert not response.ok
    assert "was stopped" in response.reason
    assert cfn.sagemaker.running() == []


# Broken properties, and roll-backs out of reach.


@pytest.mark.fault(6)
@pytest.mark.parametrize("mode", ["wait", "start"])
def test_a_delete_with_broken_properties_still_stops_the_job_of_its_id(
    cfn: CloudFormation, mode: str
) -> None:
    cfn.sagemaker.scripts = [RUNS_FOR_EVER if mode == "start" else COMPLETES]
    cfn.create(properties(mode=mode))
    event = cfn.event("Delete", {"Request": "broken", "DeleteRecord": True})

    assert cfn.settle(event).ok

    assert cfn.sagemaker.live() == []
    assert [*cfn.sagemaker.jobs] == [cfn.job]


@pytest.mark.fault(11)
@pytest.mark.parametrize("error", [denied, throttled])
def test_a_roll_back_that_cannot_look_for_the_failed_job_says_so(
    cfn: CloudFormation, error: Callable[[str], ClientError]
) -> None:
    """Something may run on: only a throttled look is tried again."""
    cfn.create(properties())
    old, other = cfn.deployed, properties(HyperParameters={"epochs": "9"})
    cfn.sagemaker.scripts = [RUNS_FOR_EVER]
    cfn.deliver(cfn.event("Update", other, old))
    back = cfn.event("Update", old, other, status="UPDATE_ROLLBACK_IN_PROGRESS")
    cfn.tape.fail("StopTrainingJob", error("StopTrainingJob"), times=2)

    response = cfn.settle(back)

    assert response.ok == (error is throttled)
    assert response.physical_id == cfn.physical_id
    if error is throttled:
        assert cfn.sagemaker.live() == []


# A signal that was given.


@pytest.mark.fault(49)
def test_a_failure_that_was_signalled_is_not_followed_by_a_success(cfn: CloudFormation) -> None:
    """The job completed after all, between two signals; one UniqueId cannot say both."""
    cfn.account.start("job-1")
    cfn.clock.sleep(400)
    sealed = {"stack": cfn.stack_id, "request": "r", "logical": "l", "url": ""}
    watch = Watch("train", "job-1", "job-1", 0.0, sealed, reply="signal", told=False, signals=1)

    assert worker.handle(watch.dump(), cfn.world) == {"done": True, "job": "job-1", "status": "SUCCESS"}
    assert cfn.waits.sent == []


def test_errors_of_the_network_are_botocores() -> None:
    assert isinstance(CUT_OFF, BotoCoreError)


# What is refused, throttled, or gone between two calls.


@pytest.mark.fault(11)
def test_a_roll_back_of_a_fixed_name_that_cannot_be_looked_at_goes_on(
    cfn: CloudFormation, logs: Logs
) -> None:
    """Policies are rolled back before jobs: the failed Update's job may be out of reach by then."""
    first, second = properties(), properties(HyperParameters={"epochs": "9"})
    first["JobName"]["Fixed"], second["JobName"]["Fixed"] = "one", "two"
    cfn.create(first)
    cfn.update(second, clean_up=False)
    back = cfn.event("Update", first, second, physical_id="one", status="UPDATE_ROLLBACK_IN_PROGRESS")
    cfn.tape.fail("ListTags", denied("ListTags"))

    response = cfn.settle(back)

    assert response.ok
    assert response.physical_id == "one"
    message = "not allowed to look, taken for never started"
    assert [line["job"] for line in logs() if line["message"] == message] == ["two"]


@pytest.mark.fault(44)
def test_a_throttled_pool_is_given_up_by_the_next_delivery(cfn: CloudFormation) -> None:
    cfn.create(properties(ResourceConfig=resources("ml.m5.large", KeepAlivePeriodInSeconds=3600)))
    cfn.tape.fail("UpdateTrainingJob", throttled("UpdateTrainingJob"), times=2)

    assert cfn.delete().ok

    assert cfn.tape.count("UpdateTrainingJob") >= 3
    cfn.clock.sleep(60)
    assert cfn.account.describe(cfn.job)["WarmPoolStatus"] == {"Status": "Terminated"}


@pytest.mark.fault(44)
def test_a_record_that_somebody_deletes_first_is_no_failure(cfn: CloudFormation) -> None:
    cfn.create(properties(DeleteRecord=True))
    cfn.tape.meanwhile["DeleteTrainingJob"] = lambda: cfn.sagemaker.person_deletes(cfn.job)

    assert cfn.delete().ok
    assert cfn.sagemaker.jobs == {}


@pytest.mark.fault(32)
def test_a_fixed_name_has_no_later_attempt_to_stop(cfn: CloudFormation) -> None:
    cfn.sagemaker.scripts = [RUNS_FOR_EVER]
    asked = properties(**FALLBACK)
    asked["JobName"]["Fixed"] = "by-hand"
    event = cfn.event("Create", asked)
    front.handle(event, cfn.world)

    cfn.executions.abort(next(iter(cfn.executions.all)))

    response = cfn.recorder.effective(event["ResponseURL"])
    assert response is not None
    assert "the job was told to stop" in response.reason
    assert cfn.sagemaker.running() == []


@pytest.mark.fault(10)
@pytest.mark.parametrize("error", [denied("StopTrainingJob"), CUT_OFF])
def test_a_failed_create_whose_job_cannot_be_stopped_is_found_by_its_delete(
    cfn: CloudFormation, error: Exception
) -> None:
    cfn.sagemaker.scripts = [RUNS_FOR_EVER]
    cfn.tape.fail("StartExecution", client_error("StateMachineDeleting", "", "StartExecution"))
    cfn.tape.fail("StopTrainingJob", error)

    response = cfn.create(properties())

    assert not response.ok
    assert "and its job could not be stopped" in response.reason
    assert response.physical_id == f"{cfn.logical_id}-not-stopped"
    assert cfn.sagemaker.running() == [cfn.job]
    assert cfn.delete().ok
    assert cfn.sagemaker.live() == []


@pytest.mark.fault(45)
@pytest.mark.parametrize("operation", ["DescribeStacks", "Encrypt"])
@pytest.mark.parametrize("runs", [True, False])
def test_a_delete_that_cannot_do_the_rest_fails_only_where_something_runs(
    cfn: CloudFormation, operation: str, runs: bool
) -> None:
    cfn.sagemaker.scripts = [RUNS_FOR_EVER if runs else COMPLETES]
    cfn.sagemaker.stop_seconds = 600
    network = {"SecurityGroupIds": ["sg-0a"], "Subnets": ["subnet-0a"]}
    members: Raw = {"AwaitInterfaces": True, "VpcConfig": network}
    cfn.create(properties(mode="start" if runs else "wait", **members))
    cfn.tape.fail(operation, denied(operation), times=999)

    response = cfn.delete()

    assert response.ok != runs
    assert response.physical_id == cfn.job
    assert cfn.sagemaker.running() == []
