"""What a job has around it, as clients of botocore: its stack, its model, its log, its network interfaces."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any
from urllib.parse import urlsplit

from .account import Raw
from .clock import FakeClock
from .job import Job
from .sagemaker import FakeSageMaker
from .shapes import check_parameters
from .tape import Tape, client_error

LOG_GROUP = "/aws/sagemaker/TrainingJobs"
LINES = ("epoch 1 of 3", "epoch 2 of 3", "epoch 3 of 3")


class Neighbour:
    """A client whose calls go over the tape, with parameters that botocore would take."""

    service: str

    def __init__(self, tape: Tape, clock: FakeClock, sagemaker: FakeSageMaker) -> None:
        self._tape = tape
        self._clock = clock
        self._sagemaker = sagemaker

    def _call(self, operation: str, request: Raw, action: Callable[[], Raw]) -> Raw:
        check_parameters(self.service, operation, request)
        return self._tape.through(operation, action)

    def _trained(self) -> list[Job]:
        """The jobs whose container has started."""
        now = self._clock.now()
        return [job for job in self._sagemaker.every if now >= job.trained]


# The member of a stack's description that says when an operation began.
BEGINNINGS = {
    "CREATE_IN_PROGRESS": "CreationTime",
    "UPDATE_IN_PROGRESS": "LastUpdatedTime",
    "DELETE_IN_PROGRESS": "DeletionTime",
}


class FakeStacks(Neighbour):
    """CloudFormation's view of stacks; the driver writes ``statuses``, with their times in ``turned``."""

    service = "cloudformation"

    def __init__(self, tape: Tape, clock: FakeClock, sagemaker: FakeSageMaker) -> None:
        super().__init__(tape, clock, sagemaker)
        self.statuses: dict[str, str] = {}
        self.turned: dict[str, float] = {}
        # How much CloudFormation's clock is ahead.
        self.skew = 0.0
        # When each stack was made, and when its last operation began.
        self._times: dict[str, dict[str, datetime]] = {}

    def turn(self, stack_id: str, status: str) -> None:
        """The stack gets a status; the beginning of an operation is remembered, as CloudFormation does."""
        self.statuses[stack_id] = status
        self.turned[stack_id] = self._clock.now()
        member = BEGINNINGS.get(status)
        if member is not None:
            moment = datetime.fromtimestamp(self._clock.now() + self.skew, timezone.utc)
            self._times.setdefault(stack_id, {})[member] = moment

    def describe_stacks(self, **request: Any) -> Raw:
        return self._call("DescribeStacks", request, lambda: self._describe(request["StackName"]))

    def _describe(self, name: str) -> Raw:
        if name not in self.statuses:
            raise client_error("ValidationError", f"Stack with id {name} does not exist", "DescribeStacks")
        times = self._times.get(name, {})
        known = {"StackId": name, "StackName": "models", "StackStatus": self.statuses[name], **times}
        return {"Stacks": [known]}


class FakeS3(Neighbour):
    """The models of completed jobs, whether their records are there or not, until somebody deletes one."""

    service = "s3"

    def __init__(self, tape: Tape, clock: FakeClock, sagemaker: FakeSageMaker) -> None:
        super().__init__(tape, clock, sagemaker)
        self._lost: set[str] = set()
        self._lost_buckets: set[str] = set()

    def lose(self, job: str) -> None:
        """Somebody deletes a job's model."""
        self._lost.add(job)

    def lose_bucket(self, bucket: str) -> None:
        """Somebody deletes a bucket."""
        self._lost_buckets.add(bucket)

    def list_objects_v2(self, **request: Any) -> Raw:
        return self._call("ListObjectsV2", request, lambda: self._list(**request))

    def _list(self, Bucket: str, Prefix: str = "", MaxKeys: int = 1000) -> Raw:
        if Bucket in self._lost_buckets:
            raise client_error(
                "NoSuchBucket", "The specified bucket does not exist", "ListObjectsV2", status=404
            )
        found = sorted(key for bucket, key in self._objects() if bucket == Bucket and key.startswith(Prefix))
        page = found[:MaxKeys]
        listed = {"KeyCount": len(page), "IsTruncated": len(page) < len(found), "Prefix": Prefix}
        # Where there is nothing, S3 leaves the list out.
        return {**listed, "Contents": [{"Key": key, "Size": 1} for key in page]} if page else listed

    def _objects(self) -> list[tuple[str, str]]:
        now = self._clock.now()
        jobs = (job for job in self._sagemaker.every if job.name not in self._lost and now >= job.ended)
        return [_place(job.artifact) for job in jobs if job.completed]


