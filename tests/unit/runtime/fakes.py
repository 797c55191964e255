"""CloudFormation that retries, a state machine that polls, and Lambda that delivers again."""

from __future__ import annotations

import base64
import itertools
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from constructs_lib.runtime import front, worker
from constructs_lib.runtime.answer import Address, Answer, encode
from constructs_lib.runtime.jobs import Jobs
from constructs_lib.runtime.sealing import Seal
from constructs_lib.runtime.world import World

from .fake_service import (
    ACCOUNT,
    LOGICAL_ID,
    MISHAPS,
    OWNER,
    REGION,
    SECRET_URL,
    SECRET_VALUE,
    STACK_ID,
    FakeClock,
    FakeKms,
    FakeSageMaker,
    Raw,
    Tape,
)


@dataclass
class Execution:
    name: str
    input: str
    state: Raw
    due: float
    status: str = "RUNNING"
    failures: int = 0


class FakeExecutions:
    """The state machine: Wait, then the worker, until it is done; three retries, then FAILED."""

    RETRIES = 3

    def __init__(self, tape: Tape, clock: FakeClock) -> None:
        self._tape = tape
        self._clock = clock
        self.all: dict[str, Execution] = {}
        # Set by CloudFormation below, which owns the world.
        self.poll: Callable[[Raw], Raw] = dict
        self.report: Callable[[Raw], None] = lambda event: None

    def start(self, name: str, state: dict[str, object]) -> None:
        assert re.fullmatch(r"[A-Za-z0-9_-]{1,80}", name)
        self._tape.through("StartExecution", lambda: self._start(name, json.dumps(state)))

    def _start(self, name: str, text: str) -> None:
        assert SECRET_URL not in text
        assert SECRET_VALUE not in text
        if name not in self.all:
            self.all[name] = Execution(name, text, json.loads(text), self._clock.now())

    def step(self) -> bool:
        """Advance the execution that is due next; False when none runs."""
        running = [one for one in self.all.values() if one.status == "RUNNING"]
        if not running:
            return False
        one = min(running, key=lambda it: it.due)
        self._clock.time = max(self._clock.time, one.due)
        try:
            state = json.loads(json.dumps(self.poll(one.state)))
        except MISHAPS:
            one.failures += 1
            one.due = self._clock.now() + 2
            if one.failures > self.RETRIES:
                self.end(one.name, "FAILED")
            return True
        one.failures = 0
        assert SECRET_URL not in json.dumps(state)
        if state["done"]:
            one.status = "SUCCEEDED"
        else:
            assert state["wait"] >= 1
            one.state, one.due = state, self._clock.now() + state["wait"]
        return True

    def end(self, name: str, status: str) -> None:
        """The execution ends badly, and EventBridge says so."""
        one = self.all[name]
        one.status = status
        self.report(
            {
                "source": "aws.states",
                "detail-type": "Step Functions Execution Status Change",
                "detail": {"name": name, "status": status, "input": one.input, "output": None},
            }
        )

    def run(self) -> None:
        for _ in range(2000):
            if not self.step():
                return
        raise AssertionError("an execution does not end")


@dataclass
class Response:
    url: str
    body: Raw
    at: float

    @property
    def ok(self) -> bool:
        return bool(self.body["Status"] == "SUCCESS")

    @property
    def reason(self) -> str:
        return str(self.body["Reason"])

    @property
    def physical_id(self) -> str:
        return str(self.body["PhysicalResourceId"])

    @property
    def data(self) -> Raw:
        data: Raw = self.body["Data"]
        return data


