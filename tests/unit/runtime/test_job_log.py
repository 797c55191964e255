"""The tail of a job's log: the right stream, the last lines, and no failure of its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import botocore.session
import pytest
from botocore.exceptions import BotoCoreError, EndpointConnectionError, NoCredentialsError
from botocore.stub import Stubber

from constructs_lib.runtime.job_log import JobLog

from .conftest import Logs

GROUP, JOB = "/aws/sagemaker/TrainingJobs", "churn-1"
FIRST = f"{JOB}/algo-1-1750000000"


@pytest.fixture(scope="module")
def client() -> Any:
    """The genuine client, which holds requests and answers to the service's model."""
    session = botocore.session.Session()
    return session.create_client(
        "logs", region_name="eu-west-1", aws_access_key_id="x", aws_secret_access_key="x"
    )


@pytest.fixture
def service(client: Any) -> Iterator[Stubber]:
    with Stubber(client) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


def finds(service: Stubber, *streams: dict[str, Any]) -> None:
    expected = {"logGroupName": GROUP, "logStreamNamePrefix": "churn-1/", "limit": 50}
    service.add_response("describe_log_streams", {"logStreams": list(streams)}, expected)


def reads(service: Stubber, *messages: str, stream: str = FIRST, limit: int = 40, **tokens: str) -> None:
    """A page of events; ``given`` is the token it is asked with, ``back`` the one before it."""
    expected: dict[str, Any] = {
        "logGroupName": GROUP,
        "logStreamName": stream,
        "startFromHead": False,
        "limit": limit,
        **({"nextToken": tokens["given"]} if "given" in tokens else {}),
    }
    events = [{"timestamp": 1, "message": message} for message in messages]
    back = {"nextBackwardToken": tokens["back"]} if "back" in tokens else {}
    service.add_response("get_log_events", {"events": events, **back}, expected)


def test_the_last_lines_oldest_first(client: Any, service: Stubber) -> None:
    finds(service, {"logStreamName": FIRST})
    reads(service, *map(str, range(12)), limit=20, back="older")
    assert JobLog(client).tail(JOB, 5) == ["7", "8", "9", "10", "11"]


@pytest.mark.parametrize(
    ("streams", "newest"),
    [
        pytest.param([{"lastEventTimestamp": 5}, {"lastEventTimestamp": 7}], 1, id="last-event"),
        pytest.param([{"lastEventTimestamp": 7}, {"lastEventTimestamp": 5}], 0, id="not-the-last-name"),
        pytest.param(
            [{"creationTime": 6, "lastEventTimestamp": 9}, {"creationTime": 7}], 0, id="one-is-late"
        ),
        pytest.param([{"creationTime": 6}, {"creationTime": 7}], 1, id="both-are-late"),
        pytest.param([{"creationTime": 9}, {"creationTime": 7, "lastIngestionTime": 10}], 1, id="ingested"),
        pytest.param([{}, {}], 0, id="nothing-is-known"),
    ],
)
def test_the_stream_that_spoke_last_is_read(
    client: Any, service: Stubber, streams: list[dict[str, int]], newest: int
) -> None:
    names = [f"{JOB}/algo-{number}-1750000000" for number in (1, 2)]
    finds(service, *({"logStreamName": name, **s} for name, s in zip(names, streams, strict=True)))
    reads(service, "x", stream=names[newest])
    assert JobLog(client).tail(JOB) == ["x"]


LONG = "e" * 299


def test_lines_are_shown_as_a_terminal_leaves_them(client: Any, service: Stubber) -> None:
    finds(service, {"logStreamName": FIRST})
    reads(
        service,
        "\n",
        " \r\n",
        "5%\r   \r",
        "10%\r20%\r",
        "a\n\n  b \r\n",
        "\x1b[31mred\x1b[0m",
        "e" * 299 + "fg",
    )
    assert JobLog(client).tail(JOB) == ["20%", "a", "b", "red", "e" * 299 + "f"]


def test_earlier_pages_are_read_while_lines_lack(client: Any, service: Stubber) -> None:
    finds(service, {"logStreamName": FIRST})
    reads(service, "c", " ", limit=12, back="2")
    reads(service, limit=12, given="2", back="3")
    reads(service, "a", "b", limit=12, given="3", back="4")
    assert JobLog(client).tail(JOB, 3) == ["a", "b", "c"]


def test_it_looks_at_three_pages_at_most(client: Any, service: Stubber) -> None:
    finds(service, {"logStreamName": FIRST})
    reads(service, back="1")
    reads(service, given="1", back="2")
    reads(service, "a", given="2", back="3")
    assert JobLog(client).tail(JOB) == ["a"]


def test_the_same_token_again_is_the_beginning(client: Any, service: Stubber) -> None:
    finds(service, {"logStreamName": FIRST})
    reads(service, "a", back="1")
    reads(service, given="1", back="1")
    assert JobLog(client).tail(JOB) == ["a"]


def test_a_job_that_wrote_nothing_has_no_lines(client: Any, service: Stubber, logs: Logs) -> None:
    finds(service)
    assert JobLog(client).tail(JOB) == []
    assert logs() == []


@pytest.mark.parametrize("lines", [0, -1])
def test_no_lines_are_asked_for(client: Any, service: Stubber, lines: int) -> None:
    assert JobLog(client).tail(JOB, lines) == []


@pytest.mark.parametrize("operation", ["describe_log_streams", "get_log_events"])
@pytest.mark.parametrize(
    "code", ["ResourceNotFoundException", "AccessDeniedException", "ThrottlingException"]
)
def test_what_the_service_refuses_is_no_failure(
    client: Any, service: Stubber, logs: Logs, operation: str, code: str
) -> None:
    if operation == "get_log_events":
        finds(service, {"logStreamName": FIRST})
    service.add_client_error(operation, code, "User: arn:x is not authorized", 400)
    assert JobLog(client).tail(JOB) == []
    assert logs() == [{"level": "INFO", "message": "log not readable", "job": JOB, "error": code}]


class Unreachable:
    """A client whose every call fails on its way."""

    def __init__(self, error: BotoCoreError) -> None:
        self._error = error

    def describe_log_streams(self, **request: object) -> None:
        raise self._error


@pytest.mark.parametrize("error", [NoCredentialsError(), EndpointConnectionError(endpoint_url="x")])
def test_what_does_not_reach_the_service_is_no_failure(logs: Logs, error: BotoCoreError) -> None:
    assert JobLog(Unreachable(error)).tail(JOB) == []
    expected = {"level": "INFO", "message": "log not readable", "job": JOB, "error": type(error).__name__}
    assert logs() == [expected]
