"""The last lines of a training job's log, where the role may read them."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from .log import log

GROUP = "/aws/sagemaker/TrainingJobs"
LONGEST_LINE = 300
# One call shows so many streams, one an instance and attempt; it cannot order them by time within a prefix.
STREAMS = 50
# A page may be empty, or of empty lines only, though there are more.
PAGES = 3


class JobLog:
    """The log group of SageMaker's training jobs."""

    def __init__(self, logs_client: Any) -> None:
        self._logs = logs_client

    def tail(self, job: str, lines: int = 10) -> list[str]:
        """The last lines of the log of the instance that spoke last, oldest first, and not redacted.

        Args:
            job: the job's name.
            lines: how many at most. Empty ones do not count; each is cut to 300 characters.

        Returns:
            The lines; none where there is no log, or it cannot be read, which a line at INFO tells.
        """
        if lines < 1:
            return []
        try:
            stream = self._newest_stream(job)
            return [] if stream is None else self._last_lines(stream, lines)
        except ClientError as error:
            log("log not readable", job=job, error=error.response.get("Error", {}).get("Code", "unknown"))
        except BotoCoreError as error:
            log("log not readable", job=job, error=type(error).__name__)
        return []

    def _newest_stream(self, job: str) -> str | None:
        answer = self._logs.describe_log_streams(
            logGroupName=GROUP, logStreamNamePrefix=f"{job}/", limit=STREAMS
        )
        streams = answer.get("logStreams") or []
        return str(max(streams, key=_last_sign)["logStreamName"]) if streams else None

    def _last_lines(self, stream: str, lines: int) -> list[str]:
        found: list[str] = []
        position: dict[str, str] = {}
        for _ in range(PAGES):
            page = self._logs.get_log_events(
                logGroupName=GROUP, logStreamName=stream, startFromHead=False, limit=4 * lines, **position
            )
            messages = [str(event.get("message", "")) for event in page.get("events") or []]
            found = [line for message in messages for line in _lines(message)] + found
            token = page.get("nextBackwardToken")
            if len(found) >= lines or not token or token == position.get("nextToken"):
                break
            position = {"nextToken": token}
        return found[-lines:]


def _last_sign(stream: dict[str, Any]) -> int:
    """When a stream was last heard of: the time of its last event comes late, at times an hour."""
    signs = ("lastEventTimestamp", "lastIngestionTime", "creationTime")
    return max(int(stream.get(sign) or 0) for sign in signs)


def _lines(message: str) -> list[str]:
    """The lines of one event as a terminal would leave them: what a progress bar wrote last."""
    # Its regular expressions are not for the cold start of a job that passes.
    from .redaction import one_line

    shown = (one_line(line.rstrip("\r").rpartition("\r")[2]).strip() for line in message.split("\n"))
    return [line[:LONGEST_LINE] for line in shown if line]