class Recorder:
    """The way back to CloudFormation."""

    def __init__(self, tape: Tape, clock: FakeClock) -> None:
        self._tape = tape
        self._clock = clock
        self.responses: list[Response] = []

    def send(self, address: Address, answer: Answer) -> bool:
        return self._tape.through("Answer", lambda: self._take(address, answer))

    def _take(self, address: Address, answer: Answer) -> bool:
        body = encode(address, answer)
        assert len(body) <= 4096
        taken = json.loads(body)
        assert taken["Reason"] or taken["Status"] == "SUCCESS"
        assert 0 < len(taken["PhysicalResourceId"]) <= 1024
        assert all(isinstance(value, str) for value in taken["Data"].values())
        self.responses.append(Response(address.url, taken, self._clock.now()))
        return True

    def effective(self, url: str) -> Response | None:
        """CloudFormation listens to the first answer only."""
        return next((response for response in self.responses if response.url == url), None)


def stringified(value: Any) -> Any:
    """A value as CloudFormation hands it to a custom resource: every scalar is a string."""
    if isinstance(value, Mapping):
        return {key: stringified(item) for key, item in value.items()}
    if isinstance(value, list):
        return [stringified(item) for item in value]
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


BASE_REQUEST: Raw = {
    "AlgorithmSpecification": {
        "TrainingImage": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/churn:1",
        "TrainingInputMode": "File",
    },
    "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/training",
    "HyperParameters": {"epochs": "3", "api_token": SECRET_VALUE},
    "InputDataConfig": [
        {
            "ChannelName": "train",
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://data/train/"}},
            "ShuffleConfig": {"Seed": 7},
        }
    ],
    "OutputDataConfig": {"S3OutputPath": "s3://models/out", "KmsKeyId": "alias/one"},
    "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 10},
    "StoppingCondition": {"MaxRuntimeInSeconds": 1200},
    "EnableNetworkIsolation": True,
    "Tags": [{"Key": "team", "Value": "growth"}],
}


def request(**members: Any) -> Raw:
    """The base request with some members replaced; None leaves one out."""
    merged = {**BASE_REQUEST, **members}
    return {key: value for key, value in merged.items() if value is not None}


def properties(
    *, mode: str = "wait", timeout: int = 1500, prefix: str = "churn", owner: str = OWNER, **rest: Any
) -> Raw:
    """A custom resource's properties; capitalised names replace members of the request."""
    extras = {"QualityGates", "FinalMetrics", "RerunOn", "AllowStopped"}
    return {
        "Request": request(**{key: value for key, value in rest.items() if key not in extras}),
        "JobName": {"Prefix": prefix, "Owner": owner},
        "Completion": {"Mode": mode, "TimeoutSeconds": timeout},
        **{key: value for key, value in rest.items() if key in extras},
    }


