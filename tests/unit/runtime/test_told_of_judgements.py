"""What is told of a job that was judged, or waited for too long; and where its model is said to be."""

from __future__ import annotations

from typing import Any

import pytest

from constructs_lib.runtime.transitions.verdict import artifacts_of

from .conftest import Logs
from .model import COMPLETES, RUNS_FOR_EVER, CloudFormation, fails, properties
from .telling import info, told
from .test_fixed_names import NAME, fixed


@pytest.mark.parametrize(
    ("script", "status"), [(COMPLETES, "Completed"), (fails(), "Failed")], ids=["completes", "fails"]
)
def test_a_judgement_is_told(cfn: CloudFormation, logs: Logs, script: Any, status: str) -> None:
    cfn.sagemaker.scripts = [script]

    response = cfn.create(properties())

    assert told(logs, "judged") == info(job=cfn.job, status=status, passed=response.ok)


def test_a_deadline_that_passed_is_told(cfn: CloudFormation, logs: Logs) -> None:
    cfn.sagemaker.scripts = [RUNS_FOR_EVER]

    assert not cfn.create(properties()).ok

    assert told(logs, "deadline passed") == info(job=cfn.job, status="InProgress")


def test_a_model_is_where_the_service_says() -> None:
    known = {"TrainingJobName": "churn-1", "OutputDataConfig": {"S3OutputPath": "s3://models/out/"}}

    assert artifacts_of(known) == "s3://models/out/churn-1/output/model.tar.gz"
    assert artifacts_of({**known, "ModelArtifacts": {"S3ModelArtifacts": "s3://else/m"}}) == "s3://else/m"


def test_a_roll_back_to_a_fixed_name_takes_no_job_of_somebody_else(cfn: CloudFormation) -> None:
    """It has the tag of the content, but another stack's id."""
    cfn.sagemaker.scripts = [RUNS_FOR_EVER]
    first = cfn.create(properties(mode="start")).physical_id
    before = fixed(mode="start")
    cfn.update(before)
    theirs = CloudFormation(stack_id=f"{cfn.stack_id}-2", account=cfn.account)
    theirs.create(fixed(mode="start"))
    assert cfn.update(properties(mode="start"), clean_up=False).ok

    undone = cfn.undo(before)

    assert (undone.ok, undone.physical_id) == (True, first), undone.reason
    assert NAME in cfn.sagemaker.running()
