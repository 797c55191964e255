"""Each invariant that is broken is found; and the responder keeps to its script."""

from __future__ import annotations

import http.client
import time
from urllib.parse import urlsplit

import pytest

from constructs_lib.runtime.answer import Address, Answer

from .model import (
    HANG,
    SECRET_URL,
    SECRET_VALUE,
    STACK_ID,
    CloudFormation,
    FakeAccount,
    Raw,
    Responder,
    check,
    properties,
    request,
)
from .model.invariants import all_answered


def test_twins_are_found_even_when_they_have_ended(cfn: CloudFormation) -> None:
    for attempt in (1, 2):
        cfn.sagemaker.create_training_job(TrainingJobName=f"a-{attempt}", **request())
    cfn.clock.sleep(9999)

    with pytest.raises(AssertionError, match=r"invariant 1: .*a-2.*a-1"):
        check(cfn)


def answered(cfn: CloudFormation, event: Raw, *, ok: bool = True, physical_id: str = "id") -> None:
    address = Address(STACK_ID, event["RequestId"], cfn.logical_id, event["ResponseURL"])
    assert cfn.recorder.send(address, Answer(physical_id, "reason", succeeded=ok))


@pytest.mark.parametrize("stopped_since", [False, True])
def test_a_job_that_outlives_its_delete_is_found(cfn: CloudFormation, stopped_since: bool) -> None:
    cfn.create(properties(mode="start"))
    answered(cfn, cfn.event("Delete", properties()), physical_id=cfn.job)
    if stopped_since:
        cfn.sagemaker.person_stops(cfn.job)
        cfn.clock.sleep(cfn.sagemaker.stop_seconds)

    with pytest.raises(AssertionError, match="invariant 2: after Delete of"):
        check(cfn)


def test_contradictory_answers_are_found(cfn: CloudFormation) -> None:
    event = cfn.event("Create", properties())
    with pytest.raises(AssertionError, match="never answered"):
        all_answered(cfn)
    answered(cfn, event)
    answered(cfn, event)
    check(cfn)
    answered(cfn, event, ok=False)

    with pytest.raises(AssertionError, match="invariant 3: Create request-1 got contradictory"):
        check(cfn)


@pytest.mark.parametrize("late", [False, True])
def test_a_late_answer_is_found_unless_the_event_came_late(cfn: CloudFormation, late: bool) -> None:
    event = cfn.event("Delete", properties())
    if late:
        cfn.deliver(event, after=3601)
    else:
        cfn.clock.sleep(3601)
        answered(cfn, event)
    if late:
        check(cfn)
        return
    with pytest.raises(AssertionError, match=r"invariant 4: .* after 3601 s"):
        check(cfn)


def test_a_secret_in_a_log_is_found(cfn: CloudFormation) -> None:
    with pytest.raises(AssertionError, match=r"invariant 5: .*a log line"):
        check(cfn, logs=[f"token {SECRET_VALUE}"])


def put(url: str, timeout: float = 2) -> int:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=timeout)
    try:
        connection.request("PUT", f"{parts.path}?{parts.query}", body=b"{}")
        return connection.getresponse().status
    finally:
        connection.close()


def test_the_responder_follows_its_script_and_ends(account: FakeAccount) -> None:
    began = time.monotonic()
    with Responder(503, HANG, 200) as service:
        assert put(service.url) == 503
        with pytest.raises(OSError, match="timed out"):
            put(service.url, timeout=0.2)
        assert put(service.url) == 200
        assert put(service.url) == 200

    assert service.bodies == [b"{}"] * 4
    assert all(path.endswith(f"?{SECRET_URL}") for path in service.paths)
    assert time.monotonic() - began < 3
