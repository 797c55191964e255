"""CloudFormation as a model: statuses, addresses, waits, and whole deployments."""

from __future__ import annotations

import pytest

from constructs_lib.runtime.answer import Address, Answer
from constructs_lib.runtime.signals import Signal

from .model import (
    RUNS_FOR_EVER,
    STACK_ID,
    CloudFormation,
    Deployment,
    FakeAccount,
    check,
    completes_after,
    fails,
    properties,
    template,
)
from .model.addresses import expires


def test_an_answer_after_its_address_expired_is_refused(cfn: CloudFormation) -> None:
    event = cfn.event("Create", properties())
    url = event["ResponseURL"]
    assert expires(url) == cfn.clock.now() + 7199
    address = Address(STACK_ID, event["RequestId"], "Job", url)
    cfn.clock.sleep(7200)

    assert not cfn.recorder.send(address, Answer("id"))
    assert cfn.recorder.effective(url) is None
    assert [one.http_status for one in cfn.recorder.refused] == [403]


def test_the_stack_tells_what_it_does(cfn: CloudFormation) -> None:
    seen = []

    def look() -> None:
        seen.append(cfn.status)
        cfn.tape.meanwhile["Answer"] = look

    cfn.tape.meanwhile["Answer"] = look
    cfn.create(properties(mode="start"))
    seen.append(cfn.status)
    cfn.update(properties(mode="start", Environment={"A": "1"}))
    seen.append(cfn.status)
    cfn.delete()
    seen.append(cfn.status)

    assert seen == [
        "CREATE_IN_PROGRESS",
        "CREATE_COMPLETE",
        "UPDATE_IN_PROGRESS",
        "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
        "UPDATE_COMPLETE",
        "DELETE_IN_PROGRESS",
        "DELETE_COMPLETE",
    ]


def test_a_roll_back_is_told_by_the_properties(cfn: CloudFormation) -> None:
    old, new = properties(), properties(Environment={"A": "1"})
    cfn.deployed, cfn.physical_id = old, "old"

    cfn.event("Update", new, old)
    assert cfn.status == "UPDATE_IN_PROGRESS"
    cfn.event("Update", old, new, physical_id="new")
    assert cfn.status == "UPDATE_ROLLBACK_IN_PROGRESS"
    cfn.event("Delete", new, physical_id="new")
    assert cfn.status == "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"


def signal(account: FakeAccount, url: str, *, ok: bool = True) -> bool | None:
    return account.waits.signal(Address("s", "r", "l", url), Signal("job-1", "reason", succeeded=ok))


def test_a_signal_before_its_condition_is_lost_and_may_be_sent_again(account: FakeAccount) -> None:
    handle = account.waits.handle("Handle")
    assert signal(account, handle.url)
    condition = account.waits.condition("Condition", handle, 100)
    assert condition.status(account.clock.now()) == "PENDING"

    assert signal(account, handle.url)

    assert condition.status(account.clock.now()) == "COMPLETE"
    assert condition.data == '{"job-1": "job-1"}'
    assert signal(account, handle.url, ok=False)
    assert condition.status(account.clock.now()) == "COMPLETE"  # one id counts once


@pytest.mark.parametrize(("signals", "after", "status"), [([], 100, "TIMED_OUT"), ([False], 0, "FAILED")])
def test_a_condition_fails(account: FakeAccount, signals: list[bool], after: float, status: str) -> None:
    handle = account.waits.handle("Handle")
    condition = account.waits.condition("Condition", handle, 100)
    for ok in signals:
        signal(account, handle.url, ok=ok)

    assert condition.status(account.clock.now() + after) == status


def test_a_handle_that_is_deleted_or_a_day_old_takes_nothing(account: FakeAccount) -> None:
    handle = account.waits.handle("Handle")
    account.clock.sleep(86_400)
    assert not signal(account, handle.url)
    handle.deleted = True
    assert not signal(account, handle.url)
    assert [status for _, status in account.waits.sent] == [403, 404]


def test_a_condition_waits_twelve_hours_at_most(account: FakeAccount) -> None:
    with pytest.raises(AssertionError, match="12 hours"):
        account.waits.condition("Condition", account.waits.handle("Handle"), 43_201)


def test_a_deployment_waits_as_cloudformation_does(deployment: Deployment) -> None:
    deployment.start.sagemaker.scripts = [completes_after(9000)]

    assert deployment.create(template(timeout=14_400)) == "CREATE_COMPLETE"

    assert deployment.waited == "COMPLETE"
    assert deployment.result.physical_id is not None
    first = deployment.handle
    deployment.start.sagemaker.scripts = [fails()]
    assert deployment.update(template(key="k2", Environment={"A": "1"})) == "UPDATE_ROLLBACK_COMPLETE"
    assert deployment.waited == "FAILED"
    assert deployment.handle is first
    assert first is not None
    assert not first.deleted
    assert deployment.delete() == "DELETE_COMPLETE"
    assert first.deleted
    check(deployment.start, deployment.result)


def test_a_condition_may_come_after_the_signal(deployment: Deployment) -> None:
    """The job of an earlier deployment is adopted, and has completed: its first signal is lost."""
    deployment.condition_delay = 20

    assert deployment.create(template(timeout=1200)) == "CREATE_COMPLETE"
    asked = template(key="k2", timeout=1200)
    assert deployment.update(asked) == "UPDATE_COMPLETE"

    told = [body for body, status in deployment.start.waits.sent if status == 200]
    assert len(told) >= 3
    assert deployment.start.creations == 1
    check(deployment.start, deployment.result)


def test_a_sibling_that_fails_ends_the_wait(deployment: Deployment) -> None:
    deployment.start.sagemaker.scripts = [RUNS_FOR_EVER]
    began = deployment.start.clock.now()

    assert deployment.create(template(), sibling_fails_after=600) == "ROLLBACK_COMPLETE"

    assert deployment.waited == "CANCELLED"
    assert deployment.start.clock.now() - began < 1500
    assert deployment.start.sagemaker.live() == []
    check(deployment.start, deployment.result)
