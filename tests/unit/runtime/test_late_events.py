"""Events that come after their own undoing, or after CloudFormation has given up."""

from __future__ import annotations

import pytest

from constructs_lib.runtime import front
from constructs_lib.runtime.issued import SEEN_SECONDS, Validity, validity

from .conftest import Logs
from .model import (
    LIMIT_SECONDS,
    RUNS_FOR_EVER,
    CloudFormation,
    Raw,
    check,
    denied,
    properties,
)

HOUR = 3600
OTHER: Raw = {"HyperParameters": {"epochs": "4"}}


def undone_first(cfn: CloudFormation, asked: Raw, status: str) -> Raw:
    """A Create whose Delete was carried out before it was delivered."""
    create = cfn.event("Create", asked)
    delete = cfn.event("Delete", asked, status=f"{status}_IN_PROGRESS")
    assert cfn.settle(delete).ok
    return create


# Delete before its Create.


@pytest.mark.fault(7)
@pytest.mark.parametrize("names", [{}, {"Fixed": "by-hand"}])
@pytest.mark.parametrize("mode", ["wait", "start"])
@pytest.mark.parametrize("still", ["_IN_PROGRESS", "_COMPLETE", "_FAILED"])
@pytest.mark.parametrize("status", ["ROLLBACK", "DELETE"])
def test_delete_before_its_create(
    cfn: CloudFormation, status: str, still: str, mode: str, names: Raw
) -> None:
    asked = properties(mode=mode)
    asked["JobName"].update(names)
    create = undone_first(cfn, asked, status)
    cfn.status = status + still

    response = cfn.settle(create)

    assert not response.ok
    assert f"the stack is {status}{still}: nobody waits for a training job" in response.reason
    assert cfn.creations == 0
    check(cfn)


@pytest.mark.fault(7)
def test_a_create_for_a_stack_that_is_not_known_any_more_trains_nothing(cfn: CloudFormation) -> None:
    create = undone_first(cfn, properties(), "DELETE")
    del cfn.account.stacks.statuses[cfn.stack_id]

    response = cfn.settle(create)

    assert not response.ok
    assert "does not exist" in response.reason
    assert cfn.creations == 0


@pytest.mark.fault(7)
@pytest.mark.parametrize("status", ["ROLLBACK", "DELETE"])
def test_delete_between_the_look_and_the_creation(cfn: CloudFormation, status: str) -> None:
    """The stack turns, and the whole Delete is carried out, after the front has looked at the stack."""
    cfn.sagemaker.scripts = [RUNS_FOR_EVER]
    asked = properties()
    create = cfn.event("Create", asked)
    deleted = []

    def undo() -> None:
        delete = cfn.event("Delete", asked, status=f"{status}_IN_PROGRESS")
        front.handle(delete, cfn.world)
        deleted.append(cfn.recorder.effective(delete["ResponseURL"]))

    cfn.tape.meanwhile["CreateTrainingJob"] = undo
    response = cfn.settle(create)

    [answer] = deleted
    assert answer is not None
    assert answer.ok
    assert cfn.creations == 1
    assert cfn.sagemaker.running() == []
    assert not response.ok
    assert f"the stack became {status}_IN_PROGRESS while" in response.reason
    assert "was stopped" in response.reason


@pytest.mark.fault(7)
def test_a_fixed_name_that_is_overtaken_is_stopped_too(cfn: CloudFormation) -> None:
    cfn.sagemaker.scripts = [RUNS_FOR_EVER]
    asked = properties(mode="start")
    asked["JobName"]["Fixed"] = "by-hand"
    create = cfn.event("Create", asked)
    cfn.tape.meanwhile["CreateTrainingJob"] = lambda: setattr(cfn, "status", "ROLLBACK_IN_PROGRESS")

    response = cfn.settle(create)

    assert not response.ok
    assert (cfn.creations, cfn.sagemaker.running()) == (1, [])


@pytest.mark.fault(7)
@pytest.mark.parametrize("status", ["UPDATE_ROLLBACK_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE"])
def test_an_update_after_its_own_roll_back_trains_nothing(cfn: CloudFormation, status: str) -> None:
    cfn.create(properties())
    late = cfn.event("Update", properties(**OTHER), cfn.deployed)
    assert cfn.settle(cfn.event("Update", cfn.deployed, properties(**OTHER), status=status)).ok

    cfn.status = status
    cfn.settle(late)

    assert cfn.creations == 1


@pytest.mark.fault(7)
def test_an_update_for_a_stack_that_is_deleted_trains_nothing(cfn: CloudFormation) -> None:
    cfn.create(properties())
    late = cfn.event("Update", properties(**OTHER), cfn.deployed)
    assert cfn.delete().ok

    response = cfn.settle(late)

    assert not response.ok
    assert "nobody waits" in response.reason
    assert cfn.creations == 1


# Late deliveries.


def of_version_2(event: Raw, cfn: CloudFormation) -> Raw:
    """The event with an address of signature version 2."""
    expires = round(cfn.clock.now()) + SEEN_SECONDS
    query = f"AWSAccessKeyId=AKIA&Expires={expires}&Signature=b3ar3r"
    return {**event, "ResponseURL": f"https://cfn.s3.amazonaws.com/x?{query}"}


