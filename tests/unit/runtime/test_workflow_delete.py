"""The resource that stands for a stack's workflows: its Delete ends their jobs, and touches no other."""

from __future__ import annotations

import json

import pytest

from constructs_lib.runtime import front
from constructs_lib.runtime.transitions.marked_jobs import SECOND_LOOK
from constructs_lib.runtime.transitions.watch import DELETE_SECONDS

from .conftest import Logs
from .model import COMPLETES, INVENTED_ID, OWNER, CloudFormation, Response, Step, fails
from .workflows import ASKED, WORKFLOW_ID, WORKFLOW_TYPE, start, workflows


@pytest.fixture
def cfn() -> CloudFormation:
    return workflows()


def stopped(cfn: CloudFormation) -> list[str]:
    return [request["TrainingJobName"] for request in cfn.sagemaker.sent("StopTrainingJob")]


def test_delete_of_a_stack_in_which_nothing_runs_answers_without_a_watch(cfn: CloudFormation) -> None:
    began = cfn.clock.now()

    response = cfn.delete()

    assert (response.ok, response.physical_id) == (True, OWNER)
    assert cfn.executions.all == {}
    assert response.at - began == SECOND_LOOK


def test_delete_stops_what_runs_and_waits_for_it(cfn: CloudFormation) -> None:
    names = [start(cfn, f"wf-{number}") for number in range(5)]
    began = cfn.clock.now()

    response = cfn.delete()

    assert (response.ok, response.physical_id) == (True, OWNER)
    assert sorted(stopped(cfn)) == names
    assert cfn.sagemaker.live() == []
    assert began + cfn.sagemaker.stop_seconds <= response.at <= began + cfn.sagemaker.stop_seconds + 60
    assert len(cfn.recorder.given(response.url)) == 1


@pytest.mark.parametrize("owner", [None, "1f2e3d4cffffff", OWNER + "0", OWNER[:-1]])
def test_delete_leaves_other_jobs_alone(cfn: CloudFormation, owner: str | None) -> None:
    start(cfn, "wf-1")
    start(cfn, "theirs", owner)
    cfn.account.start("untagged", Tags=None)

    assert cfn.delete().ok
    assert stopped(cfn) == ["wf-1"]
    assert cfn.sagemaker.running() == ["theirs", "untagged"]


def test_delete_finds_jobs_behind_pages_that_are_empty(cfn: CloudFormation) -> None:
    """The service reads a page and compares the status then: here the newest ten have all completed."""
    start(cfn, "wf-old")
    cfn.clock.sleep(10)
    cfn.sagemaker.scripts = [COMPLETES]
    for number in range(10):
        cfn.account.start(f"done-{number}")
        cfn.clock.sleep(1)
    cfn.clock.sleep(1000)

    assert cfn.delete().ok
    assert stopped(cfn) == ["wf-old"]


def test_delete_waits_for_a_job_that_somebody_else_stops(cfn: CloudFormation) -> None:
    cfn.sagemaker.person_stops(start(cfn, "wf-1"))

    assert cfn.delete().ok
    assert cfn.sagemaker.status("wf-1") == "Stopped"
    assert stopped(cfn) == []


def test_a_job_that_turns_from_one_status_to_the_other_between_two_lists_is_found(
    cfn: CloudFormation,
) -> None:
    start(cfn, "wf-1")
    start(cfn, "wf-2")
    cfn.tape.meanwhile["StopTrainingJob"] = lambda: cfn.sagemaker.person_stops("wf-1")

    assert cfn.delete().ok
    assert cfn.sagemaker.live() == []


@pytest.mark.parametrize("script", [COMPLETES, fails()])
def test_a_job_that_ends_between_list_and_stop_is_as_good_as_stopped(
    cfn: CloudFormation, script: list[Step]
) -> None:
    cfn.sagemaker.scripts = [script]
    start(cfn, "wf-1")
    cfn.tape.meanwhile["StopTrainingJob"] = lambda: cfn.clock.sleep(1000)

    assert cfn.delete().ok
    assert stopped(cfn) == ["wf-1"]


def test_jobs_that_begin_while_delete_looks_are_found(cfn: CloudFormation) -> None:
    """Executions end at their next transition only."""
    start(cfn, "wf-1")
    event = cfn.event("Delete", ASKED)
    front.handle(event, cfn.world)
    for name in ("wf-2", "wf-3"):
        start(cfn, name)
        for _ in range(3):
            cfn.executions.step()

    response = cfn.finish(event)

    assert response.ok
    assert stopped(cfn) == ["wf-1", "wf-2", "wf-3"]
    assert cfn.sagemaker.live() == []


