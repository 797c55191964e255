"""``constructs-lib watch``: a job's phases, log and results, told once each, until its end."""

from __future__ import annotations

import sys
import time
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError, NoCredentialsError

from constructs_lib.cli import main, output
from constructs_lib.cli.watching import command, sdk
from constructs_lib.cli.watching.errors import WatchError
from constructs_lib.cli.watching.follow import Follower
from constructs_lib.cli.watching.target import OneJob

from .fake_aws import START, FakeAws, FakeJob, failure

STREAM = "algo-1-1700000000"
PHASES = [(0, "Starting", "Preparing"), (2, "Training", "In progress"), (4, "Completed", "Done")]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    def run(aws: FakeAws, *arguments: str) -> tuple[int, list[str], str]:
        monkeypatch.setattr(command, "make_clients", lambda *_: aws.clients)
        monkeypatch.setattr(time, "sleep", aws.pause)
        code = main(["watch", *arguments])
        captured = capsys.readouterr()
        return code, captured.out.splitlines(), captured.err

    return run


def at(seconds: int) -> str:
    return f"{START + timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%SZ}"


def test_phases_log_and_results_are_told_in_their_order(run: Any) -> None:
    lines = [(2, STREAM, "epoch=1 auc=0.5\nepoch=2"), (3, "algo-2-1700000000", "x"), (5, STREAM, "late")]
    job = FakeJob(
        "churn",
        PHASES,
        lines,
        FinalMetricDataList=[{"MetricName": "auc", "Value": 0.8125}],
        ModelArtifacts={"S3ModelArtifacts": "s3://b/model.tar.gz"},
        BillableTimeInSeconds=61,
    )
    code, out, err = run(FakeAws(job), "churn")
    assert (code, err) == (0, "")
    assert out == [
        f"{at(0)} Starting: Preparing",
        f"{at(2)} Training: In progress",
        f"{at(2)} algo-1 | epoch=1 auc=0.5",
        f"{at(2)} algo-1 | epoch=2",
        f"{at(3)} algo-2 | x",
        f"{at(5)} algo-1 | late",  # it came after the end
        f"{at(4)} Completed: Done",
        "metric auc = 0.8125",
        "model s3://b/model.tar.gz",
        "billable seconds 61",
        "the job has ended: Completed",
    ]


@pytest.mark.parametrize(
    ("status", "reason", "told"),
    [
        ("Failed", "AlgorithmError: no\nrows", "Failed: AlgorithmError: no rows"),
        ("Stopped", "", "Stopped"),
    ],
)
def test_another_end_than_completion_exits_with_1(run: Any, status: str, reason: str, told: str) -> None:
    job = FakeJob("churn", [(0, "Starting", ""), (1, status, "")], FailureReason=reason)
    code, out, _ = run(FakeAws(job), "churn")
    assert (code, out[-1]) == (1, f"the job has ended: {told}")


def test_an_ended_job_is_told_at_once_and_whole(run: Any) -> None:
    aws = FakeAws(FakeJob("churn", [(0, "Completed", "")], [(0, STREAM, str(n)) for n in range(30)]))
    code, out, _ = run(aws, "churn")
    assert (code, aws.tick, len(out)) == (0, 0, 32)


def test_a_message_that_changes_within_a_phase_is_told(run: Any) -> None:
    job = FakeJob("churn", [(0, "Starting", "Launching"), (4, "Completed", "")])
    described = job.described

    def changing(tick: int) -> dict[str, Any]:
        answer = described(tick)
        answer["SecondaryStatusTransitions"][0]["StatusMessage"] = "Launching" if tick < 2 else "Preparing"
        return answer

    job.described = changing  # type: ignore[method-assign]
    _, out, _ = run(FakeAws(job), "churn")
    assert out[:2] == [f"{at(0)} Starting: Launching", f"{at(0)} Starting: Preparing"]
    assert len(out) == 4


def test_without_following_it_tells_what_there_is(run: Any) -> None:
    aws = FakeAws(FakeJob("churn", PHASES, [(2, STREAM, "a"), (3, STREAM, "b")]))
    aws.tick = 2
    assert run(aws, "churn", "--no-follow")[:2] == (
        0,
        [f"{at(0)} Starting: Preparing", f"{at(2)} Training: In progress", f"{at(2)} algo-1 | a"],
    )
    failed = FakeAws(FakeJob("churn", [(0, "Failed", "")], FailureReason="why"))
    assert run(failed, "churn", "--no-follow")[:2] == (
        1,
        [f"{at(0)} Failed", "the job has ended: Failed: why"],
    )


