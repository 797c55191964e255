"""Tags: the user's are kept up to date on the job there is, its owner's stay."""

from __future__ import annotations

from .model import (
    CloudFormation,
    Raw,
    denied,
    properties,
    with_metrics,
)

OTHER: Raw = {"Environment": {"VERSION": "2"}}


def tags(cfn: CloudFormation) -> Raw:
    return dict(cfn.sagemaker.jobs[cfn.job].tags)


def test_tags_are_added_changed_and_taken_away_and_the_owners_stay(cfn: CloudFormation) -> None:
    cfn.create(properties(Tags=[{"Key": "team", "Value": "a"}, {"Key": "old", "Value": "1"}]))
    owners = {key: value for key, value in tags(cfn).items() if key.startswith("constructs-lib:")}
    assert len(owners) == 3

    cfn.update(properties(Tags=[{"Key": "team", "Value": "b"}, {"Key": "new", "Value": "2"}]))
    assert tags(cfn) == {**owners, "team": "b", "new": "2"}

    cfn.update(properties(Tags=None))
    assert tags(cfn) == owners
    assert cfn.creations == 1


def test_tags_that_stay_the_same_are_not_sent(cfn: CloudFormation) -> None:
    cfn.create(properties())

    cfn.update(properties(QualityGates=[]))

    assert cfn.tape.count("AddTags") == cfn.tape.count("DeleteTags") == 0


def test_ownership_survives_a_user_who_retags_it(cfn: CloudFormation) -> None:
    forged = [
        {"Key": "constructs-lib:stack-id", "Value": "x"},
        {"Key": "constructs-lib:delivery", "Value": "y"},
    ]
    cfn.create(properties())
    owners = tags(cfn)

    cfn.update(properties(Tags=[{"Key": "team", "Value": "growth"}, *forged]))
    assert tags(cfn) == owners
    cfn.update(properties())

    assert tags(cfn) == owners
    assert cfn.delete().ok


def test_tags_that_may_not_be_written_do_not_stand_in_the_way_of_the_roll_back(cfn: CloudFormation) -> None:
    cfn.create(properties())
    cfn.tape.fail("AddTags", denied("AddTags", "sagemaker:AddTags"), times=99)

    failed = cfn.update(properties(Tags=[{"Key": "team", "Value": "other"}]))

    assert not failed.ok
    assert "AddTags" in failed.reason
    assert cfn.roll_back().ok


def test_a_job_that_is_adopted_again_gets_the_tags_of_today(cfn: CloudFormation) -> None:
    cfn.create(properties(Tags=[{"Key": "team", "Value": "a"}]))
    cfn.update(properties(Tags=[{"Key": "team", "Value": "b"}, {"Key": "new", "Value": "1"}], **OTHER))
    cfn.update(properties(Tags=[{"Key": "team", "Value": "c"}]))

    assert cfn.physical_id is not None
    adopted = cfn.sagemaker.jobs[cfn.physical_id].tags
    assert cfn.physical_id == cfn.sagemaker.created[0]
    assert {key: value for key, value in adopted.items() if ":" not in key} == {"team": "c"}


def test_tags_are_rolled_back_too(cfn: CloudFormation) -> None:
    cfn.sagemaker.scripts = [with_metrics(("auc", 0.8))]
    cfn.create(properties())
    before = tags(cfn)

    new_tags = [{"Key": "added", "Value": "1"}]
    assert not cfn.update(properties(Tags=new_tags, QualityGates=[{"Metric": "auc", "AtLeast": 0.9}])).ok
    assert tags(cfn) != before
    assert cfn.roll_back().ok

    assert tags(cfn) == before
