"""A job whose name the user gave: it is used as it is, and for one content only."""

from __future__ import annotations

from typing import Any

import pytest

from constructs_lib.runtime.ownership import CONTENT_TAG, STACK_TAG

from .model import (
    COMPLETES,
    RUNS_FOR_EVER,
    STACK_ID,
    CloudFormation,
    Died,
    Raw,
    client_error,
    denied,
    fails,
    properties,
)

NAME = "Churn-2026-11"
OTHER: Raw = {"Environment": {"VERSION": "2"}}
ONCE = (
    f"training job '{NAME}' has another content, and a job's name can be used once; "
    "change training_job_name, or leave it out"
)


def fixed(name: str = NAME, **rest: Any) -> Raw:
    asked = properties(**rest)
    return {**asked, "JobName": {**asked["JobName"], "Fixed": name}}


def tags(cfn: CloudFormation, name: str) -> dict[str, str]:
    (sent,) = (one for one in cfn.sagemaker.sent("CreateTrainingJob") if one["TrainingJobName"] == name)
    return {tag["Key"]: tag["Value"] for tag in sent["Tags"]}


def test_the_name_is_used_as_it_is(cfn: CloudFormation) -> None:
    response = cfn.create(fixed())

    assert response.ok
    assert response.physical_id == NAME
    assert response.data["TrainingJobName"] == NAME
    assert cfn.sagemaker.created == [NAME]
    assert len(tags(cfn, NAME)[CONTENT_TAG]) == 12


def test_jobs_that_the_runtime_names_have_no_tag_for_their_content(cfn: CloudFormation) -> None:
    cfn.create(properties())

    assert CONTENT_TAG not in tags(cfn, cfn.job)


@pytest.mark.parametrize("script", [COMPLETES, RUNS_FOR_EVER], ids=["completed", "running"])
def test_an_update_of_the_same_content_keeps_the_job(cfn: CloudFormation, script: Any) -> None:
    cfn.sagemaker.scripts = [script]
    cfn.create(fixed(mode="start"))

    response = cfn.update(fixed(mode="start", Tags=[{"Key": "team", "Value": "other"}]))

    assert response.ok
    assert response.physical_id == NAME
    assert cfn.creations == 1
    assert cfn.tape.count("StopTrainingJob") == 0
    (added,) = cfn.sagemaker.sent("AddTags")
    assert added["Tags"] == [{"Key": "team", "Value": "other"}]


def test_another_content_is_refused_and_the_running_job_left_alone(cfn: CloudFormation) -> None:
    cfn.sagemaker.scripts = [RUNS_FOR_EVER]
    cfn.create(fixed(mode="start"))

    response = cfn.update(fixed(mode="start", **OTHER))

    assert not response.ok
    assert response.reason.startswith(ONCE)
    assert cfn.creations == 1
    assert cfn.sagemaker.running() == [NAME]
    assert cfn.roll_back().ok
    assert cfn.sagemaker.running() == [NAME]


def test_another_name_is_another_job_and_the_old_one_is_cleaned_up(cfn: CloudFormation) -> None:
    cfn.sagemaker.scripts = [RUNS_FOR_EVER, RUNS_FOR_EVER]
    cfn.create(fixed(mode="start"))

    response = cfn.update(fixed("Churn-2026-12", mode="start", **OTHER))

    assert response.physical_id == "Churn-2026-12"
    assert cfn.cleaned_up
    assert cfn.sagemaker.running() == ["Churn-2026-12"]


def test_another_name_that_fails_gives_the_old_job_back(cfn: CloudFormation) -> None:
    cfn.sagemaker.scripts = [RUNS_FOR_EVER, fails()]
    cfn.create(fixed(mode="start"))

    response = cfn.update(fixed("Churn-2026-12", **OTHER))

    assert not response.ok
    assert cfn.roll_back().ok
    assert cfn.sagemaker.running() == [NAME]


def test_a_roll_back_stops_the_job_that_was_given_up(cfn: CloudFormation) -> None:
    cfn.sagemaker.scripts = [COMPLETES, RUNS_FOR_EVER]
    cfn.create(fixed())
    cfn.failed = fixed("Churn-2026-12", **OTHER)
    cfn.deliver(cfn.event("Update", cfn.failed, cfn.deployed))  # never answered: given up by its user
    assert cfn.sagemaker.running() == ["Churn-2026-12"]

    cfn.deliver(cfn.event("Update", cfn.deployed, cfn.failed))

    assert cfn.sagemaker.running() == []


