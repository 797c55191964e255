"""An Update that takes execution roles away ends the jobs under them; any other one answers at once."""

from __future__ import annotations

from typing import Any

import pytest

from constructs_lib.runtime import front
from constructs_lib.runtime.transitions.marked_jobs import SECOND_LOOK

from .conftest import Logs
from .model import OWNER, CloudFormation, Raw
from .telling import told, warning
from .updates import AFTER, BEFORE, BOTH, KEPT, NEW, OLD, begun, train
from .workflows import ASKED, start, workflows


@pytest.fixture
def cfn() -> CloudFormation:
    return workflows(asked=BEFORE)


def stopped(cfn: CloudFormation) -> list[str]:
    return [request["TrainingJobName"] for request in cfn.sagemaker.sent("StopTrainingJob")]


def test_jobs_under_a_role_that_goes_are_stopped_and_waited_for(cfn: CloudFormation) -> None:
    names = [train(cfn, f"wf-{number}", OLD) for number in range(3)]
    train(cfn, "stays", KEPT)
    cfn.clock.sleep(4000)
    began = cfn.clock.now()

    response = cfn.update(AFTER)

    assert (response.ok, response.physical_id, response.data) == (True, OWNER, {})
    assert sorted(stopped(cfn)) == names
    assert cfn.sagemaker.live() == ["stays"]
    assert began + cfn.sagemaker.stop_seconds <= response.at <= began + cfn.sagemaker.stop_seconds + 60


@pytest.mark.parametrize("owner", [None, "1f2e3d4cffffff"])
def test_jobs_of_others_under_the_same_role_train_on(cfn: CloudFormation, owner: str | None) -> None:
    train(cfn, "theirs", OLD, owner)

    assert cfn.update(AFTER).ok
    assert stopped(cfn) == []


def test_where_nothing_runs_there_is_no_watch(cfn: CloudFormation) -> None:
    train(cfn, "stays", KEPT)
    began = cfn.clock.now()

    response = cfn.update(AFTER)

    assert (response.ok, response.at - began) == (True, SECOND_LOOK)
    assert cfn.executions.all == {}


def test_without_the_property_every_former_role_goes(cfn: CloudFormation) -> None:
    train(cfn, "wf-1", OLD)
    train(cfn, "wf-2", KEPT)

    assert cfn.update(ASKED).ok
    assert sorted(stopped(cfn)) == ["wf-1", "wf-2"]


@pytest.mark.parametrize(
    ("before", "asked"),
    [
        (ASKED, BEFORE),
        (BEFORE, BEFORE),
        (BEFORE, BOTH),
        (BEFORE, {**ASKED, "Roles": [*reversed(BEFORE["Roles"])]}),
        ({**ASKED, "Roles": OLD}, AFTER),
    ],
    ids=["earlier version", "same", "one more", "other order", "unreadable"],
)
def test_an_update_that_takes_no_role_away_answers_at_once(before: Raw, asked: Raw) -> None:
    cfn = workflows(asked=before)
    train(cfn, "wf-1", OLD)
    calls, began = len(cfn.tape.calls), cfn.clock.now()

    response = cfn.update(asked)

    assert (response.ok, response.at) == (True, began)
    assert cfn.tape.calls[calls:] == ["Answer"]
    assert cfn.sagemaker.running() == ["wf-1"]


def test_an_event_without_old_properties_answers_at_once(cfn: CloudFormation) -> None:
    event = cfn.event("Update", AFTER)

    assert cfn.settle(event).ok
    assert cfn.tape.count("DescribeStacks") == 0


def test_jobs_that_begin_meanwhile_are_stopped_by_their_role(cfn: CloudFormation) -> None:
    """The state machines are changed only after the answer: until then executions start jobs as before."""
    train(cfn, "wf-1", OLD)
    event = begun(cfn)
    train(cfn, "wf-2", OLD)
    train(cfn, "stays", KEPT)

    assert cfn.finish(event).ok
    assert stopped(cfn) == ["wf-1", "wf-2"]
    assert cfn.sagemaker.live() == ["stays"]


def test_a_creation_that_was_under_way_is_found(cfn: CloudFormation) -> None:
    cfn.sagemaker.list_seconds = 8
    train(cfn, "wf-1", OLD)

    assert cfn.update(AFTER).ok
    assert cfn.sagemaker.live() == []


def test_a_job_whose_record_goes_before_its_role_is_read_is_passed_over(cfn: CloudFormation) -> None:
    train(cfn, "wf-1", OLD)
    cfn.tape.meanwhile["DescribeTrainingJob"] = cfn.sagemaker.jobs.clear

    assert cfn.update(AFTER).ok
    assert stopped(cfn) == []


def test_interfaces_are_not_waited_for(cfn: CloudFormation) -> None:
    """The network stays."""
    train(cfn, "wf-1", OLD)
    began = cfn.clock.now()

    response = cfn.update({**AFTER, "AwaitInterfaces": True})

    assert response.ok
    assert response.at - began < cfn.sagemaker.stop_seconds + 60
    assert cfn.tape.count("DescribeNetworkInterfaces") == 0


def test_delete_after_it_ends_the_others(cfn: CloudFormation) -> None:
    train(cfn, "stays", KEPT)
    assert cfn.update(AFTER).ok

    assert cfn.delete().ok
    assert stopped(cfn) == ["stays"]


# Roll-backs.


def test_a_roll_back_leaves_jobs_under_the_roles_that_come_back(cfn: CloudFormation) -> None:
    """A sibling failed after the Update had been answered."""
    assert cfn.update(AFTER, clean_up=False).ok
    train(cfn, "wf-1", OLD)
    train(cfn, "stays", KEPT)

    assert cfn.undo(BEFORE).ok
    assert stopped(cfn) == []