class CloudFormation:
    """One custom resource in one stack, its functions and the service they call."""

    def __init__(self, *, stack_id: str = STACK_ID, logical_id: str = LOGICAL_ID) -> None:
        self.tape = Tape()
        self.clock = FakeClock()
        self.sagemaker = FakeSageMaker(self.tape, self.clock)
        self.kms = FakeKms(self.tape)
        self.recorder = Recorder(self.tape, self.clock)
        self.stack_id, self.logical_id = stack_id, logical_id
        self.physical_id: str | None = None
        self.deployed: Raw = {}
        self.failed: Raw = {}
        # CloudFormation shrugs at a clean-up that fails: the tests do not.
        self.cleaned_up = True
        self._numbers = itertools.count(1)
        self._adopt_executions(FakeExecutions(self.tape, self.clock))

    def _adopt_executions(self, executions: FakeExecutions) -> None:
        self.executions = executions
        self.world = World(
            jobs=Jobs(self.sagemaker, self.clock),
            executions=executions,
            seal=Seal(self.kms, "key"),
            clock=self.clock,
            send=self.recorder.send,
        )
        executions.poll = lambda state: worker.handle(state, self.world)
        executions.report = lambda event: self.deliver(event)

    def beside(self, *, stack_id: str = STACK_ID, logical_id: str = LOGICAL_ID) -> CloudFormation:
        """Another resource in the same account, with the same service."""
        other = CloudFormation(stack_id=stack_id, logical_id=logical_id)
        other.tape, other.clock, other.sagemaker = self.tape, self.clock, self.sagemaker
        other.kms, other.recorder = self.kms, self.recorder
        other._numbers = itertools.count(1000)
        other._adopt_executions(FakeExecutions(self.tape, self.clock))
        return other

    # Events.

    def event(self, kind: str, asked: Raw, old: Raw | None = None, *, physical_id: str | None = None) -> Raw:
        number = next(self._numbers)
        event: Raw = {
            "RequestType": kind,
            "ServiceToken": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:front",
            "ResponseURL": f"https://cfn.s3.amazonaws.com/{number}?{SECRET_URL}{number}",
            "StackId": self.stack_id,
            "RequestId": f"request-{number}",
            "ResourceType": "Custom::SageMakerTrainingJob",
            "LogicalResourceId": self.logical_id,
            "ResourceProperties": {"ServiceToken": "front", **stringified(asked)},
        }
        if old is not None:
            event["OldResourceProperties"] = {"ServiceToken": "front", **stringified(old)}
        if kind != "Create":
            event["PhysicalResourceId"] = physical_id or self.physical_id or "models-Churn-INVENTED12AB"
        return event

    def deliver(self, event: Raw) -> None:
        """Lambda's asynchronous invocation: three tries, then the failure destination."""
        event = json.loads(json.dumps(event))
        for _ in range(3):
            try:
                front.handle(event, self.world)
            except MISHAPS as error:
                last = error
                self.clock.time += 60
            else:
                return
        self.destination(event, {"errorMessage": str(last), "errorType": type(last).__name__})

    def destination(self, event: Raw, response: Raw | None, condition: str = "RetriesExhausted") -> None:
        """The record that Lambda hands to the worker when the front has died for good."""
        record = {
            "version": "1.0",
            "requestContext": {"condition": condition, "approximateInvokeCount": 3},
            "requestPayload": event,
            "responsePayload": response,
        }
        for _ in range(3):
            try:
                result = worker.handle(record, self.world)
            except MISHAPS:
                self.clock.time += 60
            else:
                assert result == {"done": True}
                return

    def settle(self, event: Raw) -> Response:
        """Deliver an event, let everything run, and give the answer CloudFormation takes."""
        self.deliver(event)
        return self.finish(event)

    def finish(self, event: Raw) -> Response:
        """Let everything run, and give the answer CloudFormation takes."""
        self.executions.run()
        response = self.recorder.effective(event["ResponseURL"])
        assert response is not None, "CloudFormation was never answered"
        return response

    # Deployments.

    def create(self, asked: Raw) -> Response:
        response = self.settle(self.event("Create", asked))
        self.physical_id, self.deployed = response.physical_id, asked
        return response

    def update(self, asked: Raw) -> Response:
        """An Update; where it succeeds with a new id, the clean-up of the old resource follows."""
        before, old_id = self.deployed, self.physical_id
        response = self.settle(self.event("Update", asked, before))
        if not response.ok:
            assert response.physical_id == old_id
            self.failed = asked
            return response
        self.physical_id, self.deployed = response.physical_id, asked
        if response.physical_id != old_id:
            cleaned = self.settle(self.event("Delete", before, physical_id=old_id))
            self.cleaned_up = cleaned.ok
        return response

    def roll_back(self) -> Response:
        """After an Update that failed: another, with the old properties."""
        response = self.settle(self.event("Update", self.deployed, self.failed))
        assert response.physical_id == self.physical_id
        return response

    def delete(self) -> Response:
        return self.settle(self.event("Delete", self.deployed))

    @property
    def creations(self) -> int:
        return len(self.sagemaker.created)

    @property
    def job(self) -> str:
        """The newest job's name."""
        return self.sagemaker.created[-1]


def sealed_text(sealed: Mapping[str, str]) -> str:
    return base64.b64decode(sealed["url"]).decode()
