"""A roll-back goes back to the job that was deployed, whether its name was given or made."""

from __future__ import annotations

from typing import Any

import pytest

from .model import RUNS_FOR_EVER, CloudFormation, Raw, client_error, denied, fails, properties
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
