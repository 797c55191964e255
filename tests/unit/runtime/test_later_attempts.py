"""What concerns a resource concerns the attempt that followed its first one, too."""

from __future__ import annotations

from typing import Any

import pytest

from constructs_lib.runtime import front, worker

from .fallbacks import FALLBACK, FIRST, SECOND, attempt, started, types
from .model import (
    COMPLETES,
    FINDS_NO_CAPACITY,
    RUNS_FOR_EVER,
    CloudFormation,
    Deployment,
    Died,
    Raw,
    check,
    fails,
    properties,
    template,
)
from .waiting import waiting


def deployed_by_the_second(deployment: Deployment, **members: Any) -> CloudFormation:
    """A wait condition whose first attempt found no capacity."""
    cfn = deployment.start
    cfn.sagemaker.no_capacity = {FIRST}
    assert deployment.create(template(CapacityFallback=FALLBACK, **members)) == "CREATE_COMPLETE"
    assert types(cfn) == [FIRST, SECOND]
    return cfn


@pytest.mark.fault(32)
def test_a_new_timeout_waits_for_the_attempt_that_completed(deployment: Deployment) -> None:
    cfn = deployed_by_the_second(deployment)

    status = deployment.update(template(key="longer", timeout=9000, CapacityFallback=FALLBACK))

    assert (status, cfn.creations) == ("UPDATE_COMPLETE", 2)
    check(cfn, deployment.result)


@pytest.mark.fault(32)
def test_another_completion_judges_the_attempt_that_completed(deployment: Deployment) -> None:
    cfn = deployed_by_the_second(deployment)
    first = cfn.physical_id
    before = cfn.deployed

    response = cfn.settle(cfn.event("Update", properties(CapacityFallback=FALLBACK), before))

    assert response.ok
    assert response.physical_id == first
    assert response.data["TrainingJobName"] == attempt(cfn, 2)
    assert cfn.creations == 2


@pytest.mark.fault(32)
def test_a_changed_tag_reaches_the_attempt_that_completed(deployment: Deployment) -> None:
    cfn = deployed_by_the_second(deployment)
    tags = [{"Key": "team", "Value": "other"}]

    assert deployment.update(template(CapacityFallback=FALLBACK, Tags=tags)) == "UPDATE_COMPLETE"

    assert cfn.sagemaker.jobs[attempt(cfn, 2)].tags["team"] == "other"


@pytest.mark.fault(32)
def test_an_update_finds_it_though_the_first_one_has_no_record(deployment: Deployment) -> None:
    cfn = deployed_by_the_second(deployment)
    before, first = cfn.deployed, cfn.physical_id
    cfn.sagemaker.person_deletes(attempt(cfn, 1))

    response = cfn.settle(cfn.event("Update", properties(CapacityFallback=FALLBACK), before))

    assert (response.ok, response.physical_id) == (True, first)
    assert response.data["TrainingJobName"] == attempt(cfn, 2)
    assert attempt(cfn, 2) in response.data["ModelArtifactsUri"]
    assert cfn.creations == 2


@pytest.mark.fault(44)
def test_a_roll_back_keeps_the_id_and_so_the_record_in_use(deployment: Deployment) -> None:
    """With another id CloudFormation would delete the first one, and with it what followed it."""
    cfn = deployed_by_the_second(deployment, DeleteRecord=True)
    kept = cfn.physical_id
    cfn.sagemaker.scripts = [fails()]
    cfn.sagemaker.no_capacity = set()

    other = template(key="b", CapacityFallback=FALLBACK, DeleteRecord=True, Environment={"V": "2"})
    assert deployment.update(other) == "UPDATE_ROLLBACK_COMPLETE"

    assert cfn.physical_id == kept
    assert attempt(cfn, 2) in cfn.sagemaker.jobs


