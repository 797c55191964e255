"""What CloudFormation's event tells of a job that failed: the most useful first, no secret, not too long."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from constructs_lib.runtime.answer import Address, Answer, encode
from constructs_lib.runtime.console import console_address
from constructs_lib.runtime.transitions.failure import (
    TEXT_BYTES,
    failure_text,
    json_bytes,
    outcome,
    shortened,
    whereabouts,
)

MAX_BYTES = 4096
ACCOUNT = "123456789012"
ARN = f"arn:aws:sagemaker:eu-west-1:{ACCOUNT}:training-job/churn-1"
SEEN_AT = "see https://eu-west-1.console.aws.amazon.com/sagemaker/home?region=eu-west-1#/jobs/churn-1"
# The longest that the services give: 128 characters of stack name, 255 of logical id, 63 of job name.
LONG_NAME = "j" * 63
UUID = "1f2e3d4c-0000-11ee-8c99-0242ac120002"
STACK = f"arn:aws-us-gov:cloudformation:us-gov-west-1:{ACCOUNT}:stack/{'s' * 128}/{UUID}"
ADDRESS = Address(STACK, UUID, "L" * 255, "https://x")
SECRET = "pl4nted-s3cret"


def job(**members: Any) -> dict[str, Any]:
    return {"TrainingJobName": "churn-1", "TrainingJobArn": ARN, "TrainingJobStatus": "Failed", **members}


def sent(text: str) -> str:
    """The reason that arrives where the ids are as long as they can be."""
    body = encode(ADDRESS, Answer(LONG_NAME, text, succeeded=False))
    assert len(body) <= MAX_BYTES
    reason: str = json.loads(body)["Reason"]
    return reason


@pytest.mark.parametrize(
    ("members", "tail", "expected"),
    [
        pytest.param(
            {"FailureReason": "AlgorithmError: boom", "SecondaryStatus": "Failed"},
            ["a", "b"],
            f"training job 'churn-1' failed: AlgorithmError: boom; {SEEN_AT}; last lines of its log: a | b",
            id="failed",
        ),
        pytest.param(
            {"FailureReason": "no", "SecondaryStatus": "Interrupted"},
            [],
            f"training job 'churn-1' failed (Interrupted): no; {SEEN_AT}",
            id="secondary-status-differs",
        ),
        pytest.param(
            {}, [], f"training job 'churn-1' failed: the service gave no reason; {SEEN_AT}", id="no-reason"
        ),
        pytest.param(
            {"TrainingJobStatus": "Stopped", "SecondaryStatus": "MaxRuntimeExceeded"},
            ["", " a\nb "],
            "training job 'churn-1' was stopped before it completed (MaxRuntimeExceeded); "
            f"{SEEN_AT}; last lines of its log: a b",
            id="stopped",
        ),
        pytest.param(
            {"TrainingJobStatus": "Stopped", "FailureReason": "why"},
            [],
            f"training job 'churn-1' was stopped before it completed (Stopped): why; {SEEN_AT}",
            id="stopped-with-reason",
        ),
        pytest.param(
            {
                "TrainingJobStatus": "Completed",
                "SecondaryStatus": "MaxRuntimeExceeded",
                "TrainingJobArn": "?",
            },
            [],
            "training job 'churn-1' ended as Completed (MaxRuntimeExceeded)",
            id="another-status-no-address",
        ),
        pytest.param(
            {"TrainingJobArn": "arn:aws-iso:sagemaker:a:b:training-job/churn-1"},
            ["a"],
            "training job 'churn-1' failed: the service gave no reason; last lines of its log: a",
            id="no-address",
        ),
    ],
)
def test_the_text(members: dict[str, Any], tail: list[str], expected: str) -> None:
    assert failure_text(job(**members), tail) == expected
    assert expected.startswith(outcome(job(**members)))


def test_a_description_of_nothing_is_told_as_such() -> None:
    assert failure_text({}) == "training job '?' ended as ?"
    assert whereabouts({}) == ""


@pytest.mark.fault(48)
@pytest.mark.parametrize(
    "filler", ["x", '"', "é", "学", "\U0001f600", chr(0xD800), chr(0xDC00), "\x00", "\n", "\x1b[31m"]
)
@pytest.mark.parametrize(
    "secret",
    [f"password={SECRET} ", f"https://me:{SECRET}@host/ ", f"use of {SECRET} "],
    ids=["name", "url", "own"],
)
@pytest.mark.parametrize("place", [0, 200, 1010])
def test_a_long_reason_with_a_secret_fits_and_is_masked(filler: str, secret: str, place: int) -> None:
    """A secret may stand anywhere, and be cut by the service's own limit of 1,024 characters."""
    reason = (filler * place)[:place] + secret
    reason = (reason + filler * 1024)[:1024]
    # As the service's JSON holds it: what is half a character in Python comes as an escape.
    reason = json.loads(json.dumps(reason))
    description = job(
        TrainingJobName=LONG_NAME,
        TrainingJobArn=f"arn:aws-us-gov:sagemaker:us-gov-west-1:{ACCOUNT}:training-job/{LONG_NAME}",
        FailureReason=reason,
        HyperParameters={"db_password": SECRET, "epochs": "3"},
    )
    text = failure_text(description, [f"{filler * 250} {SECRET}"] * 10)
    arrived = sent(text)
    for part in range(len(SECRET) - 3):
        assert SECRET[part : part + 4] not in arrived
    address = console_address(description["TrainingJobArn"])
    assert address is not None
    assert f"; see {address}" in arrived
    assert "***" in arrived or place
    assert arrived == text
    arrived.encode()
    assert len(outcome(description)) <= 1024 + 100


