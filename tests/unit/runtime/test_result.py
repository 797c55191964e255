"""The result of a job that a wait condition waited for: judged and read, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from constructs_lib.runtime import front

from .conftest import Logs
from .model import (
    RESULT_ID,
    RESULT_TYPE,
    RUNS_FOR_EVER,
    CloudFormation,
    Deployment,
    Died,
    Raw,
    Response,
    check,
    denied,
    ends,
    fails,
    properties,
    template,
    with_metrics,
)

GATE = [{"Metric": "auc", "AtLeast": 0.9}]
GOOD = with_metrics(("auc", 0.93), ("val:loss", 0.1))


def judged(deployment: Deployment) -> list[Response]:
    """What the result resource answered, in order."""
    given = deployment.start.recorder.responses
    return [response for response in given if response.body["LogicalResourceId"] == RESULT_ID]


def result(cfn: CloudFormation) -> CloudFormation:
    """The driver of a result resource beside this start resource."""
    return cfn.beside(logical_id=RESULT_ID, resource_type=RESULT_TYPE)


def for_job(name: str, **members: Any) -> Raw:
    base: Raw = {
        "TrainingJobName": name,
        "OutputPath": "s3://models/out/",
        "FinalMetrics": [],
        "Waited": "{}",
    }
    return {**base, **members}


@pytest.mark.fault(25)
def test_the_attributes_are_those_of_mode_wait(deployment: Deployment, cfn: CloudFormation) -> None:
    metrics = ["auc", "val:loss", "never"]
    deployment.start.sagemaker.scripts = [GOOD]
    cfn.sagemaker.scripts = [GOOD]

    assert deployment.create(template(FinalMetrics=metrics)) == "CREATE_COMPLETE"
    waited = cfn.create(properties(FinalMetrics=metrics))

    [response] = judged(deployment)
    assert response.data == waited.data
    assert response.physical_id == f"{RESULT_ID}-result"
    assert response.data["TrainingJobName"] == deployment.start.physical_id


@pytest.mark.fault(46)
def test_a_gate_that_stays_shut_fails_the_deployment(deployment: Deployment) -> None:
    deployment.start.sagemaker.scripts = [with_metrics(("auc", 0.5))]

    status = deployment.create(template(QualityGates=GATE))

    assert status == "ROLLBACK_COMPLETE"
    assert "metric 'auc' is 0.5, below the gate's 0.9" in deployment.reason
    assert deployment.start.tape.count("StopTrainingJob") == 0
    check(deployment.start, deployment.result)


@pytest.mark.fault(46)
def test_a_gate_alone_can_be_changed(deployment: Deployment) -> None:
    deployment.start.sagemaker.scripts = [GOOD]
    deployment.create(template(QualityGates=GATE))

    raised = template(QualityGates=[{"Metric": "auc", "AtLeast": 0.99}])
    assert deployment.update(raised) == "UPDATE_ROLLBACK_COMPLETE"
    assert "below the gate's 0.99" in deployment.reason

    lowered = template(QualityGates=[{"Metric": "auc", "AtLeast": 0.5}])
    assert deployment.update(lowered) == "UPDATE_COMPLETE"
    assert deployment.start.creations == 1
    assert [response.ok for response in judged(deployment)] == [True, False, True, True]
    assert len({response.physical_id for response in judged(deployment)}) == 1
    check(deployment.start, deployment.result)


@pytest.mark.fault(12)
def test_a_record_that_is_gone_is_answered_with_what_its_name_tells(deployment: Deployment) -> None:
    start = deployment.start
    deployment.create(template(FinalMetrics=["auc"]))
    before = judged(deployment)[-1]
    start.executions.run()
    start.sagemaker.person_deletes(start.job)

    assert deployment.update(template(FinalMetrics=["auc"], QualityGates=GATE)) == "UPDATE_COMPLETE"

    after = judged(deployment)[-1]
    assert after.physical_id == before.physical_id
    assert after.data == {
        **before.data,
        "TrainingJobStatus": "Deleted",
        "TrainingSeconds": "NaN",
        "BillableSeconds": "NaN",
        "Metric.auc": "NaN",
    }


@pytest.mark.fault(14)
@pytest.mark.parametrize("runs", [True, False])
def test_its_delete_touches_nothing(cfn: CloudFormation, runs: bool) -> None:
    cfn.sagemaker.scripts = [RUNS_FOR_EVER] if runs else cfn.sagemaker.scripts
    cfn.create(properties(mode="start"))
    one = result(cfn)
    event = one.event("Delete", for_job(cfn.job), physical_id=f"{RESULT_ID}-result")
    cfn.tape.calls.clear()

    response = one.settle(event)

    assert response.ok
    assert response.physical_id == f"{RESULT_ID}-result"
    assert cfn.tape.calls == ["Answer"]


@pytest.mark.fault(19)
@pytest.mark.fault(20)
@pytest.mark.parametrize("kind", ["Create", "Update"])
@pytest.mark.parametrize("died", ["refused", "front died", "watch died"])
def test_its_failure_stops_nothing(cfn: CloudFormation, kind: str, died: str) -> None:
    """The job is the start resource's: whatever becomes of its result, it is not the result's to stop."""
    cfn.sagemaker.scripts = [RUNS_FOR_EVER]
    cfn.create(properties(mode="start"))
    one = result(cfn)
    one.physical_id = None if kind == "Create" else f"{RESULT_ID}-result"
    event = one.event(kind, for_job(cfn.job), for_job(cfn.job))
    if died == "refused":
        cfn.tape.fail("DescribeTrainingJob", denied("DescribeTrainingJob"), times=99)
    elif died == "front died":
        cfn.tape.fail("StartExecution", Died(), times=3)
    one.deliver(event)
    if died == "watch died":
        one.executions.abort(next(iter(one.executions.all)))

    response = one.recorder.effective(event["ResponseURL"])

    assert response is not None
    assert not response.ok
    assert response.physical_id == f"{RESULT_ID}-result"
    assert cfn.tape.count("StopTrainingJob") == 0
    assert cfn.sagemaker.running() == [cfn.job]


def test_a_job_that_has_not_ended_is_waited_for_a_while(cfn: CloudFormation) -> None:
    cfn.create(properties(mode="start"))
    one = result(cfn)

    response = one.create(for_job(cfn.job))

    assert response.ok
    assert response.data["TrainingJobStatus"] == "Completed"


@pytest.mark.fault(38)
def test_a_job_that_never_ends_is_waited_for_ten_minutes_and_runs_on(cfn: CloudFormation) -> None:
    cfn.sagemaker.scripts = [RUNS_FOR_EVER]
    cfn.create(properties(mode="start"))
    before = cfn.clock.now()

    response = result(cfn).create(for_job(cfn.job))

    assert not response.ok
    assert "and runs on" in response.reason
    assert 600 <= response.at - before <= 661
    assert cfn.sagemaker.running() == [cfn.job]


@pytest.mark.parametrize(
    ("script", "text"),
    [(fails("AlgorithmError: boom"), "AlgorithmError: boom"), (ends("Stopped", "Stopped"), "stopped before")],
)
def test_a_job_that_failed_has_no_result(cfn: CloudFormation, script: Any, text: str) -> None:
    cfn.sagemaker.scripts = [script]
    cfn.create(properties(mode="start"))
    cfn.clock.sleep(400)

    response = result(cfn).create(for_job(cfn.job))

    assert not response.ok
    assert text in response.reason


@pytest.mark.fault(35)
def test_a_stopped_job_may_be_allowed(deployment: Deployment) -> None:
    deployment.start.sagemaker.scripts = [ends("Stopped", "MaxRuntimeExceeded")]

    assert deployment.create(template(AllowStopped=True)) == "CREATE_COMPLETE"
    assert judged(deployment)[0].data["TrainingJobStatus"] == "Stopped"


@pytest.mark.fault(17)
@pytest.mark.parametrize("missing", ["TrainingJobName", "OutputPath"])
def test_properties_that_cannot_be_read_are_refused(cfn: CloudFormation, missing: str) -> None:
    asked = for_job("job-1")
    del asked[missing]

    response = result(cfn).create(asked)

    assert not response.ok
    assert "cannot be read" in response.reason
    assert missing in response.reason


@pytest.mark.fault(17)
@pytest.mark.parametrize("kind", ["Read", "", "create"])
def test_another_kind_of_request_is_refused(cfn: CloudFormation, kind: str) -> None:
    one = result(cfn)
    event = {**one.event("Create", for_job("job-1")), "RequestType": kind}

    front.handle(event, one.world)

    [response] = cfn.recorder.responses
    assert not response.ok
    assert "none of Create, Update, Delete" in response.reason


def test_it_waits_for_its_permissions_and_is_told_of_once(cfn: CloudFormation, logs: Logs) -> None:
    cfn.create(properties())
    one = result(cfn)
    cfn.tape.fail("DescribeTrainingJob", denied("DescribeTrainingJob"), times=2)

    assert one.create(for_job(cfn.job)).ok
    assert len([line for line in logs() if line["message"] == "permissions have not spread yet"]) == 2
