"""What mutation testing found untested: edges of numbers, of masks and of waits, and the real clients."""

from __future__ import annotations

import contextlib
import io
import json
import random
import sys
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError, NoCredentialsError

from constructs_lib.runtime import wiring, worker
from constructs_lib.runtime.answer import Address, Answer, encode, put, send
from constructs_lib.runtime.content import with_block
from constructs_lib.runtime.errors import passes
from constructs_lib.runtime.gates import final_metrics
from constructs_lib.runtime.issued import validity
from constructs_lib.runtime.job_log import JobLog
from constructs_lib.runtime.log import log
from constructs_lib.runtime.names import JobName
from constructs_lib.runtime.redaction import redact
from constructs_lib.runtime.scalars import MODEL_FOLDER
from constructs_lib.runtime.signals import Signal, send_signal
from constructs_lib.runtime.transitions.verdict import artifacts_uri, start_attributes
from constructs_lib.runtime.transitions.watch import STOP_ALLOWANCE
from constructs_lib.runtime.wiring import Models, world_of_lambda

from .conftest import Logs
from .model import (
    RUNS_FOR_EVER,
    STACK_ID,
    CloudFormation,
    Deployment,
    FakeClock,
    Raw,
    client_error,
    denied,
    fails,
    properties,
    template,
    throttled,
)

ADDRESS = Address(STACK_ID, "request-1", "Job", "https://cfn.invalid/")


# The answer.


def test_an_answer_of_exactly_4096_bytes_is_whole() -> None:
    room = 4096 - len(encode(ADDRESS, Answer("id")))

    assert json.loads(encode(ADDRESS, Answer("id", "r" * room)))["Reason"] == "r" * room
    assert json.loads(encode(ADDRESS, Answer("id", "r" * (room + 1))))["Reason"] == "r" * room
    assert 4096 - 12 < len(Signal("one", "r" * 10_000, False).encode()) <= 4096


@pytest.mark.parametrize(
    ("status", "taken", "tries"),
    [(199, False, 6), (200, True, 1), (299, True, 1), (300, False, 6), (499, False, 1), (500, False, 6)],
)
def test_only_a_status_of_success_is_taken(status: int, taken: bool, tries: int, logs: Logs) -> None:
    calls: list[bytes] = []

    def answered(url: str, body: bytes) -> int:
        calls.append(body)
        return status

    assert bool(send(ADDRESS, Answer("job"), FakeClock(), answered)) is taken
    assert len(calls) == tries
    known = {"logical_id": "Job", "status": "SUCCESS"}
    told = {"physical_id": "job"} if taken else {"http_status": status}
    assert known.items() | told.items() <= logs()[0].items()


def test_an_address_over_https_is_called() -> None:
    assert put("https://127.0.0.1:1/", b"{}") == 0


@pytest.mark.parametrize(
    ("status", "taken"), [(199, False), (200, True), (299, True), (300, False), (403, False)]
)
def test_a_signal_is_put_as_it_is_and_logged(status: int, taken: bool, logs: Logs) -> None:
    bodies: list[bytes] = []

    def answered(url: str, body: bytes) -> int:
        bodies.append(body)
        return status

    assert bool(send_signal(ADDRESS, Signal("one", "why", False), FakeClock(), answered)) is taken
    assert json.loads(bodies[0]) == {"Status": "FAILURE", "UniqueId": "one", "Data": "one", "Reason": "why"}
    [line] = logs()
    assert line == {
        "level": "INFO",
        "message": "signalled" if taken else "signal not taken",
        "http_status": status,
        "logical_id": "Job",
        "job": "one",
        "succeeded": False,
    }


# The service's answers.


def test_a_status_below_500_does_not_pass_by_itself() -> None:
    assert not passes(client_error("Odd", "", "DescribeTrainingJob", status=499))
    assert passes(client_error("Odd", "", "DescribeTrainingJob", status=500))


