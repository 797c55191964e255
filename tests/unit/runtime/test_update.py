"""Update: a new job for a new content only, and the old one back when it fails."""

from __future__ import annotations

from typing import Any

import pytest

from constructs_lib.runtime import front

from .model import (
    COMPLETES,
    RUNS_FOR_EVER,
    STACK_ID,
    CloudFormation,
    Raw,
    client_error,
    denied,
    ends,
    fails,
    properties,
    with_metrics,
)

OTHER: Raw = {"Environment": {"VERSION": "2"}}
NO_NEW_JOB: dict[str, Raw] = {
    "nothing": {},
    "tags": {"Tags": [{"Key": "team", "Value": "churn"}]},
    "role": {"RoleArn": "arn:aws:iam::123456789012:role/other"},
    "network": {"VpcConfig": {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]}},
    "isolation": {"EnableNetworkIsolation": False},
    "keys": {"OutputDataConfig": {"S3OutputPath": "s3://models/out", "KmsKeyId": "alias/two"}},
    "limits": {"StoppingCondition": {"MaxRuntimeInSeconds": 600}},
    "retry": {"RetryStrategy": {"MaximumRetryAttempts": 3}},
    "gates": {"QualityGates": [{"Metric": "auc", "AtLeast": 0.5}]},
    "timeout": {"timeout": 900},
    "start": {"mode": "start"},
    "prefix": {"prefix": "renamed"},
    "metrics": {"FinalMetrics": ["auc"]},
}


@pytest.mark.fault(13)
@pytest.mark.parametrize("change", NO_NEW_JOB.values(), ids=NO_NEW_JOB)
def test_what_does_not_retrain_keeps_the_job(cfn: CloudFormation, change: Raw) -> None:
    cfn.sagemaker.scripts = [with_metrics(("auc", 0.9))]
    cfn.create(properties())
    first = cfn.physical_id

    response = cfn.update(properties(**change))

    assert response.ok
    assert response.physical_id == first
    assert cfn.creations == 1
    assert cfn.tape.count("CreateTrainingJob") == 1
    assert cfn.tape.count("StopTrainingJob") == 0


@pytest.mark.fault(13)
def test_an_update_that_changes_nothing_changes_nothing(cfn: CloudFormation) -> None:
    created = cfn.create(properties())
    calls = len(cfn.tape.calls)

    updated = cfn.update(properties())

    assert updated.data == created.data
    assert set(cfn.tape.calls[calls:]) <= {"DescribeTrainingJob", "ListTags", "Encrypt", "Answer"}


def test_new_content_is_a_new_job_and_the_old_one_is_cleaned_up(cfn: CloudFormation) -> None:
    cfn.sagemaker.scripts = [RUNS_FOR_EVER, COMPLETES]
    cfn.create(properties(mode="start"))
    old = cfn.job

    response = cfn.update(properties(mode="start", **OTHER))

    assert response.physical_id == cfn.job != old
    assert cfn.cleaned_up
    assert cfn.sagemaker.status(old) == "Stopped"
    assert cfn.sagemaker.status(cfn.job) != "Stopped"


def test_the_old_job_runs_until_the_new_one_has_succeeded(cfn: CloudFormation) -> None:
    cfn.sagemaker.scripts = [RUNS_FOR_EVER, COMPLETES]
    cfn.create(properties(mode="start"))

    cfn.settle(cfn.event("Update", properties(**OTHER), cfn.deployed))

    assert cfn.sagemaker.running() == [cfn.physical_id]


@pytest.mark.fault(14)
def test_delete_of_the_replaced_resource_touches_the_old_job_only(cfn: CloudFormation) -> None:
    cfn.sagemaker.scripts = [RUNS_FOR_EVER]
    cfn.create(properties(mode="start"))
    old = cfn.job
    cfn.update(properties(mode="start", **OTHER))

    assert cfn.sagemaker.running() == [cfn.job]
    assert [one["TrainingJobName"] for one in cfn.sagemaker.sent("StopTrainingJob")] == [old]


@pytest.mark.parametrize("mode", ["wait", "start"])
def test_there_and_back_again_adopts_the_first_job(cfn: CloudFormation, mode: str) -> None:
    cfn.create(properties(mode=mode))
    first = cfn.physical_id
    cfn.clock.sleep(600)
    cfn.update(properties(mode=mode, **OTHER))
    cfn.clock.sleep(600)

    response = cfn.update(properties(mode=mode))

    assert response.ok
    assert response.physical_id == first
    assert cfn.creations == 2