@given(
    st.text(max_size=1024),
    st.lists(st.text(max_size=300), max_size=12),
    st.dictionaries(st.sampled_from(["password", "rate"]), st.text(max_size=50)),
)
def test_whatever_it_is_told_it_fits_whole(reason: str, tail: list[str], values: dict[str, str]) -> None:
    text = failure_text(job(FailureReason=reason, HyperParameters=values), tail)
    assert json_bytes(text) <= TEXT_BYTES
    assert sent(text) == text
    assert SEEN_AT in text
    assert text.isprintable() or not set(text) & set(map(chr, [*range(32), *range(127, 160)]))


def test_all_of_a_plain_reason_and_log_is_told() -> None:
    reason, tail = "r" * 1024, ["l" * 297] * 4
    text = failure_text(job(FailureReason=reason), tail)
    assert (
        text
        == f"training job 'churn-1' failed: {reason}; {SEEN_AT}; last lines of its log: {' | '.join(tail)}"
    )


def test_a_reason_in_any_script_leaves_room_for_the_log() -> None:
    text = failure_text(job(FailureReason="学" * 1024), ["l" * 297, "e" * 297])
    assert text.endswith(f"学...; {SEEN_AT}; last lines of its log: {'l' * 297} | {'e' * 297}")


def test_the_last_lines_are_kept_whole() -> None:
    tail = [f"{number} " + "l" * 300 for number in range(10)]
    told = whereabouts(job(), tail)
    assert told == f"{SEEN_AT}; last lines of its log: {' | '.join(tail[-3:])}"


def test_of_a_last_line_that_is_too_long_the_beginning_is_kept() -> None:
    told = whereabouts(job(), ["a", "first " + "学" * 1000])
    assert told.startswith(f"{SEEN_AT}; last lines of its log: first 学学")
    assert told.endswith("学...")
    assert TEXT_BYTES - 6 < json_bytes(told) <= TEXT_BYTES


@pytest.mark.parametrize("room", [0, 50, 120, 140])
def test_where_there_is_no_room_there_is_no_log(room: int) -> None:
    told = whereabouts(job(), ["a line that does not fit"], room)
    assert told.startswith(SEEN_AT)
    assert json_bytes(told) <= max(room, len(SEEN_AT))


def test_a_secret_over_several_lines_is_masked() -> None:
    key = [
        "-----BEGIN " + "PRIVATE KEY-----",
        "MIIEvQIBADANBgkqhkiG9w0BAQ",
        "EFAASC",
        "-----END " + "PRIVATE KEY-----",
    ]
    assert whereabouts(job(), ["a", *key, "b"]).endswith("log: a | *** | b")
    assert whereabouts(job(), ["a", *key[:2]]).endswith("log: a | ***")
    assert whereabouts(job(), [*key[2:], "b"]).endswith("log: *** | b")


def test_a_secret_that_a_lines_end_cut_is_masked() -> None:
    description = job(Environment={"API_KEY": SECRET})
    assert whereabouts(description, [f"x {SECRET[:9]}", "b"]).endswith("log: x *** | b")


@pytest.mark.parametrize(
    ("text", "characters", "room", "expected"),
    [
        ("abcdef", 6, 6, "abcdef"),
        ("abcdef", 5, 6, "ab..."),
        ("abcdef", 6, 5, "ab..."),
        ("a\U0001f600b", 9, 13, "a..."),
        ("a\U0001f600bcde", 9, 16, "a\U0001f600..."),
        ("abcdef", 6, 3, "..."),
        ("abcdef", 2, 6, "..."),
        ("abcdef", 6, 2, ""),
        ("abcdef", 6, -9, ""),
    ],
)
def test_shortened(text: str, characters: int, room: int, expected: str) -> None:
    assert shortened(text, characters, room) == expected


@pytest.mark.parametrize(
    ("partition", "host"),
    [
        ("aws", "console.aws.amazon.com"),
        ("aws-cn", "console.amazonaws.cn"),
        ("aws-us-gov", "console.amazonaws-us-gov.com"),
    ],
)
def test_the_console_of_a_partition(partition: str, host: str) -> None:
    arn = f"arn:{partition}:sagemaker:xx-west-1:{ACCOUNT}:training-job/churn-1"
    expected = f"https://xx-west-1.{host}/sagemaker/home?region=xx-west-1#/jobs/churn-1"
    assert console_address(arn) == expected
    # The service may write an ARN's name in lower case.
    assert console_address(arn, "Churn-1") == expected.replace("churn", "Churn")
    assert console_address(arn, "other") == expected


@pytest.mark.parametrize(
    "arn",
    [
        "",
        "churn-1",
        ARN.replace(":aws:", ":aws-iso:"),
        ARN.replace("training-job", "endpoint"),
        ARN + "\n",
        ARN + "/x",
        ARN.replace("eu-west-1", "eu-west-1/@evil"),
        ARN.replace(ACCOUNT, "1"),
    ],
)
def test_other_addresses_have_no_console(arn: str) -> None:
    assert console_address(arn) is None