def test_a_job_without_a_log_is_followed(run: Any) -> None:
    aws = FakeAws(FakeJob("churn", PHASES))
    aws.has_log_group = False
    assert run(aws, "churn")[0] == 0


def test_a_log_that_may_not_be_read_is_told_once(run: Any) -> None:
    aws = FakeAws(FakeJob("churn", PHASES, [(0, STREAM, "a")]))
    aws.failures = [("describe_log_streams", failure("AccessDeniedException", "not you"))]
    code, out, err = run(aws, "churn")
    assert (code, len(out)) == (0, 4)
    assert err == "constructs-lib: churn: its log cannot be read: AccessDeniedException: not you\n"


def test_a_job_cannot_steer_the_terminal(run: Any) -> None:
    text = "10%|\r100%|#| \x1b[31mred\x1b[0m \x1b]0;title\x07\tend"
    job = FakeJob("churn", [(0, "Failed", "a\x1b[2Jb")], [(0, STREAM, text)], FailureReason="\x9b2J")
    _, out, _ = run(FakeAws(job), "churn")
    assert out == [
        f"{at(0)} algo-1 | 100%|#| red \\x1b]0;title\\x07  end",
        f"{at(0)} Failed: a\\x1b[2Jb",
        "the job has ended: Failed: \\x9b2J",
    ]


PASSING = [
    failure("ThrottlingException"),
    failure("InternalFailure", status=500),
    EndpointConnectionError(endpoint_url="https://x"),
]


@pytest.mark.parametrize("error", PASSING, ids=lambda error: type(error).__name__)
def test_what_passes_is_asked_again_and_no_line_is_told_twice(run: Any, error: Exception) -> None:
    aws = FakeAws(FakeJob("churn", PHASES, [(0, STREAM, "a"), (1, STREAM, "b"), (3, STREAM, "c")]))
    aws.failures = [("get_log_events", error), ("get_log_events", error)]
    code, out, err = run(aws, "churn")
    assert (code, len(set(out)), len(out)) == (0, 7, 7)
    assert err.count("AWS did not answer, it is asked again") == 2


@pytest.mark.parametrize("error", PASSING, ids=lambda error: type(error).__name__)
def test_the_first_call_is_made_again_too(run: Any, error: Exception) -> None:
    aws = FakeAws(FakeJob("churn", PHASES))
    aws.failures = [("describe_training_job", error)] * 30
    code, out, err = run(aws, "churn")
    assert (code, out[-1]) == (0, "the job has ended: Completed")
    assert err.count("AWS did not answer, it is asked again") == 30


def test_a_first_call_that_is_never_answered_ends_the_watch(run: Any) -> None:
    aws = FakeAws(FakeJob("churn", PHASES))
    aws.failures = [("describe_training_job", failure("ThrottlingException", "slow"))] * 31
    code, _, err = run(aws, "churn")
    assert (code, aws.tick) == (2, 30)
    assert err.endswith("constructs-lib: churn: ThrottlingException: slow\n")


def test_without_following_nothing_is_asked_again(run: Any) -> None:
    aws = FakeAws(FakeJob("churn", PHASES))
    aws.failures = [("describe_training_job", failure("ThrottlingException", "slow"))]
    assert run(aws, "churn", "--no-follow") == (2, [], "constructs-lib: churn: ThrottlingException: slow\n")


def test_a_stream_that_is_not_there_is_passed_over_this_time(run: Any) -> None:
    aws = FakeAws(FakeJob("churn", PHASES, [(0, STREAM, "a"), (0, "algo-2-1700000000", "b")]))
    aws.failures = [("get_log_events", failure("ResourceNotFoundException", "no such stream"))]
    code, out, err = run(aws, "churn")
    assert (code, err) == (0, "")
    assert [line for line in out if " | " in line] == [f"{at(0)} algo-2 | b", f"{at(0)} algo-1 | a"]


def test_a_log_that_cannot_be_read_for_another_reason_is_told_once_and_read_later(run: Any) -> None:
    aws = FakeAws(FakeJob("churn", PHASES, [(0, STREAM, "a")]))
    aws.failures = [("get_log_events", failure("InvalidParameterException", "odd"))] * 2
    code, out, err = run(aws, "churn")
    assert (code, err) == (
        0,
        "constructs-lib: churn: its log cannot be read: InvalidParameterException: odd\n",
    )
    assert f"{at(0)} algo-1 | a" in out