def test_a_roll_back_stops_jobs_under_the_roles_that_the_update_had_made(cfn: CloudFormation) -> None:
    assert cfn.update(AFTER, clean_up=False).ok
    train(cfn, "new", NEW)

    response = cfn.undo(BEFORE)

    assert response.ok
    assert stopped(cfn) == ["new"]
    assert response.at >= cfn.sagemaker.jobs["new"].ended


def test_jobs_that_do_not_end_fail_the_update_and_its_roll_back_stops_nothing(cfn: CloudFormation) -> None:
    cfn.sagemaker.stop_seconds = 99_999
    train(cfn, "wf-1", OLD)

    response = cfn.update(AFTER)

    assert not response.ok
    assert response.reason == (
        "training jobs of the stack's workflows were told to stop and have not ended: 'wf-1'; "
        "deploy again when they have"
    )
    train(cfn, "wf-2", OLD)
    assert cfn.roll_back().ok
    assert stopped(cfn) == ["wf-1"]


def test_a_roll_back_that_begins_ends_the_watch(cfn: CloudFormation, logs: Logs) -> None:
    """A sibling failed while jobs ended: CloudFormation cancels the Update, and its roles stay."""
    cfn.sagemaker.stop_seconds = 600
    train(cfn, "wf-1", OLD)
    begun(cfn)
    cfn.status = "UPDATE_ROLLBACK_IN_PROGRESS"
    train(cfn, "wf-2", OLD)

    back = cfn.settle(cfn.event("Update", BEFORE, AFTER))

    assert back.ok
    assert cfn.executions.running() == []
    assert cfn.sagemaker.running() == ["wf-2"]
    assert told(logs, "update is over, nothing more is stopped") == warning(job=OWNER)


def test_a_watch_that_dies_in_a_roll_back_stops_nothing(cfn: CloudFormation) -> None:
    cfn.sagemaker.stop_seconds = 600
    train(cfn, "wf-1", OLD)
    begun(cfn)
    cfn.status = "UPDATE_ROLLBACK_IN_PROGRESS"
    train(cfn, "wf-2", OLD)

    cfn.executions.abort(next(iter(cfn.executions.all)))

    assert cfn.sagemaker.running() == ["wf-2"]


def test_an_update_that_arrives_in_its_own_roll_back_leaves_what_trains(cfn: CloudFormation) -> None:
    train(cfn, "wf-1", OLD)
    cfn.clock.sleep(3600)
    event = cfn.event("Update", AFTER, BEFORE)
    cfn.status = "UPDATE_ROLLBACK_IN_PROGRESS"

    assert cfn.settle(event).ok
    assert cfn.sagemaker.running() == ["wf-1"]


# Deliveries.


def test_an_update_delivered_three_times_is_one_watch_and_one_answer(cfn: CloudFormation) -> None:
    train(cfn, "wf-1", OLD)
    event = begun(cfn)
    for _ in range(2):
        front.handle(event, cfn.world)

    response = cfn.finish(event)

    assert response.ok
    assert len(cfn.executions.all) == 1
    assert len(cfn.recorder.given(response.url)) == 1
    assert stopped(cfn) == ["wf-1"]


@pytest.mark.parametrize(
    "status", ["UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_COMPLETE", "UPDATE_FAILED"]
)
def test_an_update_delivered_when_it_is_over_stops_nothing(
    cfn: CloudFormation, status: str, logs: Logs
) -> None:
    event = cfn.event("Update", AFTER, BEFORE)
    cfn.status = status
    train(cfn, "wf-1", OLD)

    assert cfn.settle(event).ok
    assert cfn.sagemaker.running() == ["wf-1"]
    assert "WARNING" in {line["level"] for line in logs()}


def test_an_update_of_an_earlier_operation_stops_nothing_of_a_later_one(cfn: CloudFormation) -> None:
    """The later one has brought the role back."""
    event = cfn.event("Update", AFTER, BEFORE)
    cfn.clock.sleep(4000)
    cfn.status = "UPDATE_IN_PROGRESS"
    train(cfn, "wf-1", OLD)

    assert cfn.settle(event).ok
    assert cfn.sagemaker.running() == ["wf-1"]


def test_a_watch_of_an_earlier_operation_stops_nothing_of_a_later_one(cfn: CloudFormation) -> None:
    cfn.sagemaker.stop_seconds = 99_999
    train(cfn, "wf-1", OLD)
    begun(cfn)
    cfn.clock.sleep(1000)
    cfn.status = "UPDATE_IN_PROGRESS"
    train(cfn, "wf-2", OLD)

    cfn.executions.run()

    assert cfn.sagemaker.running() == ["wf-2"]


def test_a_stack_whose_beginning_is_not_known_is_searched_from_the_start(cfn: CloudFormation) -> None:
    train(cfn, "wf-1", OLD)
    event = cfn.event("Update", AFTER, BEFORE)
    cfn.account.stacks._times.clear()

    assert cfn.settle(event).ok
    assert stopped(cfn) == ["wf-1"]


def test_the_state_of_a_watch_has_what_was_taken_away(cfn: CloudFormation) -> None:
    train(cfn, "wf-1", OLD)
    begun(cfn)
    state: dict[str, Any] = cfn.executions.running()[0].state

    assert state["workflow"]["roles"] == [OLD]
    assert state["workflow"]["status"] == "UPDATE_IN_PROGRESS"


def test_the_state_of_a_deletion_is_as_it_was(cfn: CloudFormation) -> None:
    start(cfn, "wf-1")
    front.handle(cfn.event("Delete", AFTER), cfn.world)
    state: dict[str, Any] = cfn.executions.running()[0].state

    assert state["workflow"].keys() == {"owner", "first", "since", "jobs", "networks"}
    assert state["asked"] is None