def test_back_to_a_job_that_was_stopped_trains_it_again(cfn: CloudFormation) -> None:
    cfn.sagemaker.scripts = [RUNS_FOR_EVER]
    cfn.create(properties(mode="start"))
    cfn.update(properties(mode="start", **OTHER))

    response = cfn.update(properties(mode="start"))

    assert response.physical_id.endswith("-2")
    assert cfn.sagemaker.running() == [response.physical_id]


@pytest.mark.fault(11)
@pytest.mark.parametrize(
    "script",
    [
        fails(),
        ends("Stopped", "MaxRuntimeExceeded"),
        RUNS_FOR_EVER,
    ],
    ids=["failed", "stopped", "late"],
)
def test_a_failing_update_gives_the_old_id_and_rolls_back_without_training(
    cfn: CloudFormation, script: Any
) -> None:
    cfn.sagemaker.scripts = [COMPLETES, script]
    cfn.create(properties())
    old = cfn.physical_id
    assert not cfn.update(properties(**OTHER)).ok  # checks the id, too

    back = cfn.roll_back()

    assert back.ok
    assert back.physical_id == old
    assert back.data["TrainingJobStatus"] == "Completed"
    assert cfn.creations == 2
    assert cfn.sagemaker.live() == []


@pytest.mark.fault(11)
@pytest.mark.parametrize("operation", ["Encrypt", "StartExecution", "DescribeTrainingJob"])
def test_an_update_that_fails_after_creating_its_job_stops_it(cfn: CloudFormation, operation: str) -> None:
    cfn.sagemaker.scripts = [RUNS_FOR_EVER]
    cfn.create(properties(mode="start"))
    old = cfn.physical_id
    cfn.tape.meanwhile["CreateTrainingJob"] = lambda: cfn.tape.fail(operation, denied(operation))

    assert not cfn.update(properties(**OTHER)).ok
    assert cfn.creations == 2
    assert cfn.sagemaker.running() == [old]
    assert cfn.roll_back().ok
    assert cfn.sagemaker.running() == [old]
    assert cfn.creations == 2


@pytest.mark.parametrize("operation", ["DescribeTrainingJob", "ListTags", "Encrypt", "AddTags"])
def test_an_update_of_the_same_content_that_fails_leaves_the_running_job_alone(
    cfn: CloudFormation, operation: str
) -> None:
    cfn.sagemaker.scripts = [RUNS_FOR_EVER]
    cfn.create(properties(mode="start"))
    cfn.tape.fail(operation, denied(operation), times=3)

    assert not cfn.update(properties(Tags=[{"Key": "team", "Value": "other"}])).ok
    cfn.tape.faults.clear()
    assert cfn.roll_back().ok
    assert cfn.sagemaker.running() == [cfn.physical_id]


@pytest.mark.fault(9)
def test_a_cancelled_update_is_rolled_back_and_its_job_stopped(cfn: CloudFormation) -> None:
    """A sibling failed: CloudFormation waits no longer, and will never ask for the new job's deletion."""
    cfn.sagemaker.scripts = [COMPLETES, RUNS_FOR_EVER]
    cfn.create(properties())
    asked = properties(**OTHER)
    cfn.deliver(cfn.event("Update", asked, cfn.deployed))
    new = cfn.job
    assert cfn.sagemaker.running() == [new]
    cfn.failed = asked

    back = cfn.event("Update", cfn.deployed, asked)
    cfn.deliver(back)

    assert cfn.sagemaker.running() == []
    assert cfn.finish(back).ok
    assert cfn.finish(back).physical_id == cfn.physical_id
    assert cfn.sagemaker.live() == []
    assert cfn.creations == 2


@pytest.mark.fault(9)
def test_a_cancelled_create_is_deleted_by_an_invented_id(cfn: CloudFormation) -> None:
    cfn.sagemaker.scripts = [RUNS_FOR_EVER]
    cfn.deliver(cfn.event("Create", properties()))

    delete = cfn.event("Delete", properties())
    cfn.deliver(delete)

    assert cfn.sagemaker.running() == []
    assert cfn.finish(delete).ok
    assert cfn.sagemaker.live() == []


