"""A roll-back goes back to the job that was deployed, whether its name was given or made."""

from __future__ import annotations

from typing import Any

import pytest

from .model import COMPLETES, RUNS_FOR_EVER, CloudFormation, Raw, client_error, denied, fails, properties
from .test_fixed_names import NAME, OTHER, fixed


@pytest.mark.parametrize("script", [RUNS_FOR_EVER, fails()], ids=["running", "failed"])
def test_a_roll_back_from_made_names_goes_back_to_the_fixed_one(cfn: CloudFormation, script: Any) -> None:
    """With the other id, nobody would ask for the deletion of the job of the fixed name."""
    cfn.sagemaker.scripts = [script]
    before = fixed(mode="start")
    cfn.create(before)
    cfn.clock.sleep(1000)
    assert cfn.update(properties(mode="start"), clean_up=False).physical_id != NAME

    undone = cfn.undo(before)

    assert (undone.ok, undone.physical_id) == (True, NAME)
    assert cfn.cleaned_up
    assert set(cfn.sagemaker.running()) <= {NAME}
    assert cfn.creations == 2


@pytest.mark.parametrize("looks", ["absent", "denied", "somebody else's"])
def test_a_roll_back_keeps_the_made_name_where_the_fixed_one_was_never_used(
    cfn: CloudFormation, looks: str
) -> None:
    first = cfn.create(properties()).physical_id
    before = fixed()
    cfn.update(before)
    cfn.update(properties(), clean_up=False)
    if looks == "denied":
        cfn.tape.meanwhile["DescribeStacks"] = lambda: cfn.tape.fail(
            "DescribeTrainingJob", denied("DescribeTrainingJob", "explicit deny")
        )
    elif looks != "absent":
        cfn.sagemaker.create_training_job(**properties()["Request"] | {"TrainingJobName": NAME})

    undone = cfn.undo(before)

    assert (undone.ok, undone.physical_id) == (True, first), undone.reason


def test_a_roll_back_that_cannot_tell_which_name_is_delivered_again(cfn: CloudFormation) -> None:
    first = cfn.create(properties()).physical_id
    before = fixed()
    cfn.update(before)
    cfn.update(properties(), clean_up=False)
    cfn.tape.meanwhile["DescribeStacks"] = lambda: cfn.tape.fail(
        "DescribeTrainingJob", client_error("InternalFailure", "internal", "DescribeTrainingJob", status=500)
    )

    undone = cfn.undo(before)

    assert (undone.ok, undone.physical_id) == (True, first), undone.reason


@pytest.mark.parametrize("members", [{}, {"mode": "start"}])
def test_a_roll_back_from_a_fixed_name_goes_back_to_the_made_one(cfn: CloudFormation, members: Raw) -> None:
    """The name was asked for before, and was given to another content's job only."""
    first = cfn.create(properties(**members)).physical_id
    before = fixed(**members)
    cfn.update(before)
    assert cfn.update(fixed(**members, **OTHER), clean_up=False).physical_id == NAME

    undone = cfn.undo(before)

    assert (undone.ok, undone.physical_id) == (True, first), undone.reason
    assert cfn.creations == 2


@pytest.mark.parametrize("looks", ["absent", "another content's", "somebody else's"])
@pytest.mark.parametrize("script", [RUNS_FOR_EVER, COMPLETES], ids=["running", "completed"])
def test_a_roll_back_from_another_content_goes_back_to_the_made_name(
    cfn: CloudFormation, looks: str, script: Any
) -> None:
    """The deployed job kept its made name when the fixed one was first asked for."""
    cfn.sagemaker.scripts = [script]
    if looks == "another content's":
        cfn.create(fixed(mode="start", **OTHER))
        cfn.update(properties(mode="start"))
    else:
        cfn.create(properties(mode="start"))
    if looks == "somebody else's":
        cfn.sagemaker.create_training_job(**properties()["Request"] | {"TrainingJobName": NAME})
    cfn.clock.sleep(2000)
    deployed, before = cfn.physical_id, fixed(mode="start")
    assert cfn.update(before).physical_id == deployed != NAME
    assert cfn.update(properties(mode="start", **OTHER, RerunOn={"a": "1"}), clean_up=False).ok

    undone = cfn.undo(before)

    assert (undone.ok, undone.physical_id) == (True, deployed), undone.reason
    assert cfn.cleaned_up
    mine = [name for name in cfn.sagemaker.running() if name != NAME]
    assert mine == ([deployed] if script is RUNS_FOR_EVER else [])


def test_a_roll_back_to_a_name_of_which_nothing_may_be_seen_goes_on(cfn: CloudFormation) -> None:
    """The policies, which are rolled back first, allow no look at made names."""
    first = fixed(mode="start")
    cfn.create(first)
    assert cfn.update(properties(mode="start", **OTHER), clean_up=False).ok
    cfn.sagemaker.jobs.pop(NAME)
    cfn.tape.meanwhile["DescribeStacks"] = lambda: cfn.tape.fail(
        "DescribeTrainingJob", denied("DescribeTrainingJob", "explicit deny")
    )

    undone = cfn.undo(first)

    assert (undone.ok, undone.physical_id) == (True, NAME), undone.reason


def test_a_roll_back_that_cannot_see_made_names_for_a_moment_is_delivered_again(cfn: CloudFormation) -> None:
    first = fixed(mode="start")
    cfn.create(first)
    assert cfn.update(properties(mode="start", **OTHER), clean_up=False).ok
    cfn.sagemaker.jobs.pop(NAME)
    broken = client_error("InternalFailure", "internal", "DescribeTrainingJob", status=500)
    cfn.tape.meanwhile["DescribeStacks"] = lambda: cfn.tape.fail("DescribeTrainingJob", broken)

    undone = cfn.undo(first)

    assert (undone.ok, undone.physical_id) == (True, NAME), undone.reason
