"""The answer: fits, arrives, and keeps its URL to itself."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from hypothesis import given
from hypothesis import strategies as st

from constructs_lib.runtime import answer as module
from constructs_lib.runtime.answer import TRIES, Address, Answer, encode, put, send

from .conftest import Logs
from .model import SECRET_URL, STACK_ID, FakeClock

MAX_BYTES = 4096
ADDRESS = Address(STACK_ID, "request-1", "Job", f"https://cfn.s3.amazonaws.com/?{SECRET_URL}")


@contextmanager
def server(respond: Callable[[BaseHTTPRequestHandler], None]) -> Iterator[str]:
    """A loopback server whose PUT does what the test says."""

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            respond(self)

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    service = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=service.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{service.server_port}/answer?{SECRET_URL}"
    finally:
        service.shutdown()
        service.server_close()
        thread.join()


def reply(handler: BaseHTTPRequestHandler, status: int) -> None:
    handler.send_response(status)
    handler.send_header("Content-Length", "0")
    handler.end_headers()


class Statuses:
    """A ``put`` that gives these statuses, one a call."""

    def __init__(self, *statuses: int) -> None:
        self.left = list(statuses)
        self.bodies: list[bytes] = []

    def __call__(self, url: str, body: bytes) -> int:
        assert url == ADDRESS.url
        self.bodies.append(body)
        return self.left.pop(0) if len(self.left) > 1 else self.left[0]


# What fits.


@pytest.mark.fault(24)
@given(st.text(max_size=3000), st.booleans())
def test_any_reason_fits(text: str, succeeded: bool) -> None:
    body = encode(ADDRESS, Answer("id", text * 3, succeeded=succeeded))

    assert len(body) <= MAX_BYTES
    assert (text * 3).startswith(json.loads(body)["Reason"])


@pytest.mark.fault(24)
@pytest.mark.parametrize("char", ["a", "é", "\N{ROCKET}", "\x00", '"', "\ud800"])
def test_a_long_reason_is_cut_no_more_than_needed(char: str) -> None:
    body = encode(ADDRESS, Answer("id", char * 100_000, succeeded=False))

    assert MAX_BYTES - 12 < len(body) <= MAX_BYTES
    assert json.loads(body)["Status"] == "FAILED"


def test_a_short_reason_is_whole() -> None:
    body = json.loads(encode(ADDRESS, Answer("job", "why", {"A": "b"}, succeeded=False)))

    assert body == {
        "Status": "FAILED",
        "PhysicalResourceId": "job",
        "StackId": STACK_ID,
        "RequestId": "request-1",
        "LogicalResourceId": "Job",
        "Data": {"A": "b"},
        "Reason": "why",
    }


@given(st.dictionaries(st.text(max_size=60), st.text(max_size=200), max_size=40))
def test_attributes_that_cannot_fit_are_answered_as_a_failure_that_says_so(data: dict[str, str]) -> None:
    """CloudFormation drops an answer that is too long; the stack would wait for its whole timeout."""
    encoded = encode(ADDRESS, Answer("job", data=data))
    body = json.loads(encoded)

    assert len(encoded) <= MAX_BYTES
    if body["Status"] == "SUCCESS":
        assert body["Data"] == data
    else:
        assert body["PhysicalResourceId"] == "job"
        assert "attributes" in body["Reason"]


def test_too_many_attributes_fail() -> None:
    data = {f"Metric.{'m' * 200}{n}": "0.5" for n in range(40)}

    assert json.loads(encode(ADDRESS, Answer("job", data=data)))["Status"] == "FAILED"


@pytest.mark.parametrize("data", [{}, {"A": "b"}])
def test_ids_that_cannot_fit_do_not_hang(data: dict[str, str]) -> None:
    assert json.loads(encode(ADDRESS, Answer("p" * 5000, "why", data)))["Reason"] == ""


# How it is sent.


@pytest.mark.fault(21)
def test_503_then_200(logs: Logs) -> None:
    clock, attempts = FakeClock(), Statuses(503, 500, 200)

    assert send(ADDRESS, Answer("job"), clock, attempts)

    assert len(attempts.bodies) == 3
    assert len(set(attempts.bodies)) == 1
    assert clock.sleeps == pytest.approx([1, 2], rel=0.2)
    assert [line["message"] for line in logs()] == ["answered"]


@pytest.mark.fault(22)
@pytest.mark.parametrize("status", [400, 403, 404])
def test_a_refusal_is_not_tried_again_and_is_logged_without_the_url(status: int, logs: Logs) -> None:
    clock, attempts = FakeClock(), Statuses(status)

    assert not send(ADDRESS, Answer("job"), clock, attempts)

    assert len(attempts.bodies) == 1
    assert clock.sleeps == []
    line, counted = logs()
    assert (line["level"], line["message"], line["http_status"]) == ("ERROR", "answer not taken", status)
    assert counted["AnswersLost"] == 1


def test_silence_is_tried_again_a_bounded_number_of_times(logs: Logs) -> None:
    clock, attempts = FakeClock(), Statuses(0)

    assert not send(ADDRESS, Answer("job"), clock, attempts)

    assert len(attempts.bodies) == TRIES
    assert clock.sleeps == pytest.approx([1, 2, 4, 8, 16], rel=0.2)  # none after the last try
    assert [line["message"] for line in logs()] == ["answer not taken"]  # it is tried again later


@pytest.mark.fault(21)
def test_put_over_a_real_connection() -> None:
    taken: list[tuple[str, str | None, bytes]] = []

    def respond(handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers["Content-Length"]))
        taken.append((handler.path, handler.headers["Content-Type"], body))
        reply(handler, 503 if len(taken) == 1 else 200)

    with server(respond) as url:
        assert send(Address(STACK_ID, "r", "Job", url), Answer("job"), FakeClock())

    assert [path for path, _, _ in taken] == [f"/answer?{SECRET_URL}"] * 2
    # The URL is signed for an empty content type.
    assert {kind for _, kind, _ in taken} == {""}
    assert json.loads(taken[1][2])["PhysicalResourceId"] == "job"


@pytest.mark.fault(22)
def test_put_reports_a_refusal() -> None:
    with server(lambda handler: reply(handler, 403)) as url:
        assert put(url, b"{}") == 403


@pytest.mark.fault(23)
def test_put_that_hangs_comes_back_and_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SOCKET_SECONDS", 0.1)
    release, seen = threading.Event(), threading.Event()

    def respond(handler: BaseHTTPRequestHandler) -> None:
        if not seen.is_set():
            seen.set()
            release.wait(5)
        reply(handler, 200)

    with server(respond) as url:
        clock = FakeClock()
        assert send(Address(STACK_ID, "r", "Job", url), Answer("job"), clock)
        release.set()

    assert clock.sleeps == pytest.approx([1], rel=0.2)


def test_put_to_a_closed_port_is_silence() -> None:
    with server(lambda handler: reply(handler, 200)) as url:
        pass

    assert put(url, b"{}") == 0


def test_put_to_something_that_does_not_speak_http_is_silence() -> None:
    def respond(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"rubbish\r\n\r\n")
        handler.close_connection = True

    with server(respond) as url:
        assert put(url, b"{}") == 0


@pytest.mark.parametrize("url", [f"file:///etc/passwd?{SECRET_URL}", f"ftp://x/?{SECRET_URL}", ""])
def test_put_goes_over_http_only(url: str) -> None:
    assert put(url, b"{}") == 400


@pytest.mark.parametrize(
    "url", ["http://[bad", f"http://host/a b?{SECRET_URL}", "http://host:x/", "http://hö/ü"]
)
def test_a_broken_url_is_not_raised_with_its_text(url: str) -> None:
    assert put(url, b"{}") == 0


def test_the_url_is_in_no_text_of_the_address() -> None:
    assert SECRET_URL not in f"{ADDRESS} {ADDRESS!r}"