@pytest.mark.fault(32)
def test_delete_finds_it_when_the_fallback_is_no_more(deployment: Deployment) -> None:
    cfn = deployment.start
    cfn.sagemaker.scripts = [FINDS_NO_CAPACITY, RUNS_FOR_EVER]
    asked = properties(mode="start", CapacityFallback=FALLBACK)
    event = cfn.event("Create", {**asked, **properties(CapacityFallback=FALLBACK)})
    cfn.deliver(event)
    while cfn.creations < 2:
        cfn.executions.step()

    gone = cfn.event("Delete", properties(), physical_id=attempt(cfn, 1), status="DELETE_IN_PROGRESS")
    assert cfn.settle(gone).ok

    assert cfn.sagemaker.running() == []


@pytest.mark.fault(32)
def test_a_job_that_a_dying_worker_started_is_stopped_when_the_stack_has_turned(cfn: CloudFormation) -> None:
    """Delete came between the look before the creation and the creation, and saw the first attempt alone."""
    cfn.sagemaker.scripts = [FINDS_NO_CAPACITY, RUNS_FOR_EVER]
    started(cfn, properties(CapacityFallback=FALLBACK))
    [execution] = cfn.executions.all.values()
    cfn.clock.sleep(400)
    cfn.tape.fail("CreateTrainingJob", Died(), after=True)

    with pytest.raises(Died):
        worker.handle(execution.state, cfn.world)
    cfn.status = "ROLLBACK_IN_PROGRESS"
    assert worker.handle(execution.state, cfn.world)["done"]

    assert cfn.creations == 2
    assert cfn.sagemaker.running() == []


def followed_for_another_delivery(cfn: CloudFormation) -> Raw:
    """A Create that was never answered is asked anew; the later watch starts the second attempt."""
    cfn.sagemaker.scripts = [FINDS_NO_CAPACITY, RUNS_FOR_EVER]
    handle = cfn.waits.handle("Handle", cfn.stack_id)
    asked = waiting(handle.url, CapacityFallback=FALLBACK)
    first = cfn.event("Create", asked)
    cfn.tape.fail("Answer", Died())
    with pytest.raises(Died):
        front.handle(first, cfn.world)
    again = {**first, "ResponseURL": f"{first['ResponseURL']}-second"}
    front.handle(again, cfn.world)
    cfn.physical_id, cfn.deployed = cfn.job, asked
    cfn.clock.sleep(400)
    _, later = cfn.executions.all.values()
    later.state = worker.handle(later.state, cfn.world)
    assert types(cfn) == [FIRST, SECOND]
    return asked


@pytest.mark.fault(32)
def test_delete_finds_it_where_another_delivery_had_started_the_first(cfn: CloudFormation) -> None:
    followed_for_another_delivery(cfn)
    cfn.clock.sleep(100)

    assert cfn.delete().ok

    assert cfn.sagemaker.running() == []
    check(cfn)


@pytest.mark.fault(32)
def test_an_update_judges_it_where_another_delivery_had_started_the_first(cfn: CloudFormation) -> None:
    asked = followed_for_another_delivery(cfn)
    cfn.sagemaker.jobs[attempt(cfn, 2)].script = COMPLETES
    cfn.clock.sleep(1000)
    judged = properties(CapacityFallback=FALLBACK)

    response = cfn.settle(cfn.event("Update", judged, asked, status="UPDATE_IN_PROGRESS"))

    assert response.ok, response.reason
    assert response.data["TrainingJobName"] == attempt(cfn, 2)
    assert cfn.creations == 2


@pytest.mark.fault(50)
def test_a_late_delete_leaves_the_attempt_of_a_later_operation(cfn: CloudFormation) -> None:
    """The first attempt was replaced; its content is deployed again before a copy of its Delete comes."""
    cfn.sagemaker.scripts = [FINDS_NO_CAPACITY, COMPLETES, RUNS_FOR_EVER]
    asked, other = properties(mode="start"), properties(mode="start", Environment={"V": "2"})
    cfn.create(asked)
    cfn.clock.sleep(300)
    replaced = cfn.physical_id
    cfn.update(other)
    copy = cfn.event("Delete", asked, physical_id=replaced)
    assert cfn.settle(copy).ok
    cfn.clock.sleep(300)
    cfn.status = "UPDATE_COMPLETE"
    assert cfn.update(asked).physical_id == attempt(cfn, 2)

    cfn.deliver(copy)

    assert cfn.sagemaker.running() == [attempt(cfn, 2)]
