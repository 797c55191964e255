"""A training job's log in CloudWatch Logs: what has come since the last look."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from constructs_lib.cli.watching.lines import log_lines
from constructs_lib.cli.watching.sdk import is_absent

__all__ = ["GROUP", "JobLog"]

GROUP = "/aws/sagemaker/TrainingJobs"


class JobLog:
    """The streams of a job: one of each instance, and of each attempt.

    Args:
        logs: a client of CloudWatch Logs.
        job: the job's name.
    """

    def __init__(self, logs: Any, job: str) -> None:
        self._logs, self._job = logs, job
        self._tokens: dict[str, str] = {}

    def new_lines(self) -> Iterator[str]:
        """The lines since the last call, stream by stream; none of what is not there."""
        streams: list[str] = []
        with _unless_absent():
            streams = self._streams()
        for stream in streams:
            with _unless_absent():
                yield from self._read(stream)

    def _streams(self) -> list[str]:
        pages = self._logs.get_paginator("describe_log_streams").paginate(
            logGroupName=GROUP, logStreamNamePrefix=f"{self._job}/"
        )
        return [stream["logStreamName"] for page in pages for stream in page["logStreams"]]

    def _read(self, stream: str) -> Iterator[str]:
        """A stream has ended for now when it gives the token back with which it was asked."""
        label = stream.rpartition("/")[2].rpartition("-")[0]  # algo-1-1700000000
        while True:
            position = {"nextToken": self._tokens[stream]} if stream in self._tokens else {}
            page = self._logs.get_log_events(
                logGroupName=GROUP, logStreamName=stream, startFromHead=True, **position
            )
            for event in page["events"]:
                for line in log_lines(event["timestamp"], event["message"]):
                    time, _, text = line.partition(" ")
                    yield f"{time} {label} | {text}"
            token = page["nextForwardToken"]
            if token == self._tokens.get(stream):
                return
            self._tokens[stream] = token


@contextmanager
def _unless_absent() -> Iterator[None]:
    from botocore.exceptions import ClientError

    try:
        yield
    except ClientError as error:
        if not is_absent(error):
            raise