@pytest.mark.fault(12)
@pytest.mark.parametrize("mode", ["wait", "start"])
def test_roll_back_to_a_job_whose_record_was_deleted(cfn: CloudFormation, mode: str) -> None:
    cfn.sagemaker.scripts = [COMPLETES, fails()]
    created = cfn.create(properties(mode=mode, FinalMetrics=["auc"]))
    cfn.update(properties(FinalMetrics=["auc"], **OTHER))
    cfn.clock.sleep(600)
    cfn.sagemaker.person_deletes(name=created.physical_id)

    back = cfn.roll_back()

    assert back.ok
    assert cfn.creations == 2
    assert set(back.data) == set(created.data)
    assert back.data["TrainingJobArn"] == created.data["TrainingJobArn"]
    assert back.data["OutputUri"] == created.data["OutputUri"]
    assert back.data.get("ModelArtifactsUri") == created.data.get("ModelArtifactsUri")


def test_roll_back_of_a_replacement_that_had_succeeded(cfn: CloudFormation) -> None:
    """A sibling failed after this resource was done: Update comes with the new id, then Delete for it."""
    cfn.create(properties())
    old, before = cfn.physical_id, cfn.deployed
    asked = properties(**OTHER)
    new = cfn.settle(cfn.event("Update", asked, before)).physical_id

    back = cfn.settle(cfn.event("Update", before, asked, physical_id=new))
    cleaned = cfn.settle(cfn.event("Delete", asked, physical_id=new))

    assert (back.ok, back.physical_id, cleaned.ok) == (True, old, True)
    assert cfn.creations == 2


def test_a_gate_raised_above_the_model_fails_and_rolls_back(cfn: CloudFormation) -> None:
    cfn.sagemaker.scripts = [with_metrics(("auc", 0.8))]
    cfn.create(properties(QualityGates=[{"Metric": "auc", "AtLeast": 0.7}]))

    raised = cfn.update(properties(QualityGates=[{"Metric": "auc", "AtLeast": 0.9}]))
    back = cfn.roll_back()

    assert not raised.ok
    assert "below the gate's 0.9" in raised.reason
    assert back.ok
    assert cfn.creations == 1


def test_an_update_delivered_twice_is_one_job(cfn: CloudFormation) -> None:
    cfn.create(properties())
    event = cfn.event("Update", properties(**OTHER), cfn.deployed)
    front.handle(event, cfn.world)
    front.handle(event, cfn.world)

    assert cfn.settle(event).ok
    assert cfn.creations == 2


# Tags.


def test_a_foreign_physical_id_is_no_reason_to_touch_its_job(cfn: CloudFormation) -> None:
    cfn.sagemaker.scripts = [RUNS_FOR_EVER]
    other = cfn.beside(stack_id=STACK_ID + "9")
    other.create(properties(mode="start", owner="ffffffff000000"))
    event = cfn.event("Update", properties(mode="start"), properties(), physical_id=other.physical_id)

    response = cfn.settle(event)

    assert response.ok
    assert response.physical_id != other.physical_id
    assert other.physical_id in cfn.sagemaker.running()


# From start() to wait().


def test_waiting_for_a_job_that_was_only_started_does_not_stop_it_when_time_is_up(
    cfn: CloudFormation,
) -> None:
    """The job belongs to the deployment that is rolled back to."""
    cfn.sagemaker.scripts = [RUNS_FOR_EVER]
    cfn.create(properties(mode="start"))

    response = cfn.update(properties(mode="wait", timeout=600))

    assert not response.ok
    assert "had not ended" in response.reason
    assert "was stopped" not in response.reason
    assert cfn.sagemaker.running() == [cfn.physical_id]
    assert cfn.roll_back().ok
    assert cfn.sagemaker.running() == [cfn.physical_id]


def test_waiting_for_a_job_that_was_only_started(cfn: CloudFormation) -> None:
    cfn.create(properties(mode="start"))

    response = cfn.update(properties(mode="wait"))

    assert response.ok
    assert response.data["TrainingJobStatus"] == "Completed"
    assert cfn.creations == 1


def test_waiting_for_a_job_that_failed_after_it_was_started(cfn: CloudFormation) -> None:
    cfn.sagemaker.scripts = [fails("AlgorithmError: boom")]
    cfn.create(properties(mode="start"))
    cfn.clock.sleep(1000)

    assert "boom" in cfn.update(properties(mode="wait")).reason
    assert cfn.roll_back().ok
    assert cfn.creations == 1


def test_a_client_error_without_a_status_is_a_refusal(cfn: CloudFormation) -> None:
    error = client_error("ValidationException", "no", "DescribeTrainingJob")
    del error.response["ResponseMetadata"]
    cfn.tape.fail("DescribeTrainingJob", error)

    assert not cfn.create(properties()).ok
