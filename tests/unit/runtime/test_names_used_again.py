"""A name is used again after its record was deleted: what concerned the former job leaves the new one."""

from __future__ import annotations

import pytest

from constructs_lib.runtime import front

from .conftest import Logs
from .model import RUNS_FOR_EVER, CloudFormation, Died, Raw, fails, properties
from .telling import info, told


def made_anew(cfn: CloudFormation, mode: str = "start") -> str:
    """The job's record goes, with its resource or by hand; the same content is deployed later on."""
    name = cfn.job
    cfn.sagemaker.jobs.pop(name, None)
    cfn.clock.sleep(600)
    cfn.status = "UPDATE_COMPLETE"
    again = cfn.event("Update", properties(mode=mode), properties(mode=mode, RerunOn={"before": "1"}))
    cfn.sagemaker.scripts = [RUNS_FOR_EVER]
    front.handle({**again, "PhysicalResourceId": "another-1"}, cfn.world)
    assert cfn.sagemaker.running() == [name]
    assert cfn.creations == 2
    return name


def broken(cfn: CloudFormation, kind: str) -> Raw:
    """EventBridge's report of a watch that broke, and that nobody has got yet."""
    reports: list[Raw] = []
    cfn.executions.report = reports.append
    [execution] = cfn.executions.running()
    cfn.executions.end(execution.name, kind)
    [report] = reports
    return report


@pytest.mark.fault(50)
@pytest.mark.parametrize("kind", ["FAILED", "TIMED_OUT", "ABORTED"])
def test_a_late_report_of_a_broken_watch_leaves_the_job_that_was_made_anew(
    cfn: CloudFormation, kind: str
) -> None:
    cfn.sagemaker.scripts = [fails()]
    front.handle(cfn.event("Create", properties()), cfn.world)
    report = broken(cfn, kind)
    name = made_anew(cfn)

    cfn.deliver(report)

    assert cfn.sagemaker.running() == [name]


@pytest.mark.fault(50)
def test_a_watch_that_was_put_off_does_not_follow_the_job_that_was_made_anew(cfn: CloudFormation) -> None:
    """Its looks were throttled until then; at its deadline it would stop the other one's job."""
    cfn.sagemaker.scripts = [fails()]
    event = cfn.event("Create", properties(timeout=900))
    front.handle(event, cfn.world)
    name = made_anew(cfn)

    answer = cfn.finish(event)

    assert "was deleted while it was waited for" in answer.reason
    assert cfn.sagemaker.running() == [name]


@pytest.mark.fault(50)
def test_a_late_copy_of_a_delete_leaves_the_job_that_was_made_anew(cfn: CloudFormation, logs: Logs) -> None:
    asked = properties(mode="start", DeleteRecord=True)
    cfn.create(asked)
    cfn.update(properties(mode="start", RerunOn={"before": "1"}), clean_up=False)
    gone = cfn.event("Delete", asked, physical_id=cfn.sagemaker.created[0])
    assert cfn.settle(gone).ok
    del cfn.sagemaker.created[1]
    name = made_anew(cfn)

    cfn.deliver(gone)

    assert name in cfn.sagemaker.running()
    assert told(logs, "of a later operation, left alone") == info(job=name)


@pytest.mark.fault(19)
def test_what_an_event_has_started_itself_is_stopped_in_a_later_operation_too(cfn: CloudFormation) -> None:
    """It was delivered late, and its functions died until the next operation was under way."""
    cfn.sagemaker.scripts = [RUNS_FOR_EVER]
    other = properties(mode="start", RerunOn={"a": "1"})
    cfn.create(other)
    cfn.clock.sleep(100)
    late = cfn.event("Update", properties(), other)
    cfn.clock.sleep(100)
    cfn.tape.fail("Encrypt", Died())
    with pytest.raises(Died):
        front.handle(late, cfn.world)
    name = cfn.job
    cfn.status = "UPDATE_ROLLBACK_COMPLETE"
    cfn.clock.sleep(100)
    cfn.status = "UPDATE_IN_PROGRESS"

    cfn.destination(late, None)

    assert name not in cfn.sagemaker.running()


@pytest.mark.fault(50)
def test_an_event_that_nobody_could_carry_out_leaves_the_job_of_a_later_operation(
    cfn: CloudFormation,
) -> None:
    """It was given up as too old; an operation after it has started the same content."""
    cfn.sagemaker.scripts = [RUNS_FOR_EVER]
    other = properties(mode="start", RerunOn={"a": "1"})
    cfn.create(other)
    cfn.clock.sleep(100)
    stale = cfn.event("Update", properties(), other)
    cfn.clock.sleep(100)
    cfn.status = "UPDATE_ROLLBACK_COMPLETE"
    cfn.clock.sleep(100)
    front.handle(cfn.event("Update", properties(), other), cfn.world)
    name = cfn.job

    cfn.destination(stale, None, "EventAgeExceeded")

    assert name in cfn.sagemaker.running()
