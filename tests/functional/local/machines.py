"""Small state machines for tests of the interpreter."""

from __future__ import annotations

import json
import uuid
from typing import Any

from constructs_lib.local import LocalAws
from tests.functional.local.local_helpers import ROLE, until
from tests.functional.local.test_local_training import request

__all__ = ["OPTIMISED", "SDK", "Machines", "inner", "jsonata", "training", "unique"]

SDK = "arn:aws:states:::aws-sdk:sagemaker:"
OPTIMISED = "arn:aws:states:::sagemaker:createTrainingJob"


def jsonata(states: dict[str, Any], **members: Any) -> dict[str, Any]:
    """A JSONata machine that starts at its first state."""
    return {"QueryLanguage": "JSONata", "StartAt": next(iter(states)), "States": states, **members}


def inner(states: dict[str, Any], mode: str = "") -> dict[str, Any]:
    """A branch, or the processor of a Map."""
    made = {"StartAt": next(iter(states)), "States": states}
    config = {"ProcessorConfig": {"Mode": mode, "ExecutionType": "STANDARD"}} if mode else {}
    return {**made, **config}


def training(**members: Any) -> dict[str, Any]:
    """A request without its name."""
    made = request("replaced", **members)
    del made["TrainingJobName"]
    return made


def unique(prefix: str = "job") -> str:
    return f"{prefix}-{uuid.uuid4().hex[:10]}"


class Machines:
    """Makes machines, runs them and says how they ended."""

    def __init__(self, local: LocalAws) -> None:
        self.local = local
        self.client = local.client("stepfunctions")

    def machine(self, definition: dict[str, Any]) -> str:
        text = json.dumps(definition)
        made = self.client.create_state_machine(name=unique("machine"), definition=text, roleArn=ROLE)
        return str(made["stateMachineArn"])

    def start(self, definition: dict[str, Any], given: Any = None) -> str:
        machine, text = self.machine(definition), json.dumps({} if given is None else given)
        return str(self.client.start_execution(stateMachineArn=machine, input=text)["executionArn"])

    def ended(self, execution: str) -> dict[str, Any]:
        def done() -> dict[str, Any] | None:
            found: dict[str, Any] = self.client.describe_execution(executionArn=execution)
            return found if found["status"] != "RUNNING" else None

        found: dict[str, Any] = until(done)
        return found

    def output(self, definition: dict[str, Any], given: Any = None) -> Any:
        """The output of an execution that succeeds."""
        ended = self.ended(self.start(definition, given))
        assert ended["status"] == "SUCCEEDED", ended
        return json.loads(ended["output"])

    def error(self, definition: dict[str, Any], given: Any = None) -> tuple[str, str]:
        """Error and cause of an execution that fails."""
        ended = self.ended(self.start(definition, given))
        assert ended["status"] == "FAILED", ended
        return ended["error"], ended.get("cause", "")

    def status_of(self, job: str) -> str:
        found = [known for known in self.local.jobs() if known["TrainingJobName"] == job]
        return str(found[0]["TrainingJobStatus"]) if found else ""