@pytest.mark.fault(8)
@pytest.mark.parametrize("version", [4, 2])
@pytest.mark.parametrize("kind", ["Create", "Update", "Delete"])
def test_six_hours_late_nothing_is_done(cfn: CloudFormation, kind: str, version: int, logs: Logs) -> None:
    event = cfn.event(kind, properties(), properties(**OTHER), status="CREATE_IN_PROGRESS")
    if version == 2:
        event = of_version_2(event, cfn)

    cfn.deliver(event, after=6 * HOUR)

    assert cfn.tape.calls == []
    assert [line["level"] for line in logs() if line["message"] == "came too late, dropped"] == ["ERROR"]


@pytest.mark.fault(8)
@pytest.mark.parametrize("version", [4, 2])
def test_fifty_minutes_late_is_answered_within_the_hour(cfn: CloudFormation, version: int) -> None:
    cfn.sagemaker.scripts = [RUNS_FOR_EVER]
    asked_at = cfn.clock.now()
    event = cfn.event("Create", properties(timeout=3300))
    if version == 2:
        event = of_version_2(event, cfn)

    cfn.deliver(event, after=3000)
    response = cfn.finish(event)

    assert not response.ok
    assert "had not ended when the wait for it was over, and was stopped" in response.reason
    assert asked_at + 3300 < response.at < asked_at + LIMIT_SECONDS
    assert cfn.sagemaker.live() == []


@pytest.mark.fault(8)
def test_an_address_without_a_date_is_waited_for_as_long_as_was_asked(cfn: CloudFormation) -> None:
    cfn.sagemaker.scripts = [RUNS_FOR_EVER]
    event = {**cfn.event("Create", properties(timeout=1500)), "ResponseURL": "https://cfn.s3/x"}

    cfn.deliver(event, after=3000)
    cfn.executions.run()

    [response] = cfn.recorder.responses
    assert cfn.sagemaker.every[0].stopped == pytest.approx(cfn.sagemaker.every[0].started + 1500, abs=61)
    assert not response.ok


@pytest.mark.fault(8)
def test_a_punctual_request_waits_as_long_as_was_asked(cfn: CloudFormation) -> None:
    """The limit of the hour does not shorten a wait that fits."""
    cfn.sagemaker.scripts = [RUNS_FOR_EVER]
    cfn.deliver(cfn.event("Create", properties(timeout=3200)))

    [execution] = cfn.executions.all.values()

    assert execution.state["deadline"] == cfn.clock.now() + 3200


@pytest.mark.fault(8)
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("X-Amz-Date=20250615T150640Z&X-Amz-Expires=7199", Validity(1_750_000_000, 1_750_007_199)),
        ("x-amz-date=20250615T150640Z&x-amz-expires=60", Validity(1_750_000_000, 1_750_000_060)),
        ("Expires=1750007200&Signature=s", Validity(1_750_000_000, 1_750_007_200)),
        ("", None),
        ("Signature=s", None),
        ("Expires=soon", None),
        ("X-Amz-Date=20250615T150640Z", None),
        ("X-Amz-Date=yesterday&X-Amz-Expires=60", None),
        ("X-Amz-Date=20250615T150640Z&X-Amz-Expires=" + "9" * 30, None),
    ],
)
def test_an_address_tells_its_dates(query: str, found: Validity | None) -> None:
    assert validity(f"https://cfn.s3.amazonaws.com/x?{query}") == found


@pytest.mark.fault(8)
@pytest.mark.parametrize("url", ["https://[x/?Expires=1", "no address"])
def test_no_address_has_no_dates(url: str) -> None:
    assert validity(url) is None


@pytest.mark.fault(8)
def test_a_request_is_dropped_only_after_its_address_has_expired(cfn: CloudFormation) -> None:
    event = cfn.event("Delete", properties())

    cfn.deliver(event, after=7199)
    assert cfn.recorder.effective(event["ResponseURL"]) is not None
    cfn.tape.calls.clear()
    cfn.deliver(event, after=1)

    assert cfn.tape.calls == []


@pytest.mark.fault(7)
@pytest.mark.parametrize("names", [{}, {"Fixed": "by-hand"}])
def test_a_creation_that_waits_for_its_policy_asks_whether_it_is_still_wanted(
    cfn: CloudFormation, names: Raw
) -> None:
    """Minutes go by in between, and the stack is rolled back."""
    asked = properties()
    asked["JobName"].update(names)
    event = cfn.event("Create", asked)
    cfn.tape.fail("CreateTrainingJob", denied("CreateTrainingJob"), times=3)

    def turn() -> None:
        cfn.status = "ROLLBACK_IN_PROGRESS"

    cfn.tape.meanwhile["CreateTrainingJob"] = turn

    response = cfn.settle(event)

    assert "nobody waits for a training job" in response.reason
    assert (cfn.creations, cfn.tape.count("CreateTrainingJob")) == (0, 1)


@pytest.mark.fault(7)
def test_a_stop_that_waits_for_its_policy_is_repeated(cfn: CloudFormation) -> None:
    """Delete was carried out already: nobody else would stop the job."""
    cfn.sagemaker.scripts = [RUNS_FOR_EVER]
    cfn.tape.fail("StopTrainingJob", denied("StopTrainingJob"), times=3)

    def turn() -> None:
        cfn.status = "ROLLBACK_IN_PROGRESS"

    cfn.tape.meanwhile["CreateTrainingJob"] = turn

    assert not cfn.settle(cfn.event("Create", properties())).ok

    assert (cfn.creations, cfn.sagemaker.running()) == (1, [])
