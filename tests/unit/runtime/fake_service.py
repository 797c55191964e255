"""A training service that remembers, a key, and a clock that jumps.

Every call of the runtime to the outside goes through one ``Tape``, so that a test can let a call fail, or
the process die, before or after any of them.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any, TypeVar

from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError
from botocore.model import ServiceModel
from botocore.validate import ParamValidator

from constructs_lib.runtime.errors import Refused
from constructs_lib.runtime.scalars import MODEL_FILE

ACCOUNT, REGION = "123456789012", "eu-west-1"
STACK_ID = f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/models/1f2e3d4c-0000-11ee-8c99-0242ac120002"
LOGICAL_ID = "ChurnTrainingJob5C2A"
OWNER = "1f2e3d4cab12cd"
# What no log line may show.
SECRET_VALUE = "s3cr3t-hyperparameter-value"
SECRET_URL = "X-Amz-Signature=b3ar3r"
T = TypeVar("T")
Raw = dict[str, Any]


class Died(Exception):
    """The process was killed: nothing in the runtime may catch this."""


# What ends a process or an invocation; anything else is a mistake in the runtime, and a test's failure.
MISHAPS = (Died, ClientError, BotoCoreError, Refused)


def client_error(code: str, message: str, operation: str, status: int = 400) -> ClientError:
    """An error as botocore raises it."""
    response: Any = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status, "RequestId": "r", "RetryAttempts": 0},
    }
    return ClientError(response, operation)


def throttled(operation: str) -> ClientError:
    return client_error("ThrottlingException", "Rate exceeded", operation)


def denied(operation: str, detail: str = "") -> ClientError:
    message = f"User: arn:aws:sts::{ACCOUNT}:assumed-role/front/f is not authorized to perform: {detail}"
    return client_error("AccessDeniedException", message, operation)


class FakeClock:
    def __init__(self) -> None:
        self.time = 1_750_000_000.0
        self.sleeps: list[float] = []

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.time += seconds


@dataclass
class Fault:
    """A mishap of the next ``times`` calls of an operation, or of the call at one place on the tape."""

    error: Exception
    operation: str | None = None
    at: int | None = None
    after: bool = False
    times: int = 1


@dataclass
class Tape:
    """Every call to the outside in order, and the mishaps that are to happen."""

    calls: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    # Run once before the next call of an operation: what another process does in between.
    meanwhile: dict[str, Callable[[], None]] = field(default_factory=dict)

    def fail(self, operation: str, error: Exception, *, after: bool = False, times: int = 1) -> None:
        self.faults.append(Fault(error, operation, after=after, times=times))

    def through(self, operation: str, call: Callable[[], T]) -> T:
        index = len(self.calls)
        self.calls.append(operation)
        if between := self.meanwhile.pop(operation, None):
            between()
        self._mishap(operation, index, after=False)
        result = call()
        self._mishap(operation, index, after=True)
        return result

    def count(self, operation: str) -> int:
        return self.calls.count(operation)

    def _mishap(self, operation: str, index: int, *, after: bool) -> None:
        for fault in self.faults:
            meant = fault.operation == operation or fault.at == index
            if meant and fault.after == after and fault.times > 0:
                fault.times -= 1
                raise fault.error


@functools.cache
def service_model() -> ServiceModel:
    return ServiceModel(json.loads(MODEL_FILE.read_text()), "sagemaker")


# What a job does: seconds after its start, and the members of its description from then on.
Step = tuple[float, Raw]
COMPLETES: tuple[Step, ...] = (
    (0, {"TrainingJobStatus": "InProgress", "SecondaryStatus": "Starting"}),
    (100, {"SecondaryStatus": "Training"}),
    (
        300,
        {
            "TrainingJobStatus": "Completed",
            "SecondaryStatus": "Completed",
            "TrainingTimeInSeconds": 200,
            "BillableTimeInSeconds": 190,
        },
    ),
)
RUNS_FOR_EVER = COMPLETES[:2]


def with_metrics(*entries: tuple[str, float], steps: Sequence[Step] = COMPLETES) -> list[Step]:
    """The script whose last step reports these final metrics."""
    moment = datetime(2025, 1, 1, tzinfo=timezone.utc)
    reported = [{"MetricName": name, "Value": value, "Timestamp": moment} for name, value in entries]
    return [*steps[:-1], (steps[-1][0], {**steps[-1][1], "FinalMetricDataList": reported})]


def fails(reason: str = "AlgorithmError: boom", after: float = 200) -> list[Step]:
    ended = {"TrainingJobStatus": "Failed", "SecondaryStatus": "Failed", "FailureReason": reason}
    return [*RUNS_FOR_EVER, (after, ended)]


def ends(status: str, secondary: str, after: float = 200) -> list[Step]:
    return [*RUNS_FOR_EVER, (after, {"TrainingJobStatus": status, "SecondaryStatus": secondary})]


@dataclass
class Job:
    request: Raw
    started: float
    script: Sequence[Step]
    tags: dict[str, str]
    stop_seconds: float
    stopped: float | None = None

    @property
    def arn(self) -> str:
        return f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:training-job/{self.request['TrainingJobName']}"

    def description(self, now: float) -> Raw:
        state: Raw = {}
        moment = now if self.stopped is None else self.stopped
        for seconds, members in self.script:
            if self.started + seconds <= moment:
                state.update(members)
        if self.stopped is not None:
            ended = now >= self.stopped + self.stop_seconds
            status = "Stopped" if ended else "Stopping"
            state.update(TrainingJobStatus=status, SecondaryStatus=status)
        return {
            "TrainingJobName": self.request["TrainingJobName"],
            "TrainingJobArn": self.arn,
            "OutputDataConfig": self.request["OutputDataConfig"],
            **state,
        }


class FakeSageMaker:
    """Training jobs that live by their scripts; its answers to misuse are the service's own."""

    def __init__(self, tape: Tape, clock: FakeClock) -> None:
        self._tape = tape
        self._clock = clock
        self.jobs: dict[str, Job] = {}
        self.created: list[str] = []
        self.requests: list[tuple[str, Raw]] = []
        # The scripts of the next jobs; the last one serves all that follow.
        self.scripts: list[Sequence[Step]] = [COMPLETES]
        self.stop_seconds = 60.0

    def create_training_job(self, **request: Any) -> Raw:
        return self._call("CreateTrainingJob", request, lambda: self._create(request))

    def describe_training_job(self, **request: Any) -> Raw:
        name = request["TrainingJobName"]
        return self._call(
            "DescribeTrainingJob",
            request,
            lambda: self._job(name, "DescribeTrainingJob").description(self._clock.now()),
        )

    def stop_training_job(self, **request: Any) -> Raw:
        return self._call("StopTrainingJob", request, lambda: self._stop(request["TrainingJobName"]))

    def delete_training_job(self, **request: Any) -> Raw:
        return self._call("DeleteTrainingJob", request, lambda: self._delete(request["TrainingJobName"]))

    def update_training_job(self, **request: Any) -> Raw:
        return self._call(
            "UpdateTrainingJob",
            request,
            lambda: {"TrainingJobArn": self._job(request["TrainingJobName"], "UpdateTrainingJob").arn},
        )

    def add_tags(self, **request: Any) -> Raw:
        return self._call("AddTags", request, lambda: self._add_tags(request))

    def delete_tags(self, **request: Any) -> Raw:
        return self._call("DeleteTags", request, lambda: self._delete_tags(request))

    def get_paginator(self, operation: str) -> FakeSageMaker:
        assert operation == "list_tags"
        return self

    def paginate(self, **request: Any) -> Iterator[Raw]:
        """Tags, two to a page."""
        tags = self._call("ListTags", request, lambda: dict(self._by_arn(request["ResourceArn"]).tags))
        pairs = [{"Key": key, "Value": value} for key, value in tags.items()]
        for start in range(0, max(1, len(pairs)), 2):
            yield {"Tags": pairs[start : start + 2]}

    # Looking on, not through the API.

    def status(self, name: str) -> str:
        status: str = self.jobs[name].description(self._clock.now())["TrainingJobStatus"]
        return status

    def live(self) -> list[str]:
        return [name for name in self.jobs if self.status(name) in ("InProgress", "Stopping")]

    def running(self) -> list[str]:
        return [name for name in self.jobs if self.status(name) == "InProgress"]

    def sent(self, operation: str) -> list[Raw]:
        return [request for name, request in self.requests if name == operation]

    def _call(self, operation: str, request: Raw, action: Callable[[], T]) -> T:
        model = service_model().operation_model(operation)
        report = ParamValidator().validate(request, model.input_shape)
        if report.has_errors():
            raise ParamValidationError(report=report.generate_report())
        self.requests.append((operation, request))
        return self._tape.through(operation, action)

    def _job(self, name: str, operation: str) -> Job:
        if not re.fullmatch(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}", name):
            text = f"1 validation error detected: Value '{name}' at 'trainingJobName' failed to satisfy"
            raise client_error("ValidationException", text, operation)
        if name not in self.jobs:
            raise client_error("ValidationException", "Requested resource not found.", operation)
        return self.jobs[name]

    def _by_arn(self, arn: str) -> Job:
        return next(job for job in self.jobs.values() if job.arn == arn)

    def _create(self, request: Raw) -> Raw:
        name, tags = request["TrainingJobName"], request.get("Tags", [])
        if len({tag["Key"] for tag in tags}) != len(tags) or len(tags) > 50:
            raise client_error("ValidationException", "Duplicate or too many tags", "CreateTrainingJob")
        if not re.fullmatch(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}", name):
            raise client_error("ValidationException", f"illegal name {name}", "CreateTrainingJob")
        if name in self.jobs:
            text = (
                "Training job names must be unique within an AWS account and region, and a training job with "
                f"this name already exists ({self.jobs[name].arn})"
            )
            raise client_error("ResourceInUse", text, "CreateTrainingJob")
        script = self.scripts.pop(0) if len(self.scripts) > 1 else self.scripts[0]
        owned = {tag["Key"]: tag["Value"] for tag in tags}
        job = Job(request, self._clock.now(), script, owned, self.stop_seconds)
        self.jobs[name] = job
        self.created.append(name)
        return {"TrainingJobArn": job.arn}

    def _stop(self, name: str) -> Raw:
        job = self._job(name, "StopTrainingJob")
        status = self.status(name)
        if status in ("Completed", "Failed", "Stopped"):
            text = f"The request was rejected because the training job is in status {status}."
            raise client_error("ValidationException", text, "StopTrainingJob")
        if job.stopped is None:
            job.stopped = self._clock.now()
        return {}

    def _delete(self, name: str) -> Raw:
        self._job(name, "DeleteTrainingJob")
        if self.status(name) in ("InProgress", "Stopping"):
            raise client_error("ResourceInUse", "The training job is in use.", "DeleteTrainingJob")
        del self.jobs[name]
        return {}

    def _add_tags(self, request: Raw) -> Raw:
        self._by_arn(request["ResourceArn"]).tags.update({t["Key"]: t["Value"] for t in request["Tags"]})
        return {"Tags": request["Tags"]}

    def _delete_tags(self, request: Raw) -> Raw:
        for key in request["TagKeys"]:
            self._by_arn(request["ResourceArn"]).tags.pop(key, None)
        return {}


class FakeKms:
    """Ciphertext that nobody can read without this object, and not out of its context."""

    def __init__(self, tape: Tape) -> None:
        self._tape = tape
        self._kept: dict[bytes, tuple[bytes, Raw]] = {}

    def encrypt(self, *, KeyId: str, Plaintext: bytes, EncryptionContext: Raw) -> Raw:
        return self._tape.through("Encrypt", lambda: self._encrypt(Plaintext, EncryptionContext))

    def decrypt(self, *, KeyId: str, CiphertextBlob: bytes, EncryptionContext: Raw) -> Raw:
        return self._tape.through("Decrypt", lambda: self._decrypt(CiphertextBlob, EncryptionContext))

    def _encrypt(self, plaintext: bytes, context: Raw) -> Raw:
        blob = f"cipher {len(self._kept)}".encode()
        self._kept[blob] = (plaintext, dict(context))
        return {"CiphertextBlob": blob}

    def _decrypt(self, blob: bytes, context: Raw) -> Raw:
        plaintext, bound = self._kept[blob]
        if bound != context:
            raise client_error("InvalidCiphertextException", "", "Decrypt")
        return {"Plaintext": plaintext}