class FakeLogs(Neighbour):
    """A few lines of each job that trained; ``lines`` has other ones for a job."""

    service = "logs"

    def __init__(self, tape: Tape, clock: FakeClock, sagemaker: FakeSageMaker) -> None:
        super().__init__(tape, clock, sagemaker)
        self.lines: dict[str, list[str]] = {}

    def describe_log_streams(self, **request: Any) -> Raw:
        return self._call("DescribeLogStreams", request, lambda: self._streams(**request))

    def get_log_events(self, **request: Any) -> Raw:
        return self._call("GetLogEvents", request, lambda: self._events(**request))

    def _streams(
        self,
        logGroupName: str,
        logStreamNamePrefix: str = "",
        orderBy: str = "LogStreamName",
        descending: bool = False,
        limit: int = 50,
    ) -> Raw:
        if logStreamNamePrefix and orderBy == "LastEventTime":
            text = "Cannot order by LastEventTime with a logStreamNamePrefix."
            raise client_error("InvalidParameterException", text, "DescribeLogStreams")
        named = {_stream(job): job for job in self._group(logGroupName, "DescribeLogStreams")}
        names = sorted((name for name in named if name.startswith(logStreamNamePrefix)), reverse=descending)
        return {"logStreams": [self._described(name, named[name]) for name in names[:limit]]}

    def _described(self, name: str, job: Job) -> Raw:
        last = min(self._clock.now(), job.ended)
        return {
            "logStreamName": name,
            "creationTime": round(job.trained * 1000),
            "lastEventTimestamp": round(last * 1000),
        }

    def _events(
        self,
        logGroupName: str,
        logStreamName: str,
        startFromHead: bool = False,
        limit: int = 10_000,
        nextToken: str = "",
    ) -> Raw:
        jobs = {_stream(job): job for job in self._group(logGroupName, "GetLogEvents")}
        if logStreamName not in jobs:
            text = "The specified log stream does not exist."
            raise client_error("ResourceNotFoundException", text, "GetLogEvents")
        job = jobs[logStreamName]
        lines = list(self.lines.get(job.name, LINES))
        end = int(nextToken.partition("/")[2] or len(lines))
        start = 0 if startFromHead else max(0, end - limit)
        events = [{"timestamp": round(job.trained * 1000), "message": line} for line in lines[start:end]]
        return {"events": events[:limit], "nextBackwardToken": f"b/{start}", "nextForwardToken": f"f/{end}"}

    def _group(self, name: str, operation: str) -> list[Job]:
        jobs = self._trained()
        if name != LOG_GROUP or not jobs:
            text = "The specified log group does not exist."
            raise client_error("ResourceNotFoundException", text, operation)
        return jobs


class FakeEc2(Neighbour):
    """Network interfaces of jobs in a VPC, which outlive their jobs by ``linger_seconds``."""

    service = "ec2"

    def __init__(self, tape: Tape, clock: FakeClock, sagemaker: FakeSageMaker) -> None:
        super().__init__(tape, clock, sagemaker)
        self.linger_seconds = 120.0

    def describe_network_interfaces(self, **request: Any) -> Raw:
        return self._call("DescribeNetworkInterfaces", request, lambda: self._describe(**request))

    def _describe(self, Filters: list[Raw], MaxResults: int = 1000) -> Raw:
        asked = {one["Name"]: set(one["Values"]) for one in Filters}
        unknown = asked.keys() - {"group-id", "subnet-id"}
        assert not unknown, f"filters that the model does not know: {sorted(unknown)}"
        found = [job for job in self._sagemaker.every if self._has_interface(job) and _matches(job, asked)]
        interfaces = [{"NetworkInterfaceId": f"eni-{number:017x}"} for number, _ in enumerate(found)]
        return {"NetworkInterfaces": interfaces[:MaxResults]}

    def _has_interface(self, job: Job) -> bool:
        until = job.ended + self.linger_seconds if job.ended < math.inf else math.inf
        return bool(job.request.get("VpcConfig")) and job.started <= self._clock.now() < until


def _matches(job: Job, asked: dict[str, set[str]]) -> bool:
    network = job.request["VpcConfig"]
    groups, subnets = set(network["SecurityGroupIds"]), set(network["Subnets"])
    return bool(asked.get("group-id", groups) & groups) and bool(asked.get("subnet-id", subnets) & subnets)


def _stream(job: Job) -> str:
    return f"{job.name}/algo-1-{round(job.trained)}"


def _place(address: str) -> tuple[str, str]:
    parts = urlsplit(address)
    # A model that is not compressed is a folder.
    key = parts.path.lstrip("/")
    return parts.netloc, f"{key}weights.bin" if key.endswith("/") else key
