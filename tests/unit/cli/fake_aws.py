"""SageMaker, CloudWatch Logs and CloudFormation as far as `constructs-lib watch` asks; time goes by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

from botocore.exceptions import ClientError

from constructs_lib.cli.watching.sdk import Clients
from constructs_lib.cli.watching.stack import LOGICAL_ID_TAG, STACK_TAG

START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
STACK_ID = "arn:aws:cloudformation:eu-west-1:123456789012:stack/S/0a1b2c3d-1111-2222-3333-444455556666"


def failure(code: str, message: str = "told to", status: int = 400) -> ClientError:
    answer: Any = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return ClientError(answer, "Any")


class Pages:
    """A paginator whose pages are of one entry, with an empty one before them."""

    def __init__(self, member: str, entries: Callable[..., list[Any]]) -> None:
        self._member, self._entries = member, entries

    def paginate(self, **asked: Any) -> Iterator[dict[str, Any]]:
        yield {self._member: []}
        for entry in self._entries(**asked):
            yield {self._member: [entry]}


class FakeJob:
    """A job whose phases and lines come at set ticks.

    Args:
        name: the job's.
        phases: the tick at which each begins, its name and its message; the last may be an end.
        lines: the tick at which each line comes, its stream and its text.
        members: what else DescribeTrainingJob says at the end.
    """

    def __init__(
        self,
        name: str,
        phases: list[tuple[int, str, str]],
        lines: list[tuple[int, str, str]] | None = None,
        *,
        stack: tuple[str, str] | None = None,
        **members: Any,
    ) -> None:
        self.name, self.phases, self.lines, self.members = name, phases, lines or [], members
        self.tags = [] if stack is None else [tag(STACK_TAG, stack[0]), tag(LOGICAL_ID_TAG, stack[1])]

    def described(self, tick: int) -> dict[str, Any]:
        begun = [phase for phase in self.phases if phase[0] <= tick]
        ended = begun[-1][1] if begun[-1][1] in ("Completed", "Failed", "Stopped") else ""
        return {
            "TrainingJobName": self.name,
            "TrainingJobStatus": ended or "InProgress",
            "CreationTime": START + timedelta(seconds=self.phases[0][0]),
            "SecondaryStatusTransitions": [
                {"Status": status, "StatusMessage": message, "StartTime": START + timedelta(seconds=at)}
                for at, status, message in begun
            ],
            **(self.members if ended else {}),
        }


def tag(key: str, value: str) -> dict[str, str]:
    return {"Key": key, "Value": value}


class Meta:
    region_name = "eu-west-1"


class FakeAws:
    """The three services at a tick of the clock; `pause` is the watch's wait between two looks."""

    meta = Meta()

    def __init__(self, *jobs: FakeJob, most_ticks: int = 50) -> None:
        self.tick, self._most = 0, most_ticks
        self.known = {job.name: job for job in jobs}
        self.stacks: dict[str, tuple[Callable[[int], str], list[dict[str, str]]]] = {}
        self.failures: list[tuple[str, Exception]] = []
        self.asked: list[str] = []
        self.has_log_group = True
        self.clients = Clients(self, self, self)

    def pause(self, *_: object) -> None:
        self.tick += 1
        assert self.tick < self._most, "the watch does not end"

    def _asked(self, operation: str) -> None:
        self.asked.append(operation)
        if self.failures and self.failures[0][0] == operation:
            raise self.failures.pop(0)[1]

    def _here(self) -> list[FakeJob]:
        return [job for job in self.known.values() if job.phases[0][0] <= self.tick]

    def describe_training_job(self, TrainingJobName: str) -> dict[str, Any]:
        self._asked("describe_training_job")
        for job in self._here():
            if job.name == TrainingJobName:
                return job.described(self.tick)
        raise failure("ValidationException", "Requested resource not found.")

    def describe_stacks(self, StackName: str) -> dict[str, Any]:
        self._asked("describe_stacks")
        for stack_id, (status, _) in self.stacks.items():
            if StackName in (stack_id, stack_id.split("/")[1]):
                return {"Stacks": [{"StackId": stack_id, "StackStatus": status(self.tick)}]}
        raise failure("ValidationError", f"Stack with id {StackName} does not exist")

    def get_log_events(
        self, logGroupName: str, logStreamName: str, startFromHead: bool, nextToken: str = "f/0"
    ) -> dict[str, Any]:
        """One event a page; the token of the end comes back."""
        self._asked("get_log_events")
        assert (logGroupName, startFromHead) == ("/aws/sagemaker/TrainingJobs", True)
        at = int(nextToken.removeprefix("f/"))
        name, _, stream = logStreamName.partition("/")
        come = [line for line in self.known[name].lines if line[0] <= self.tick and line[1] == stream]
        events = [
            {"timestamp": int((START + timedelta(seconds=when)).timestamp() * 1000), "message": text}
            for when, _, text in come[at : at + 1]
        ]
        return {"events": events, "nextForwardToken": f"f/{at + len(events)}"}

    def get_paginator(self, operation: str) -> Pages:
        self._asked(operation)
        members: dict[str, tuple[str, Callable[..., list[Any]]]] = {
            "describe_log_streams": ("logStreams", self._streams),
            "list_stack_resources": ("StackResourceSummaries", lambda StackName: self.stacks[StackName][1]),
            "list_training_jobs": ("TrainingJobSummaries", self._listed),
            "list_tags": ("Tags", lambda ResourceArn: self.known[ResourceArn.rpartition("/")[2]].tags),
        }
        return Pages(*members[operation])

    def _streams(self, logGroupName: str, logStreamNamePrefix: str) -> list[dict[str, str]]:
        if not self.has_log_group:
            raise failure("ResourceNotFoundException", "The specified log group does not exist.")
        found = [
            f"{job.name}/{stream}" for job in self._here() for at, stream, _ in job.lines if at <= self.tick
        ]
        return [
            {"logStreamName": name} for name in dict.fromkeys(found) if name.startswith(logStreamNamePrefix)
        ]

    def _listed(self, NameContains: str, SortBy: str, SortOrder: str) -> list[dict[str, Any]]:
        assert (SortBy, SortOrder) == ("CreationTime", "Descending")
        described = [job.described(self.tick) for job in self._here() if NameContains in job.name]
        for job in described:
            job["TrainingJobArn"] = f"arn:aws:sagemaker:eu-west-1:1:training-job/{job['TrainingJobName']}"
        return sorted(described, key=lambda job: job["CreationTime"], reverse=True)