def test_back_to_a_name_whose_job_had_another_content(cfn: CloudFormation) -> None:
    cfn.create(fixed())
    cfn.update(fixed("Churn-2026-12", **OTHER))

    again, changed = cfn.update(fixed()), cfn.update(fixed("Churn-2026-12"))

    assert again.ok
    assert again.physical_id == NAME
    assert not changed.ok
    assert "training job 'Churn-2026-12' has another content" in changed.reason
    assert cfn.creations == 2


def test_from_a_fixed_name_to_made_ones_trains_again(cfn: CloudFormation) -> None:
    cfn.create(fixed())

    response = cfn.update(properties())

    assert response.ok
    assert response.physical_id != NAME
    assert cfn.creations == 2
    assert cfn.cleaned_up


def test_from_made_names_to_a_fixed_one_keeps_the_job_until_its_content_changes(cfn: CloudFormation) -> None:
    first = cfn.create(properties()).physical_id

    same, changed = cfn.update(fixed()), cfn.update(fixed(**OTHER))

    assert same.physical_id == first
    assert changed.physical_id == NAME
    assert cfn.creations == 2


def test_a_name_of_somebody_elses_is_left_alone(cfn: CloudFormation) -> None:
    cfn.sagemaker.scripts = [RUNS_FOR_EVER]
    cfn.create(fixed(mode="start"))
    other = cfn.beside(stack_id=STACK_ID.replace("stack/", "stack/other-"))

    response = other.create(fixed(mode="start"))

    assert not response.ok
    assert "exists and was not started by this resource" in response.reason
    assert "another training_job_name" in response.reason
    assert other.delete().ok
    assert cfn.sagemaker.running() == [NAME]


def test_a_job_that_failed_cannot_be_had_again(cfn: CloudFormation) -> None:
    cfn.sagemaker.scripts = [fails()]
    assert not cfn.create(fixed()).ok

    response = cfn.create(fixed())

    assert not response.ok
    assert response.reason.startswith(f"training job '{NAME}' is Failed, and a job's name can be used once")
    assert cfn.creations == 1


def test_a_record_that_is_gone_is_not_trained_again(cfn: CloudFormation) -> None:
    cfn.create(fixed())
    cfn.sagemaker.person_deletes(name=NAME)

    same, changed = cfn.update(fixed()), cfn.update(fixed(**OTHER))

    assert same.ok
    assert same.data["TrainingJobStatus"] == "Deleted"
    assert not changed.ok
    assert changed.reason.startswith(ONCE)
    assert cfn.creations == 1


def test_delete_stops_the_job(cfn: CloudFormation) -> None:
    cfn.sagemaker.scripts = [RUNS_FOR_EVER]
    cfn.create(fixed(mode="start"))

    assert cfn.delete().ok

    assert cfn.sagemaker.running() == []


def test_delete_of_an_unanswered_create_stops_the_job(cfn: CloudFormation) -> None:
    cfn.sagemaker.scripts = [RUNS_FOR_EVER]
    cfn.deliver(cfn.event("Create", fixed()))

    assert cfn.settle(cfn.event("Delete", fixed(), physical_id="models-Churn-INVENTED")).ok

    assert cfn.sagemaker.running() == []


@pytest.mark.parametrize("deployed", [fixed(mode="start"), properties(mode="start")], ids=["fixed", "made"])
def test_a_roll_back_does_not_fail_over_a_name_that_it_may_not_look_at(
    cfn: CloudFormation, deployed: Raw
) -> None:
    name = cfn.create(deployed).physical_id
    cfn.failed = fixed("Churn-2026-12", mode="start", **OTHER)
    # Policies are rolled back first, and no longer name the job that was given up.
    cfn.tape.fail("DescribeTrainingJob", denied("DescribeTrainingJob"))

    response = cfn.roll_back()

    assert response.ok
    assert response.physical_id == name
    assert cfn.sagemaker.created == [name]


def test_a_delete_fails_where_the_tags_of_the_job_that_is_there_cannot_be_looked_at(
    cfn: CloudFormation,
) -> None:
    """A job that may be looked at was started: it is not taken for one that never was."""
    cfn.sagemaker.scripts = [RUNS_FOR_EVER]
    cfn.create(fixed(mode="start"))
    cfn.tape.fail("ListTags", denied("ListTags"), times=99)

    refused = cfn.delete()

    assert not refused.ok
    cfn.tape.faults.clear()
    assert cfn.delete().ok
    assert cfn.sagemaker.running() == []