@pytest.mark.parametrize("jitter", [0.9, 1.1])
def test_the_pauses_for_permissions_grow_to_fifteen_seconds(
    cfn: CloudFormation, monkeypatch: pytest.MonkeyPatch, jitter: float
) -> None:
    spans: list[tuple[float, float]] = []

    def uniform(low: float, high: float) -> float:
        spans.append((low, high))
        return jitter

    monkeypatch.setattr(random, "uniform", uniform)
    cfn.tape.fail("CreateTrainingJob", denied("CreateTrainingJob"), times=6)

    cfn.world.jobs.create({**properties()["Request"], "TrainingJobName": "one"})

    expected = [2.0]
    while len(expected) < 6:
        expected.append(min(15.0, expected[-1] * 1.7) * jitter)
    assert cfn.clock.sleeps == pytest.approx(expected)
    assert set(spans) == {(0.9, 1.1)}


def test_tags_that_the_job_has_not_are_not_taken_away(cfn: CloudFormation) -> None:
    """What somebody else put on the job stays, and what is not there is not asked for."""
    name = cfn.account.start(Tags=[{"Key": "hand", "Value": "made"}, {"Key": "old", "Value": "1"}])
    job = cfn.sagemaker.jobs[name]

    cfn.world.jobs.retag(cfn.account.describe(name), dict(job.tags), {"old": "1", "gone": "1"}, {})

    assert job.tags == {"hand": "made"}
    assert [one["TagKeys"] for one in cfn.sagemaker.sent("DeleteTags")] == [["old"]]


# Names, contents and moments.


def test_a_cut_prefix_loses_no_letter_but_hyphens() -> None:
    assert str(JobName("X" * 63, "owner", "a" * 12, 1)) == "X" * 42 + "-owner-aaaaaaaaaaaa-1"


def test_a_checkpoint_without_a_location_is_left_as_it_is() -> None:
    request = {"CheckpointConfig": {"LocalPath": "/opt/ml/checkpoints"}}

    assert with_block(request, "a0") == request


def test_the_signatures_date_is_in_utc_wherever_the_runtime_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        span = validity("https://x/?X-Amz-Date=20250101T000000Z&X-Amz-Expires=60")
    finally:
        monkeypatch.undo()
        time.tzset()

    assert span is not None
    assert (span.issued, span.expires) == (1_735_689_600, 1_735_689_660)


def test_a_metric_without_a_moment_is_the_earlier_one() -> None:
    later = {"MetricName": "m", "Value": 2.0, "Timestamp": "2025-01-01 00:00:00+00:00"}
    entries = [later, {"MetricName": "m", "Value": 1.0}]

    assert final_metrics({"FinalMetricDataList": entries}) == {"m": 2.0}


# What is masked.


def secret(*values: str) -> dict[str, Any]:
    """A job's description with these secrets."""
    return {"HyperParameters": {f"password{number}": value for number, value in enumerate(values)}}


@pytest.mark.parametrize(
    ("text", "values", "shown"),
    [
        ("abcd1234efgh5678", ["abcd1234", "efgh5678"], "***"),  # side by side: one mask
        ("aaaaa", ["aaaa"], "***"),  # overlapping itself
        ("abc1", ["abc1"], "***"),  # four characters are the least
        ("abc", ["abc"], "abc"),
        ("true false none null", ["true", "FALSE", "none", "null"], "true false none null"),
        ("abcdX", ["abcdef"], "abcdX"),  # begins as a secret does, and is none
        ("abcdX | abcdY", ["abcdef"], "abcdX | abcdY"),
        ("abcdX | x abcde", ["abcdef"], "abcdX | x ***"),  # cut at the end
    ],
)
def test_a_value_is_masked_where_it_stands_whole_or_cut(text: str, values: list[str], shown: str) -> None:
    assert redact(text, secret(*values)) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("http://u@host/", "http://***@host/"),
        ("http://@host/x", "http://@host/x"),
        ("http://host/docs/a@b:1", "http://host/docs/a@b:1"),
        ("u:pw@host", "***@host"),
        ("user:p@host", "***@host"),
        ("user:@host", "user:@host"),
        ("mail a@b:25", "mail a@b:25"),
        ("@a:b:c", "@a:b:c"),
        ("-----BEGIN PRIVATE KEY----- abc", "***"),
        ("x -----BEGIN PRIVATE KEY----- abc -----END PRIVATE KEY----- y", "x *** y"),
        ("abc -----END PRIVATE KEY----- y", "*** y"),
    ],
)
def test_logins_and_keys_are_masked_to_their_edges(text: str, shown: str) -> None:
    assert redact(text) == shown


