"""A training service that remembers; its answers to misuse are the service's own."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from .account import Raw
from .clock import FakeClock
from .job import Job, instance_types
from .listing import JobPages, listed
from .scripts import COMPLETES, FINDS_NO_CAPACITY, TERMINAL, Step
from .shapes import check_parameters
from .tape import Tape, client_error

T = TypeVar("T")
LEGAL_NAME = r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}"


class FakeSageMaker:
    """Training jobs that live by their scripts.

    Attributes:
        jobs: the records that there are, by name; ``every`` job that ever was, its record or not.
        scripts: those of the next jobs; the last one serves all that follow.
        no_capacity: types of instances that are not to be had: their jobs fail with a CapacityError.
        stop_seconds: how long a job takes to stop; ``delete_seconds``, a record to go.
        list_seconds: how long it takes until a new job is listed.
        skew: how much its clock is ahead.
        twins: jobs that were started beside one of the same content (an invariant broken).
    """

    def __init__(self, tape: Tape, clock: FakeClock) -> None:
        self._tape = tape
        self._clock = clock
        self.jobs: dict[str, Job] = {}
        self.every: list[Job] = []
        self.created: list[str] = []
        self.requests: list[tuple[str, Raw]] = []
        self.scripts: list[Sequence[Step]] = [COMPLETES]
        self.no_capacity: set[str] = set()
        self.stop_seconds = 60.0
        self.delete_seconds = 5.0
        self.list_seconds = 0.0
        self.skew = 0.0
        self.twins: list[tuple[str, str]] = []

    # The API.

    def create_training_job(self, **request: Any) -> Raw:
        return self._call("CreateTrainingJob", request, lambda: self._create(request))

    def describe_training_job(self, **request: Any) -> Raw:
        operation, name = "DescribeTrainingJob", request["TrainingJobName"]
        return self._call(
            operation, request, lambda: self._job(name, operation).description(self._clock.now())
        )

    def stop_training_job(self, **request: Any) -> Raw:
        return self._call("StopTrainingJob", request, lambda: self._stop(request["TrainingJobName"]))

    def delete_training_job(self, **request: Any) -> Raw:
        return self._call("DeleteTrainingJob", request, lambda: self._delete(request["TrainingJobName"]))

    def update_training_job(self, **request: Any) -> Raw:
        return self._call("UpdateTrainingJob", request, lambda: self._update(request))

    def add_tags(self, **request: Any) -> Raw:
        return self._call("AddTags", request, lambda: self._add_tags(request))

    def delete_tags(self, **request: Any) -> Raw:
        return self._call("DeleteTags", request, lambda: self._delete_tags(request))

    def get_paginator(self, operation: str) -> FakeSageMaker | JobPages:
        if operation == "list_training_jobs":
            return JobPages(self._page_of_jobs)
        assert operation == "list_tags"
        return self

    def paginate(self, **request: Any) -> Iterator[Raw]:
        """Tags, two to a page."""
        tags = self._call("ListTags", request, lambda: dict(self._by_arn(request["ResourceArn"]).tags))
        pairs = [{"Key": key, "Value": value} for key, value in tags.items()]
        for start in range(0, max(1, len(pairs)), 2):
            yield {"Tags": pairs[start : start + 2]}

    def _page_of_jobs(self, request: Raw) -> Raw:
        return self._call("ListTrainingJobs", request, lambda: self._list(request))

    # Looking on and interfering, not through the API.

    def status(self, name: str) -> str:
        return self.jobs[name].status(self._clock.now())

    def live(self) -> list[str]:
        """The jobs that run or are stopping."""
        return [name for name in self._present() if self.status(name) in ("InProgress", "Stopping")]

    def running(self) -> list[str]:
        return [name for name in self._present() if self.status(name) == "InProgress"]

    def sent(self, operation: str) -> list[Raw]:
        """The requests of an operation, in order."""
        return [request for name, request in self.requests if name == operation]

    def person_stops(self, name: str) -> None:
        """Somebody stops a job in the console."""
        self._stop(name)

    def person_deletes(self, name: str) -> None:
        """Somebody deletes an ended job's record, a while ago."""
        assert self.status(name) in TERMINAL, f"job '{name}' is {self.status(name)}: its record cannot go"
        del self.jobs[name]

    # What the operations do.

    def _call(self, operation: str, request: Raw, action: Callable[[], T]) -> T:
        check_parameters("sagemaker", operation, request)
        self.requests.append((operation, request))

        def act() -> T:
            self._present()
            return action()

        return self._tape.through(operation, act)

    def _present(self) -> dict[str, Job]:
        now = self._clock.now()
        for name, job in list(self.jobs.items()):
            if job.deleted is not None and now >= job.deleted + self.delete_seconds:
                del self.jobs[name]
        return self.jobs

    def _job(self, name: str, operation: str) -> Job:
        if not re.fullmatch(LEGAL_NAME, name):
            text = f"1 validation error detected: Value '{name}' at 'trainingJobName' failed to satisfy"
            raise client_error("ValidationException", text, operation)
        if name not in self.jobs:
            raise client_error("ValidationException", "Requested resource not found.", operation)
        return self.jobs[name]

    def _by_arn(self, arn: str) -> Job:
        for job in self.jobs.values():
            if job.arn == arn:
                return job
        raise client_error("ValidationException", "Requested resource not found.", "ListTags")

    def _create(self, request: Raw) -> Raw:
        name, tags = request["TrainingJobName"], request.get("Tags", [])
        if len({tag["Key"] for tag in tags}) != len(tags) or len(tags) > 50:
            raise client_error("ValidationException", "Duplicate or too many tags", "CreateTrainingJob")
        if not re.fullmatch(LEGAL_NAME, name):
            raise client_error("ValidationException", f"illegal name {name}", "CreateTrainingJob")
        if name in self.jobs:
            text = (
                "Training job names must be unique within an AWS account and region, and a training job with "
                f"this name already exists ({self.jobs[name].arn})"
            )
            raise client_error("ResourceInUse", text, "CreateTrainingJob")
        owned = {tag["Key"]: tag["Value"] for tag in tags}
        job = Job(request, self._clock.now(), self._script(request), owned, self.stop_seconds)
        job.skew = self.skew
        twins = [other for other in self.running() if self.jobs[other].content == job.content]
        self.twins += [(name, twin) for twin in twins]
        self.jobs[name] = job
        self.every.append(job)
        self.created.append(name)
        return {"TrainingJobArn": job.arn}

    def _script(self, request: Raw) -> Sequence[Step]:
        if self.no_capacity & instance_types(request):
            return FINDS_NO_CAPACITY
        return self.scripts.pop(0) if len(self.scripts) > 1 else self.scripts[0]

    def _stop(self, name: str) -> Raw:
        job = self._job(name, "StopTrainingJob")
        status = self.status(name)
        if status not in ("InProgress", "Stopping"):
            text = f"The request was rejected because the training job is in status {status}."
            raise client_error("ValidationException", text, "StopTrainingJob")
        if job.stopped is None:
            job.stopped = self._clock.now()
        return {}

    def _delete(self, name: str) -> Raw:
        description = self._job(name, "DeleteTrainingJob").description(self._clock.now())
        pool = description.get("WarmPoolStatus", {}).get("Status")
        if description["TrainingJobStatus"] not in TERMINAL or pool == "Available":
            raise client_error("ResourceInUse", "The training job is in use.", "DeleteTrainingJob")
        self.jobs[name].deleted = self._clock.now()
        self._present()
        return {}

    def _update(self, request: Raw) -> Raw:
        job = self._job(request["TrainingJobName"], "UpdateTrainingJob")
        now = self._clock.now()
        described = job.description(now)
        members = {key: value for key, value in request.items() if key != "TrainingJobName"}
        if problem := _refused(members, described):
            raise client_error("ValidationException", problem, "UpdateTrainingJob")
        for key, value in members.items():
            merges = isinstance(value, dict) and key in described
            job.updated[key] = {**described[key], **value} if merges else value
        if "ResourceConfig" in members:
            given_up = members["ResourceConfig"]["KeepAlivePeriodInSeconds"] == 0
            job.pool_given_up = now if given_up and "WarmPoolStatus" in described else None
        return {"TrainingJobArn": job.arn}

    def _list(self, request: Raw) -> Raw:
        now = self._clock.now()
        seen = [job for job in self.jobs.values() if job.started + self.list_seconds <= now]
        return listed(seen, request, now)

    def _add_tags(self, request: Raw) -> Raw:
        self._by_arn(request["ResourceArn"]).tags.update({t["Key"]: t["Value"] for t in request["Tags"]})
        return {"Tags": request["Tags"]}

    def _delete_tags(self, request: Raw) -> Raw:
        for key in request["TagKeys"]:
            self._by_arn(request["ResourceArn"]).tags.pop(key, None)
        return {}


def _refused(members: Raw, described: Raw) -> str | None:
    """Why the service refuses an update of a job in this state."""
    status = described["TrainingJobStatus"]
    pool = described.get("WarmPoolStatus", {}).get("Status")
    if members.keys() - {"ResourceConfig"} and status != "InProgress":
        return f"The request was rejected because the training job is in status {status}."
    if "RemoteDebugConfig" in members and described["SecondaryStatus"] not in ("Downloading", "Training"):
        return "Remote debugging can be changed while the secondary status is Downloading or Training."
    if "ResourceConfig" in members and status != "InProgress" and pool != "Available":
        return "The training job has no warm pool that is available."
    return None