def test_a_roll_back_fails_where_its_own_jobs_cannot_be_looked_at(cfn: CloudFormation) -> None:
    cfn.create(properties(mode="start"))
    cfn.failed = properties(mode="start", **OTHER)
    cfn.tape.fail("DescribeTrainingJob", denied("DescribeTrainingJob"), times=100)

    assert not cfn.roll_back().ok


def test_a_roll_back_fails_where_the_service_does(cfn: CloudFormation) -> None:
    cfn.create(fixed(mode="start"))
    cfn.failed = fixed("Churn-2026-12", mode="start", **OTHER)
    broken = client_error("ValidationException", "bad luck", "DescribeTrainingJob")
    cfn.tape.fail("DescribeTrainingJob", broken)

    assert not cfn.roll_back().ok


def test_a_roll_back_without_a_record_goes_on(cfn: CloudFormation) -> None:
    cfn.create(fixed())
    cfn.sagemaker.person_deletes(name=NAME)
    cfn.update(fixed(**OTHER))

    assert cfn.roll_back().ok
    assert cfn.creations == 1


def test_a_redelivery_answers_for_what_failed_meanwhile(cfn: CloudFormation) -> None:
    cfn.sagemaker.scripts = [fails("AlgorithmError: boom")]
    event = cfn.event("Create", fixed())
    cfn.tape.fail("StartExecution", Died())
    cfn.tape.meanwhile["StartExecution"] = lambda: cfn.clock.sleep(400)

    response = cfn.settle(event)

    assert response.reason.startswith(f"training job '{NAME}' failed: AlgorithmError: boom; see https://")
    assert cfn.creations == 1


def test_a_job_that_is_adopted_gets_the_new_tags(cfn: CloudFormation) -> None:
    cfn.create(fixed())
    cfn.update(fixed("Churn-2026-12", **OTHER))

    cfn.update(fixed(Tags=[{"Key": "team", "Value": "other"}]))

    assert cfn.creations == 2
    assert cfn.sagemaker.jobs[NAME].tags["team"] == "other"


def test_a_name_that_is_taken_between_look_and_call(cfn: CloudFormation) -> None:
    event = cfn.event("Create", fixed())
    # Another delivery of the same event is faster.
    cfn.tape.meanwhile["CreateTrainingJob"] = lambda: cfn.deliver(event)

    assert cfn.settle(event).ok
    assert cfn.creations == 1


def test_a_name_that_is_neither_there_nor_free(cfn: CloudFormation) -> None:
    taken = client_error("ResourceInUse", "already exists", "CreateTrainingJob")
    cfn.tape.fail("CreateTrainingJob", taken)

    reason = cfn.create(fixed()).reason

    assert reason == f"a training job named '{NAME}' was there for a moment; deploy again"


def test_an_update_over_a_job_that_somebody_else_has_made_of_the_name(cfn: CloudFormation) -> None:
    cfn.create(fixed(mode="start"))
    cfn.sagemaker.jobs[NAME].tags[STACK_TAG] = "arn:aws:cloudformation:eu-west-1:1:stack/theirs/1"

    response = cfn.update(fixed(mode="start", Tags=[{"Key": "team", "Value": "ours"}]))

    assert not response.ok
    assert "exists and was not started by this resource" in response.reason
    assert cfn.sagemaker.sent("AddTags") == []


def test_a_record_that_is_gone_without_old_properties_is_refused(cfn: CloudFormation) -> None:
    cfn.create(fixed())
    cfn.sagemaker.person_deletes(name=NAME)

    response = cfn.settle(cfn.event("Update", fixed(), {}))

    assert response.reason.startswith(ONCE)


def test_the_tag_of_the_content_is_not_the_users(cfn: CloudFormation) -> None:
    claimed = [{"Key": CONTENT_TAG, "Value": "a" + "0" * 11}, {"Key": "team", "Value": "ours"}]
    cfn.create(fixed(Tags=claimed))
    known = cfn.sagemaker.jobs[NAME].tags[CONTENT_TAG]

    assert cfn.update(fixed(Tags=[{"Key": CONTENT_TAG, "Value": "theirs"}])).ok
    assert cfn.sagemaker.jobs[NAME].tags[CONTENT_TAG] == known != claimed[0]["Value"]
    assert cfn.update(fixed()).ok
    assert cfn.sagemaker.jobs[NAME].tags[CONTENT_TAG] == known


def test_a_job_whose_content_nobody_knows_is_refused(cfn: CloudFormation) -> None:
    cfn.create(fixed())
    del cfn.sagemaker.jobs[NAME].tags[CONTENT_TAG]

    assert cfn.update(fixed(mode="start")).reason.startswith(ONCE)