def test_an_error_that_repeats_a_value_of_the_request_does_not_show_it(cfn: CloudFormation) -> None:
    error = client_error("ValidationException", "a value, here-it-is, is wrong", "CreateTrainingJob")
    cfn.tape.fail("CreateTrainingJob", error)

    response = cfn.create(properties(HyperParameters={"password": "here-it-is"}))
    assert "a value, ***, is wrong" in response.reason


# A job's log.


class Pages:
    """CloudWatch Logs with one stream, whose pages each lead to the one before."""

    def __init__(self, *pages: list[dict[str, Any]]) -> None:
        self.pages = list(pages)
        self.asked = 0

    def describe_log_streams(self, **request: Any) -> dict[str, Any]:
        assert request["logGroupName"] == "/aws/sagemaker/TrainingJobs"
        return {"logStreams": [{"logStreamName": "s"}]}

    def get_log_events(self, **request: Any) -> dict[str, Any]:
        self.asked += 1
        return {"events": self.pages[self.asked - 1], "nextBackwardToken": str(self.asked)}


def messages(*texts: str) -> list[dict[str, Any]]:
    return [{"message": text} for text in texts]


@pytest.mark.parametrize(
    ("lines", "tail", "pages"), [(-1, [], 0), (0, [], 0), (1, ["b"], 1), (2, ["a", "b"], 1)]
)
def test_no_page_more_is_read_than_lines_are_wanted(lines: int, tail: list[str], pages: int) -> None:
    service = Pages(messages("a", "b"), messages("older"), messages("oldest"))

    assert JobLog(service).tail("job", lines) == tail
    assert service.asked == pages


def test_a_line_is_left_as_it_was_written() -> None:
    service = Pages([{}, *messages("saved as model-X\r\n", "X")], [], [])

    assert JobLog(service).tail("job") == ["saved as model-X", "X"]


def test_an_error_without_a_code_is_logged_as_unknown(logs: Logs) -> None:
    class Nothing:
        def describe_log_streams(self, **request: Any) -> Any:
            raise ClientError({}, "DescribeLogStreams")

    assert JobLog(Nothing()).tail("job") == []
    assert logs()[0]["error"] == "unknown"


def test_a_line_is_out_before_the_process_is_frozen(monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BufferedWriter(written)))
    log("x")
    assert json.loads(written.getvalue())["message"] == "x"


# The ways back.


def test_a_delete_that_succeeds_all_the_same_is_answered_once(cfn: CloudFormation) -> None:
    cfn.create(properties(DeleteRecord=True))
    cfn.tape.fail("Encrypt", client_error("DisabledException", "", "Encrypt"))
    event = cfn.event("Delete", cfn.deployed)

    assert cfn.settle(event).ok
    assert len(cfn.recorder.given(event["ResponseURL"])) == 1


def test_an_execution_that_ended_badly_is_no_event_of_a_resource(cfn: CloudFormation, logs: Logs) -> None:
    cfn.deliver(cfn.event("Create", properties()))
    [execution] = cfn.executions.all
    report = cfn.executions.ended(execution, "FAILED")

    cfn.deliver(report)
    assert "malformed event" not in [line["message"] for line in logs()]
    assert worker.handle({"requestPayload": report}, cfn.world) == {"done": True}


