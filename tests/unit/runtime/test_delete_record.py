"""Delete with delete_record: the ended job's record goes, too, unless its warm pool or IAM keeps it."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Logs
from .model import (
    RUNS_FOR_EVER,
    CloudFormation,
    Deployment,
    Died,
    Raw,
    check,
    denied,
    fails,
    properties,
    resources,
    template,
    throttled,
)

TYPE = "ml.m5.large"
POOL: Raw = {"ResourceConfig": resources(TYPE, KeepAlivePeriodInSeconds=3600)}
OTHER: Raw = {"HyperParameters": {"epochs": "4"}}
DELETE_SECONDS = 900


def asked(**members: Any) -> Raw:
    return properties(DeleteRecord=True, **members)


def kept(logs: Logs) -> list[str]:
    """The reasons for which records were kept."""
    lines = [line for line in logs() if line["message"] == "record kept"]
    assert {line["level"] for line in lines} <= {"WARNING"}
    return [line["why"] for line in lines]


def given_up(cfn: CloudFormation) -> list[str]:
    """The jobs whose warm pools were given up; that it is said twice does no harm."""
    sent = cfn.sagemaker.sent("UpdateTrainingJob")
    assert all(one["ResourceConfig"] == {"KeepAlivePeriodInSeconds": 0} for one in sent)
    return list(dict.fromkeys(one["TrainingJobName"] for one in sent))


@pytest.mark.fault(44)
def test_the_record_is_deleted_and_waited_for(cfn: CloudFormation, logs: Logs) -> None:
    cfn.sagemaker.delete_seconds = 200
    cfn.create(asked())
    before = cfn.clock.now()

    response = cfn.delete()

    assert response.ok
    assert cfn.sagemaker.jobs == {}
    assert response.at - before >= 200
    assert cfn.tape.count("DeleteTrainingJob") == 1
    assert given_up(cfn) == kept(logs) == []
    check(cfn)


@pytest.mark.fault(44)
def test_a_warm_pool_is_given_up_and_waited_for_first(cfn: CloudFormation, logs: Logs) -> None:
    cfn.create(asked(**POOL))
    cfn.tape.calls.clear()

    response = cfn.delete()

    assert response.ok
    assert cfn.sagemaker.jobs == {}
    assert given_up(cfn) == [cfn.job]
    order = [call for call in cfn.tape.calls if call in ("UpdateTrainingJob", "DeleteTrainingJob", "Answer")]
    assert list(dict.fromkeys(order)) == ["UpdateTrainingJob", "DeleteTrainingJob", "Answer"]
    assert kept(logs) == []


@pytest.mark.fault(44)
@pytest.mark.parametrize("ended", ["stopped by Delete", "by itself"])
def test_a_running_job_is_stopped_first(cfn: CloudFormation, ended: str) -> None:
    cfn.sagemaker.scripts = [RUNS_FOR_EVER]
    cfn.create(asked(mode="start", **POOL))
    if ended == "by itself":
        cfn.sagemaker.person_stops(cfn.job)

    response = cfn.delete()

    assert response.ok
    assert cfn.sagemaker.jobs == {}
    assert cfn.tape.count("StopTrainingJob") == (ended == "stopped by Delete")
    assert given_up(cfn) == [cfn.job]
    check(cfn)


@pytest.mark.fault(44)
def test_a_pool_that_stays_keeps_the_record(cfn: CloudFormation, logs: Logs) -> None:
    cfn.create(asked(**POOL))
    cfn.tape.fail("UpdateTrainingJob", denied("UpdateTrainingJob"), times=99)
    before = cfn.clock.now()

    response = cfn.delete()

    assert response.ok
    assert [*cfn.sagemaker.jobs] == [cfn.job]
    assert kept(logs) == ["its warm pool is still there"]
    assert DELETE_SECONDS < response.at - before < DELETE_SECONDS + 61
    assert cfn.tape.count("DeleteTrainingJob") == 0


@pytest.mark.fault(44)
def test_a_denied_deletion_keeps_the_record(cfn: CloudFormation, logs: Logs) -> None:
    cfn.create(asked())
    cfn.tape.fail("DeleteTrainingJob", denied("DeleteTrainingJob"), times=99)

    response = cfn.delete()

    assert response.ok
    assert [*cfn.sagemaker.jobs] == [cfn.job]
    assert kept(logs) == ["AccessDeniedException"]
    assert cfn.tape.count("DeleteTrainingJob") == 1


@pytest.mark.fault(44)
@pytest.mark.parametrize("times", [3, 9999])
def test_a_throttled_deletion_is_tried_again_for_a_while(cfn: CloudFormation, times: int, logs: Logs) -> None:
    cfn.create(asked())
    cfn.tape.fail("DeleteTrainingJob", throttled("DeleteTrainingJob"), times=times)
    before = cfn.clock.now()

    response = cfn.delete()

    assert response.ok
    assert kept(logs) == ([] if times == 3 else ["ThrottlingException"])
    assert len(cfn.sagemaker.jobs) == (0 if times == 3 else 1)
    assert response.at - before < DELETE_SECONDS + 61


@pytest.mark.fault(44)
def test_a_record_that_is_deleted_for_ever_is_let_go(cfn: CloudFormation, logs: Logs) -> None:
    cfn.create(asked())
    cfn.sagemaker.delete_seconds = 99_999
    before = cfn.clock.now()

    response = cfn.delete()

    assert response.ok
    assert kept(logs) == ["the record is still being deleted"]
    assert DELETE_SECONDS < response.at - before < DELETE_SECONDS + 61


@pytest.mark.fault(44)
@pytest.mark.parametrize("after", [True, False])
@pytest.mark.parametrize("operation", ["DeleteTrainingJob", "UpdateTrainingJob", "DescribeTrainingJob"])
def test_a_delete_whose_functions_die_deletes_the_record(
    cfn: CloudFormation, operation: str, after: bool
) -> None:
    cfn.create(asked(**POOL))
    cfn.tape.fail(operation, Died(), after=after)

    assert cfn.delete().ok
    assert cfn.sagemaker.jobs == {}
    check(cfn)


@pytest.mark.fault(44)
@pytest.mark.parametrize(
    ("status", "kept"), [("DELETE", False), ("ROLLBACK", True), ("UPDATE_ROLLBACK", True)]
)
def test_a_failed_jobs_record_goes_with_the_stack_only(cfn: CloudFormation, status: str, kept: bool) -> None:
    """In a roll-back it is what tells why."""
    cfn.sagemaker.scripts = [fails()]
    assert not cfn.create(asked()).ok
    event = cfn.event("Delete", asked(), physical_id=cfn.job, status=f"{status}_IN_PROGRESS")

    assert cfn.settle(event).ok
    assert bool(cfn.sagemaker.jobs) is kept


@pytest.mark.fault(44)
def test_a_fixed_names_record_goes_too(cfn: CloudFormation) -> None:
    members = asked()
    members["JobName"]["Fixed"] = "by-hand"
    cfn.create(members)

    assert cfn.delete().ok
    assert cfn.sagemaker.jobs == {}


@pytest.mark.fault(44)
@pytest.mark.parametrize("status", ["Completed", "InProgress"])
def test_a_record_that_is_not_ours_stays(cfn: CloudFormation, status: str) -> None:
    cfn.sagemaker.scripts = [RUNS_FOR_EVER] if status == "InProgress" else cfn.sagemaker.scripts
    other = cfn.beside(stack_id=cfn.stack_id.replace("1f2e3d4c", "99999999"))
    other.create(asked(mode="start", **POOL))
    cfn.clock.sleep(400)

    response = cfn.settle(cfn.event("Delete", asked(**POOL), physical_id=other.job))

    assert response.ok
    assert cfn.sagemaker.status(other.job) == status
    assert given_up(cfn) == []
    assert cfn.tape.count("DeleteTrainingJob") == cfn.tape.count("StopTrainingJob") == 0


@pytest.mark.fault(44)
@pytest.mark.parametrize("said", [{}, {"DeleteRecord": False}])
def test_the_record_stays_where_it_was_not_asked_for(cfn: CloudFormation, said: Raw) -> None:
    cfn.create(properties(**said))

    assert cfn.delete().ok
    assert [*cfn.sagemaker.jobs] == [cfn.job]
    assert cfn.tape.count("DeleteTrainingJob") == 0


@pytest.mark.fault(44)
@pytest.mark.parametrize("ended", [True, False])
def test_every_delete_gives_up_the_warm_pool(cfn: CloudFormation, ended: bool) -> None:
    """It would be billed for as long as it is kept, and nobody has a use for it."""
    cfn.sagemaker.scripts = cfn.sagemaker.scripts if ended else [RUNS_FOR_EVER]
    cfn.create(properties(mode="start", **POOL))
    cfn.clock.sleep(400)

    assert cfn.delete().ok
    assert given_up(cfn) == [cfn.job]
    assert [*cfn.sagemaker.jobs] == [cfn.job]


@pytest.mark.fault(44)
def test_a_pool_that_cannot_be_given_up_fails_no_delete(cfn: CloudFormation, logs: Logs) -> None:
    cfn.create(properties(**POOL))
    cfn.tape.fail("UpdateTrainingJob", denied("UpdateTrainingJob"), times=99)

    assert cfn.delete().ok
    assert [line["level"] for line in logs() if line["message"] == "not updated"] == ["WARNING"]


@pytest.mark.fault(44)
def test_a_replaced_jobs_record_goes_in_the_clean_up(cfn: CloudFormation) -> None:
    cfn.create(asked(**POOL))
    old = cfn.job

    assert cfn.update(asked(**OTHER, **POOL)).ok

    assert cfn.cleaned_up
    assert [*cfn.sagemaker.jobs] == [cfn.job] != [old]
    assert given_up(cfn) == [old]


@pytest.mark.fault(44)
def test_with_a_wait_condition_too(deployment: Deployment) -> None:
    deployment.create(template(DeleteRecord=True, **POOL))

    assert deployment.delete() == "DELETE_COMPLETE"
    assert deployment.start.sagemaker.jobs == {}
    check(deployment.start, deployment.result)