@pytest.mark.parametrize("already", [0, 1])
def test_a_creation_that_was_under_way_is_found(cfn: CloudFormation, already: int) -> None:
    cfn.sagemaker.list_seconds = 8
    if already:
        start(cfn, "wf-0")
        cfn.clock.sleep(10)
    start(cfn, "wf-1")

    assert cfn.delete().ok
    assert cfn.sagemaker.live() == []


def test_tags_that_are_not_seen_yet_are_waited_for(cfn: CloudFormation) -> None:
    """Of a job that begins before the last look, which is the fourth list."""
    kept: dict[str, str] = {}

    def later(operation: str, index: int, after: bool) -> None:
        if operation == "ListTrainingJobs" and not after and cfn.tape.count(operation) == 3:
            start(cfn, "wf-1")
            kept.update(cfn.sagemaker.jobs["wf-1"].tags)
            cfn.sagemaker.jobs["wf-1"].tags.clear()
        if operation == "ListTags" and after:
            cfn.sagemaker.jobs["wf-1"].tags.update(kept)

    cfn.tape.listeners.append(later)

    assert cfn.delete().ok
    assert stopped(cfn) == ["wf-1"]


def test_no_time_is_lost_on_old_jobs_without_tags(cfn: CloudFormation) -> None:
    for number in range(20):
        cfn.account.start(f"untagged-{number}", Tags=None)
    cfn.clock.sleep(100)
    began = cfn.clock.now()

    assert cfn.delete().at - began == SECOND_LOOK


def test_a_job_whose_record_goes_between_list_and_tags_is_passed_over(
    cfn: CloudFormation, logs: Logs
) -> None:
    start(cfn, "wf-1")
    cfn.tape.meanwhile["ListTags"] = lambda: cfn.sagemaker.jobs.clear()

    assert cfn.delete().ok
    assert stopped(cfn) == []
    assert {line["level"] for line in logs()} == {"INFO"}


def test_a_job_whose_record_goes_while_delete_waits_has_ended(cfn: CloudFormation) -> None:
    start(cfn, "wf-1")
    event = cfn.event("Delete", ASKED)
    front.handle(event, cfn.world)
    cfn.sagemaker.jobs.clear()

    assert cfn.finish(event).ok


def test_a_record_that_is_being_deleted_is_not_waited_for(cfn: CloudFormation) -> None:
    cfn.sagemaker.delete_seconds = 5000
    start(cfn, "wf-1")
    event = cfn.event("Delete", ASKED)
    front.handle(event, cfn.world)
    cfn.clock.sleep(100)
    cfn.sagemaker.delete_training_job(TrainingJobName="wf-1")
    began = cfn.clock.now()

    assert cfn.finish(event).at - began < 100


def test_jobs_that_were_looked_at_are_not_looked_at_again(cfn: CloudFormation) -> None:
    """An account may run many: their tags are read once, but for those that may not have been listed yet."""
    for number in range(10):
        start(cfn, f"theirs-{number}", "1f2e3d4cffffff")
    cfn.clock.sleep(1000)
    cfn.sagemaker.stop_seconds = 600
    start(cfn, "wf-1")

    assert cfn.delete().ok
    assert cfn.tape.count("ListTags") == 11


def test_only_jobs_younger_than_the_stack_are_looked_at(cfn: CloudFormation) -> None:
    account = cfn.account
    account.clock.time -= 7200
    account.start("older", Tags=None)
    account.clock.time += 7200

    assert cfn.delete().ok
    assert cfn.tape.count("ListTags") == 0


def test_a_stack_whose_beginning_is_not_known_is_searched_from_the_start(cfn: CloudFormation) -> None:
    start(cfn, "wf-1")
    event = cfn.event("Delete", ASKED)
    cfn.account.stacks._times.clear()

    assert cfn.settle(event).ok
    assert stopped(cfn) == ["wf-1"]


def test_more_jobs_than_a_watch_remembers_are_all_stopped(cfn: CloudFormation) -> None:
    for number in range(230):
        cfn.sagemaker.stop_seconds = 600 if number < 30 else 60
        start(cfn, f"wf-{number:060}")
        cfn.clock.sleep(1)
    cfn.clock.sleep(1000)

    response = cfn.delete()

    assert response.ok
    assert response.at >= cfn.sagemaker.jobs[f"wf-{0:060}"].ended
    assert len(stopped(cfn)) == len(set(stopped(cfn))) == 230
    assert cfn.sagemaker.live() == []
    [execution] = cfn.executions.all.values()
    assert len(json.loads(execution.input)["workflow"]["jobs"]) == 200
    assert len(execution.input) < 20_000