def test_a_wait_condition_is_told_which_job_its_watch_lost() -> None:
    deployment = Deployment()
    start = deployment.start
    start.sagemaker.scripts = [RUNS_FOR_EVER]
    start.tape.meanwhile["Answer"] = lambda: start.executions.abort(next(iter(start.executions.all)))
    deployment.create(template())

    body, _ = start.waits.sent[0]
    assert (body["UniqueId"], body["Status"]) == (start.job, "FAILURE")


@pytest.mark.parametrize("late", [-STOP_ALLOWANCE, 1, STOP_ALLOWANCE])
def test_a_look_that_is_throttled_is_put_off_until_stopping_is_over(
    cfn: CloudFormation, logs: Logs, late: float
) -> None:
    cfn.deliver(cfn.event("Create", properties()))
    [execution] = cfn.executions.all.values()
    cfn.clock.reach(execution.state["deadline"] + late)
    cfn.tape.fail("DescribeTrainingJob", throttled("DescribeTrainingJob"))

    assert worker.handle(execution.state, cfn.world)["done"] is False
    [line] = [line for line in logs() if line["message"] == "look put off"]
    assert (line["job"], bool(line["error"])) == (cfn.job, True)


def test_the_newest_attempt_is_let_stop_before_the_next_one(cfn: CloudFormation) -> None:
    cfn.sagemaker.scripts = [fails(), RUNS_FOR_EVER]
    cfn.create(properties())
    cfn.status = "CREATE_IN_PROGRESS"
    cfn.deliver(cfn.event("Create", properties()))
    cfn.sagemaker.person_stops(cfn.job)
    stopping = cfn.job

    cfn.deliver(cfn.event("Create", properties(mode="start")))

    assert cfn.creations == 3
    assert cfn.sagemaker.status(stopping) == "Stopped"
    assert sum(cfn.clock.sleeps) >= cfn.sagemaker.stop_seconds


def test_attributes_keep_the_letters_of_the_output_path() -> None:
    assert start_attributes("one", "arn", "s3://models/X/")["OutputUri"] == "s3://models/X/one/"
    assert artifacts_uri("one", "s3://models/X ") == "s3://models/X /one/output/model.tar.gz"
    assert artifacts_uri("one", "s3://models/X/") == "s3://models/X/one/output/model.tar.gz"


# The functions' own clients.


def test_each_client_is_of_its_service(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that is wrong, or not in the asset, would be seen in an account first."""
    calls: list[tuple[str, str, Raw]] = []

    class Client:
        def __init__(self, session: Any, service: str) -> None:
            self.service = service

        def __getattr__(self, operation: str) -> Any:
            def call(**request: Any) -> Any:
                calls.append((self.service, operation, request))
                raise NoCredentialsError

            return call

    monkeypatch.setattr(wiring, "Later", Client)
    monkeypatch.setenv("KEY_ARN", "key")
    monkeypatch.setenv("STATE_MACHINE_ARN", "machine")
    world = world_of_lambda.__wrapped__()
    for use in (
        lambda: world.jobs.stop("one"),
        lambda: world.executions.start("n", {}),
        lambda: world.seal.close(ADDRESS),
        lambda: world.stack.state("s"),
        lambda: world.artifacts.exist("s3://b/model.tar.gz"),
        lambda: world.job_log.tail("one"),
        lambda: world.interfaces.linger({"SecurityGroupIds": [], "Subnets": []}),
    ):
        with contextlib.suppress(NoCredentialsError):
            use()

    services = ["sagemaker", "stepfunctions", "kms", "cloudformation", "s3", "logs", "ec2"]
    assert [service for service, _, _ in calls] == services
    assert set(services) <= set(
        Models(extra_search_paths=[str(MODEL_FOLDER)]).list_available_services("service-2")
    )
    assert (calls[1][2]["stateMachineArn"], calls[2][2]["KeyId"]) == ("machine", "key")
    for way_back in (world.send, world.signal):
        assert getattr(way_back, "keywords", None) == {"clock": world.clock}
