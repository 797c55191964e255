"""The model of SageMaker lists jobs as the service does."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ParamValidationError

from .model import COMPLETES, RUNS_FOR_EVER, FakeAccount, Raw, service_model


def pages(account: FakeAccount, **asked: Any) -> list[list[Raw]]:
    paginator = account.sagemaker.get_paginator("list_training_jobs")
    return [page["TrainingJobSummaries"] for page in paginator.paginate(**asked)]


def names(account: FakeAccount, **asked: Any) -> list[str]:
    return [summary["TrainingJobName"] for page in pages(account, **asked) for summary in page]


def begun(account: FakeAccount, *jobs: str) -> None:
    for name in jobs:
        account.start(name)
        account.clock.sleep(10)


def test_a_summary_has_the_services_members_and_no_tags(account: FakeAccount) -> None:
    begun(account, "a-1")
    account.clock.sleep(1000)

    [[summary]] = pages(account)

    assert summary.keys() <= service_model().shape_for("TrainingJobSummary").members.keys()
    assert summary["TrainingJobStatus"] == "Completed"
    assert summary["LastModifiedTime"] == summary["TrainingEndTime"]


def test_the_newest_come_first_two_to_a_page(account: FakeAccount) -> None:
    begun(account, "a-1", "a-2", "a-3", "a-4", "a-5")

    assert [len(page) for page in pages(account)] == [2, 2, 1]
    assert names(account) == ["a-5", "a-4", "a-3", "a-2", "a-1"]
    assert account.tape.count("ListTrainingJobs") == 6


def test_the_status_is_compared_after_a_page_is_read(account: FakeAccount) -> None:
    account.sagemaker.scripts = [RUNS_FOR_EVER, COMPLETES]
    begun(account, "runs", "a-1", "a-2", "a-3", "a-4")
    account.clock.sleep(1000)

    found = pages(account, StatusEquals="InProgress")

    assert [len(page) for page in found] == [0, 0, 1]


def test_moments_are_bounds(account: FakeAccount) -> None:
    first = account.clock.now()
    begun(account, "a-1", "a-2", "a-3")

    assert names(account, CreationTimeAfter=first) == ["a-3", "a-2"]
    assert names(account, CreationTimeBefore=first + 20) == ["a-2", "a-1"]
    assert names(account, LastModifiedTimeAfter=first + 305) == []
    account.clock.sleep(1000)
    assert names(account, LastModifiedTimeAfter=first + 305) == ["a-3", "a-2"]


def test_a_new_job_may_be_listed_late(account: FakeAccount) -> None:
    account.sagemaker.list_seconds = 15
    begun(account, "a-1")

    assert names(account) == []
    account.clock.sleep(5)
    assert names(account) == ["a-1"]


def test_what_is_no_parameter_is_refused(account: FakeAccount) -> None:
    with pytest.raises(ParamValidationError):
        pages(account, Status="InProgress")