def test_a_denied_log_is_not_asked_for_again(run: Any) -> None:
    aws = FakeAws(FakeJob("churn", PHASES, [(0, STREAM, "a")]))
    aws.failures = [("get_log_events", failure("AccessDeniedException", "not you"))]
    code, _, err = run(aws, "churn")
    assert (code, err.count("not you"), aws.asked.count("get_log_events")) == (0, 1, 1)


def test_what_does_not_pass_ends_the_watch() -> None:
    aws = FakeAws(FakeJob("churn", [(0, "Training", "")]), most_ticks=100)
    follower = Follower(aws.clients, lambda: OneJob("churn"), lambda _: None)
    aws.failures = [("describe_training_job", failure("ExpiredTokenException", "expired"))]
    with pytest.raises(WatchError, match=r"^ExpiredTokenException: expired$"):
        follower.follow(aws.pause)
    assert aws.tick == 0
    aws.failures = [("describe_training_job", failure("ThrottlingException", "slow"))] * 31
    with pytest.raises(WatchError, match=r"^ThrottlingException: slow$"):
        follower.follow(aws.pause)
    assert aws.tick == 30


def test_a_record_that_is_deleted_ends_the_watch(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    aws = FakeAws(FakeJob("churn", [(0, "Training", "")]))
    pause = aws.pause

    def delete(*_: object) -> None:
        pause()
        aws.known.clear()

    monkeypatch.setattr(aws, "pause", delete)
    code, out, _ = run(aws, "churn")
    assert (code, out[-1]) == (1, "the record of the job has been deleted")


@pytest.mark.parametrize("name", ["none", "", "a" * 200, "not/a name"])
def test_what_is_not_there_exits_with_2(run: Any, name: str) -> None:
    code, out, err = run(FakeAws(), name)
    assert (code, out) == (2, [])
    assert err.startswith(f"constructs-lib: {name}: ")
    assert err.count("\n") == 1


def test_an_arn_names_job_and_region(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    arn = "arn:aws:sagemaker:eu-north-1:123456789012:training-job/churn"
    aws = FakeAws(FakeJob("churn", [(0, "Completed", "")]))
    assert run(aws, arn)[0] == 0
    asked: list[Any] = []

    def make(*given: Any) -> Any:
        asked.append(given)
        return aws.clients

    monkeypatch.setattr(command, "make_clients", make)
    main(["watch", arn])
    main(["watch", "churn", "--region", "eu-west-3", "--profile", "p"])
    assert asked == [("eu-north-1", None), ("eu-west-3", "p")]


def test_an_interruption_ends_the_watching_alone(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    aws = FakeAws(FakeJob("churn", [(0, "Training", "")]))

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(aws, "pause", interrupted)
    code, _, err = run(aws, "churn")
    assert (code, err) == (130, "constructs-lib: the watching has ended; what was watched goes on\n")
    assert not [name for name in aws.asked if "stop" in name]


def test_a_reader_that_goes_ends_the_watching(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output, "emit", lambda _: False)
    assert run(FakeAws(FakeJob("churn", [(0, "Training", "")])), "churn")[0] == 130


@pytest.mark.parametrize("poll", ["0", "-1", "601", "nan", "inf", "soon"])
def test_the_pause_is_bounded(poll: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["watch", "churn", "--poll", poll])
    assert caught.value.code == 2
    assert f"{poll!r} is no number from 1 to 600" in capsys.readouterr().err


def test_boto3_is_asked_for_where_it_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "boto3.session", None)
    assert main(["watch", "churn"]) == 2
    assert capsys.readouterr().err == (
        "constructs-lib: churn: needs boto3, which is not installed: pip install 'constructs-lib[cli]'\n"
    )


def test_what_is_not_configured_is_told_in_a_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["watch", "churn", "--region", "eu-west-1", "--profile", "none-such"]) == 2
    assert "none-such" in capsys.readouterr().err
    aws = FakeAws()
    aws.failures = [("describe_training_job", NoCredentialsError())]
    monkeypatch.setattr(command, "make_clients", lambda *_: aws.clients)
    assert main(["watch", "churn"]) == 2
    assert "credentials" in capsys.readouterr().err


def test_clients_try_again_and_have_time_limits() -> None:
    clients = sdk.make_clients("eu-west-1", None)
    for client in clients:
        assert client.meta.region_name == "eu-west-1"
        assert client.meta.config.retries["mode"] == "standard"
        assert client.meta.config.connect_timeout == 10
