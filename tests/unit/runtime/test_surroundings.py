"""What is around a job, seen rightly where it can be seen at all."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from constructs_lib.runtime.surroundings import SKEW_SECONDS, Artifacts, Interfaces, Stack, StackState

from .conftest import Logs
from .model import (
    FakeAccount,
    Raw,
    client_error,
    denied,
    resources,
)

SECOND = "ml.m4.xlarge"
FALLBACK: Raw = {"CapacityFallback": [resources(SECOND)]}
DELIVERY, STACK = "constructs-lib:delivery", "constructs-lib:stack-id"
CUT_OFF = EndpointConnectionError(endpoint_url="https://s3")


@pytest.mark.parametrize(
    ("uri", "there"),
    [
        ("s3://models/out/job-1/output/model.tar.gz", True),
        ("s3://models/out/job-2/output/model.tar.gz", False),
        ("s3://other/out/job-1/output/model.tar.gz", False),
        ("s3://models/out/job-1/output/model", True),
    ],
)
def test_a_model_is_looked_for(account: FakeAccount, uri: str, there: bool) -> None:
    account.start()
    account.clock.sleep(400)

    assert Artifacts(account.s3).exist(uri) is there


@pytest.mark.parametrize(
    ("error", "there"),
    [
        (client_error("NoSuchBucket", "", "ListObjectsV2", 404), False),
        (denied("ListObjectsV2"), True),
        (CUT_OFF, True),
    ],
)
def test_a_model_that_cannot_be_seen_may_be_there(
    account: FakeAccount, error: Exception, there: bool, logs: Logs
) -> None:
    account.tape.fail("ListObjectsV2", error)

    assert Artifacts(account.s3).exist("s3://models/out/job-1/output/model.tar.gz") is there
    assert [line["message"] for line in logs()] == (["artifact not to be seen"] if there else [])


def test_a_longer_key_is_not_the_model() -> None:
    class Listing:
        def list_objects_v2(self, **request: Any) -> Raw:
            return {"Contents": [{"Key": request["Prefix"] + ".old"}]}

    assert not Artifacts(Listing()).exist("s3://models/model.tar.gz")


@pytest.mark.fault(45)
@pytest.mark.parametrize("error", [denied("DescribeNetworkInterfaces"), CUT_OFF])
def test_interfaces_that_cannot_be_seen_do_not_linger(account: FakeAccount, error: Exception) -> None:
    account.tape.fail("DescribeNetworkInterfaces", error)

    assert not Interfaces(account.ec2).linger({"SecurityGroupIds": ["sg-0a"], "Subnets": ["subnet-0a"]})


NOW = 1_750_000_000.0
EARLIER, LATER = NOW - SKEW_SECONDS - 1, NOW + SKEW_SECONDS + 1


@pytest.mark.fault(7)
@pytest.mark.parametrize(
    ("status", "asked", "waits", "undone"),
    [
        ("CREATE_IN_PROGRESS", NOW, True, False),
        ("UPDATE_IN_PROGRESS", NOW, True, False),
        ("UPDATE_IN_PROGRESS", NOW - SKEW_SECONDS, True, False),
        ("UPDATE_IN_PROGRESS", EARLIER, False, False),
        ("UPDATE_IN_PROGRESS", LATER, True, False),
        ("UPDATE_IN_PROGRESS", None, True, False),
        ("UPDATE_COMPLETE", NOW, False, False),
        ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", NOW, False, False),
        ("CREATE_FAILED", NOW, False, False),
        ("ROLLBACK_IN_PROGRESS", NOW, False, True),
        ("UPDATE_ROLLBACK_IN_PROGRESS", NOW, False, True),
        ("UPDATE_ROLLBACK_COMPLETE", None, False, True),
        ("UPDATE_ROLLBACK_COMPLETE", EARLIER, False, False),
        ("DELETE_IN_PROGRESS", NOW, False, True),
        ("DELETE_COMPLETE", EARLIER, False, True),
    ],
)
def test_where_a_stack_stands(status: str, asked: float | None, waits: bool, undone: bool) -> None:
    state = StackState(status, NOW)

    assert (state.waits_for(asked), state.undid(asked)) == (waits, undone)


@pytest.mark.parametrize(
    ("status", "asked", "left"),
    [
        ("UPDATE_IN_PROGRESS", EARLIER, True),
        ("UPDATE_COMPLETE", EARLIER, True),
        ("UPDATE_ROLLBACK_IN_PROGRESS", EARLIER, True),
        ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", NOW - SKEW_SECONDS, False),
        ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", LATER, False),
        ("UPDATE_IN_PROGRESS", None, False),
        ("DELETE_IN_PROGRESS", EARLIER, False),
    ],
)
def test_a_stack_may_be_past_what_was_asked(status: str, asked: float | None, left: bool) -> None:
    assert StackState(status, NOW).has_left(asked) is left


def test_a_stack_knows_when_it_was_made_and_when_its_operation_began(account: FakeAccount) -> None:
    made = account.clock.now()
    account.stacks.turn("one", "CREATE_IN_PROGRESS")
    account.clock.sleep(600)
    account.stacks.turn("one", "UPDATE_IN_PROGRESS")
    account.stacks.statuses["two"] = "REVIEW_IN_PROGRESS"

    assert Stack(account.stacks).state("one") == StackState("UPDATE_IN_PROGRESS", made + 600, made)
    assert Stack(account.stacks).state("two") == StackState("REVIEW_IN_PROGRESS", None, None)


@pytest.mark.fault(7)
def test_a_stack_whose_times_are_not_known_stands_by_its_status() -> None:
    assert StackState("UPDATE_IN_PROGRESS").waits_for(0.0)
    assert StackState("UPDATE_ROLLBACK_COMPLETE").undid(0.0)