def test_each_job_is_waited_for(cfn: CloudFormation) -> None:
    cfn.sagemaker.stop_seconds = 900
    start(cfn, "slow")
    cfn.clock.sleep(10)
    cfn.sagemaker.stop_seconds = 20
    start(cfn, "quick")
    cfn.clock.sleep(1000)

    response = cfn.delete()

    assert response.ok
    assert response.at >= cfn.sagemaker.jobs["slow"].ended


# Whose Delete it is, and when it comes.


@pytest.mark.fault(6)
def test_an_invented_id_changes_nothing_and_is_answered(cfn: CloudFormation) -> None:
    start(cfn, "wf-1")

    response = cfn.settle(cfn.event("Delete", ASKED, physical_id=INVENTED_ID))

    assert (response.ok, response.physical_id) == (True, INVENTED_ID)
    assert cfn.sagemaker.live() == []


def test_a_delete_without_any_physical_id_is_answered(cfn: CloudFormation) -> None:
    event = cfn.event("Delete", ASKED)
    del event["PhysicalResourceId"]

    assert cfn.settle(event).ok


def test_delete_in_a_roll_back_stops_what_runs() -> None:
    cfn = CloudFormation(resource_type=WORKFLOW_TYPE, logical_id=WORKFLOW_ID)
    cfn.sagemaker.scripts = [COMPLETES[:1]]
    front.handle(cfn.event("Create", ASKED), cfn.world)
    start(cfn, "wf-1")

    response = cfn.settle(cfn.event("Delete", ASKED, physical_id=OWNER, status="ROLLBACK_IN_PROGRESS"))

    assert response.ok
    assert cfn.sagemaker.live() == []


def test_a_delete_delivered_three_times_is_one_watch_and_one_answer(cfn: CloudFormation) -> None:
    start(cfn, "wf-1")
    event = cfn.event("Delete", ASKED)
    for _ in range(3):
        front.handle(event, cfn.world)

    response = cfn.finish(event)

    assert response.ok
    assert len(cfn.executions.all) == 1
    assert len(cfn.recorder.given(response.url)) == 1
    assert stopped(cfn) == ["wf-1"]


def test_a_delete_delivered_again_after_the_end_changes_nothing(cfn: CloudFormation) -> None:
    start(cfn, "wf-1")
    event = cfn.event("Delete", ASKED)
    first = cfn.settle(event)

    cfn.deliver(event)
    cfn.executions.run()

    assert cfn.recorder.effective(event["ResponseURL"]) is first
    assert stopped(cfn) == ["wf-1"]


def test_a_delete_of_an_earlier_operation_stops_nothing_of_a_later_one(
    cfn: CloudFormation, logs: Logs
) -> None:
    """An Update took the workflows away, another one brought them back: they have the same owner."""
    event = cfn.event("Delete", ASKED, status="UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
    cfn.clock.sleep(4000)
    cfn.status = "UPDATE_IN_PROGRESS"
    start(cfn, "wf-1")

    response: Response = cfn.settle(event)

    assert response.ok
    assert cfn.sagemaker.running() == ["wf-1"]
    assert [line["level"] for line in logs() if line["message"].startswith("came too late")] == ["WARNING"]


def test_a_delete_whose_address_has_expired_is_dropped(cfn: CloudFormation) -> None:
    start(cfn, "wf-1")
    event = cfn.event("Delete", ASKED)
    cfn.deliver(event, after=8000)

    assert cfn.sagemaker.running() == ["wf-1"]
    assert cfn.recorder.effective(event["ResponseURL"]) is None


def test_a_clean_up_in_an_update_stops_what_runs(cfn: CloudFormation) -> None:
    start(cfn, "wf-1")
    cfn.status = "UPDATE_IN_PROGRESS"
    cfn.clock.sleep(300)

    assert cfn.settle(cfn.event("Delete", ASKED, status="UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")).ok
    assert cfn.sagemaker.live() == []


def test_the_watch_ends_before_cloudformation_does(cfn: CloudFormation) -> None:
    """Delivered late, it has less time: CloudFormation listens for an hour from when it asked."""
    cfn.sagemaker.stop_seconds = 99_999
    start(cfn, "wf-1")
    event = cfn.event("Delete", ASKED)
    asked = cfn.clock.now()
    cfn.deliver(event, after=1500)

    response = cfn.finish(event)

    assert not response.ok
    assert response.at - asked <= 3600
    assert response.at - asked - 1500 < DELETE_SECONDS
