"""What AWS refuses or ends by a limit of its own, although moto takes it."""

from __future__ import annotations

import json
import subprocess
import sys
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

from constructs_lib.local import LocalAws, seams
from constructs_lib.local.stepfunctions import history
from tests.functional.local.local_helpers import Stacks
from tests.functional.local.machines import SDK, Machines, inner, jsonata
from tests.functional.local.test_local_endings import _machine

PASS = {"Type": "Pass", "End": True}
TASK = {"Type": "Task", "Resource": f"{SDK}listTrainingJobs", "End": True}
END = {"Type": "Succeed"}
ZERO, PATH = {"TimeoutSeconds": 0}, {"InputPath": "$.a"}
# The interpreter in a process of its own, with a limit that is reached at once.
FULL = """
import json, sys, time
from constructs_lib.local import seams
from constructs_lib.local.stepfunctions import history, install
history.LIMIT = 60
install()
account = seams.get("moto.stepfunctions.parser.models:stepfunctions_parser_backends")["123456789012"]
machine = account["us-east-1"].create_state_machine("m", sys.argv[1], "arn:aws:iam::123456789012:role/r")
execution = account["us-east-1"].start_execution(machine.arn)
while execution.status == "RUNNING":
    time.sleep(0.01)
types = [event["type"] for event in execution.to_history_output()["events"]]
print(json.dumps([execution.status, execution.error, execution.cause, len(types), types[-1]]))
"""


def _jsonpath(states: dict[str, Any]) -> dict[str, Any]:
    return {"StartAt": next(iter(states)), "States": states}


def _handled(member: str, **more: Any) -> dict[str, Any]:
    """A task whose first handler of two is for everything."""
    errors: list[dict[str, Any]] = [{"ErrorEquals": ["States.ALL"]}, {"ErrorEquals": ["Other"]}]
    return _jsonpath({"T": {**TASK, member: [{**error, **more} for error in errors]}, "E": END})


@pytest.mark.parametrize(
    ("definition", "told"),
    [
        (_handled("Retry"), "/States/T/Retry[0]/ErrorEquals"),
        (_handled("Catch", Next="E"), "/States/T/Catch[0]/ErrorEquals"),
        (_jsonpath({"T": {**TASK, **ZERO}}), "/States/T/TimeoutSeconds"),
        (_jsonpath({"T": {**TASK, "HeartbeatSeconds": 0}}), "/States/T/HeartbeatSeconds"),
        (_jsonpath({"T": {**TASK, "TimeoutSeconds": -1}}), "-1"),
        (_jsonpath({"W": {"Type": "Wait", "Seconds": 100_000_000, "End": True}}), "/States/W/Seconds"),
        (_jsonpath({"W": {"Type": "Wait", "Seconds": -1, "End": True}}), "-1"),
        (_jsonpath({"P": {"Type": "Parallel", "Branches": [inner({"P": PASS})], "End": True}}), "P at /Sta"),
        (_jsonpath({"P" * 81: PASS}), "80 characters, not 81"),
        (_jsonpath({"P": {**PASS, "Output": 1}}), "/States/P/Output"),
        (_jsonpath({"T": {**TASK, "Arguments": {}}}), "JSONata"),
        (
            _jsonpath({"T": {**TASK, "Catch": [{"ErrorEquals": ["A"], "Next": "E", "Output": 1}]}, "E": END}),
            "/States/T/Catch[0]/Output",
        ),
        (
            _jsonpath({"M": {"Type": "Map", "Items": [1], "ItemProcessor": inner({"P": PASS}), "End": True}}),
            "/States/M/Items",
        ),
        (jsonata({"P": {**PASS, **PATH}}), "/States/P/InputPath"),
        (jsonata({"T": {**TASK, "Parameters": {}}}), "JSONPath"),
        (
            jsonata({"M": {"Type": "Map", "ItemProcessor": inner({"I": {**TASK, **ZERO}}), "End": True}}),
            "/States/M/ItemProcessor/States/I/TimeoutSeconds",
        ),
        (
            jsonata({"P": {"Type": "Parallel", "Branches": [inner({"I": {**PASS, **PATH}})], "End": True}}),
            "/States/P/Branches[0]/States/I/InputPath",
        ),
    ],
)  # fmt: skip
def test_a_definition_is_refused(machines: Machines, definition: dict[str, Any], told: str) -> None:
    with pytest.raises(ClientError) as caught:
        machines.machine(definition)
    assert caught.value.response["Error"]["Code"] == "InvalidDefinition"
    assert told in caught.value.response["Error"]["Message"]


def test_what_is_just_allowed(machines: Machines) -> None:
    last = [{"ErrorEquals": ["Other"]}, {"ErrorEquals": ["States.ALL"]}]
    states = {"T" * 80: {**TASK, "TimeoutSeconds": 1, "Retry": last}}
    assert machines.output(_jsonpath(states)) is not None
    waiting = {"Type": "Wait", "Seconds": 0, "Output": 1, "QueryLanguage": "JSONata", "End": True}
    assert machines.output(_jsonpath({"W": waiting})) == 1


def test_a_stack_and_an_update_are_refused_too(stacks: Stacks, machines: Machines) -> None:
    wrong = _jsonpath({"T": {**TASK, "TimeoutSeconds": 0}})
    assert stacks.create("limits1", {"Resources": {"Machine": _machine(wrong)}}).startswith("ROLLBACK")
    arn = machines.machine(_jsonpath({"P": PASS}))
    with pytest.raises(ClientError, match="positive, non-zero integer"):
        machines.client.update_state_machine(stateMachineArn=arn, definition=json.dumps(wrong))


@pytest.mark.parametrize(
    ("state", "value"),
    [
        ({"Type": "Wait", "Seconds": "{% $states.input %}"}, -1),
        ({"Type": "Wait", "Seconds": "{% $states.input %}"}, 0.5),
        ({"Type": "Wait", "Seconds": "{% $states.input %}"}, "5"),
        ({**TASK, "TimeoutSeconds": "{% $states.input %}"}, 0),
        ({**TASK, "TimeoutSeconds": "{% $states.input %}"}, 1.5),
    ],
)
def test_seconds_of_an_expression(machines: Machines, state: dict[str, Any], value: Any) -> None:
    error, cause = machines.error(jsonata({"S": {**state, "End": True}}), value)
    assert error == "States.QueryEvaluationError"
    assert f"not {value}" in cause


@pytest.mark.parametrize(
    ("state", "value"),
    [
        ({"Type": "Wait", "SecondsPath": "$.s"}, -1),
        ({"Type": "Wait", "SecondsPath": "$.s"}, 0.5),
        ({**TASK, "TimeoutSecondsPath": "$.s"}, 0),
        ({**TASK, "TimeoutSecondsPath": "$.s"}, 1.5),
    ],
)
def test_seconds_of_a_path(machines: Machines, state: dict[str, Any], value: Any) -> None:
    assert machines.error(_jsonpath({"S": {**state, "End": True}}), {"s": value})[0] == "States.Runtime"


@pytest.mark.parametrize("following", [{"End": True}, {"Next": "Last"}])
def test_a_catch_that_leads_back_runs_the_state_again(machines: Machines, following: dict[str, Any]) -> None:
    choice = {
        "Type": "Choice",
        "Choices": [{"Variable": "$.error", "IsPresent": True, "Next": "Second"}],
        "Default": "Fail",
    }
    states = {
        "Choice": choice,
        "Fail": {"Type": "Fail", "Error": "X"},
        "Second": {"Type": "Pass", "Result": "second", "End": True},
    }
    catch = [{"ErrorEquals": ["X"], "ResultPath": "$.error", "Next": "Again"}]
    again = {"Type": "Parallel", "Branches": [inner(states)], "Catch": catch, **following}
    assert machines.output(_jsonpath({"Again": again, "Last": END})) == ["second"]


def _with_low_limit(definition: dict[str, Any]) -> list[Any]:
    """Status, error and cause of an execution, the number of its events and the last one's type."""
    done = subprocess.run(
        [sys.executable, "-c", FULL, json.dumps(definition)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    found: list[Any] = json.loads(done.stdout)
    return found


def test_a_full_history_ends_the_execution() -> None:
    # Two events a time round, for ever; not even a Catch that names the error keeps the execution going.
    rounds = [inner({name: {"Type": "Pass", "Next": name}}) for name in ("A", "B", "C")]
    catch = [{"ErrorEquals": ["States.Runtime"], "Next": "Last"}]
    state = {"Type": "Parallel", "Branches": rounds, "Catch": catch, "End": True}
    cause = "The execution reached the maximum number of history events (25000)."
    ended = _with_low_limit(_jsonpath({"P": state, "Last": END}))
    assert ended == ["FAILED", "States.Runtime", cause, 60, "ExecutionFailed"]


class _Execution:
    """The environment of an execution: a history, and how it ended."""

    def __init__(self) -> None:
        events = seams.module("moto.stepfunctions.parser.asl.eval.event.event_manager")
        self.event_manager = events.EventManager()
        self.error: dict[str, str] = {}
        self._context = events.EventHistoryContext.of_program_start()
        history.limit(self)

    def set_error(self, error: dict[str, str]) -> None:
        self.error = error

    def add(self, kind: str, times: int = 1) -> int:
        for _ in range(times):
            history._add_event(self.event_manager, self._context, kind)
        return len(self.event_manager._history_event_list)


def test_the_last_event_may_be_the_end() -> None:
    good, full = _Execution(), _Execution()
    assert good.add("PassStateEntered", 24_999) == full.add("PassStateEntered", 24_999) == 24_999
    assert (good.add("ExecutionSucceeded"), good.error) == (25_000, {})
    assert (full.add("PassStateExited"), full.error["error"]) == (24_999, "States.Runtime")
    assert full.add("ExecutionFailed") == 25_000
    assert history.overruled(full, {"error": "Other"}) == full.error
    assert history.overruled(good, {"error": "Other"}) == {"error": "Other"}


def test_children_have_histories_of_their_own() -> None:
    # Forty children have more events than the limit, and one of them goes round for ever.
    states = {
        "Which": {
            "Type": "Choice",
            "Choices": [{"Condition": "{% $states.input = 1 %}", "Next": "Round"}],
            "Default": "Good",
        },
        "Round": {"Type": "Pass", "Next": "Round"},
        "Good": END,
    }
    state = {"Type": "Map", "Items": "{% [1..40] %}", "ItemProcessor": inner(states, "DISTRIBUTED")}
    status, error, cause, events, _ = _with_low_limit(
        jsonata({"M": {**state, "ToleratedFailureCount": 1, "End": True}})
    )
    assert (status, error, cause) == ("SUCCEEDED", None, None)
    assert events < 60


def _pattern(characters: int) -> str:
    """A pattern of so many characters, with white space between them that does not count."""
    return json.dumps({"source": ["a" * (characters - len('{"source":[""]}'))]}, indent=2)


def test_the_size_of_a_pattern(local_aws: LocalAws, stacks: Stacks) -> None:
    events, name = local_aws.client("events"), uuid.uuid4().hex
    events.put_rule(Name=name, EventPattern=_pattern(2048))
    with pytest.raises(ClientError, match="2049 characters") as caught:
        events.put_rule(Name=name, EventPattern=_pattern(2049))
    assert caught.value.response["Error"]["Code"] == "LimitExceededException"

    def body(size: int) -> dict[str, Any]:
        properties = {"Name": f"stack-{name}", "EventPattern": json.loads(_pattern(size))}
        return {"Resources": {"Rule": {"Type": "AWS::Events::Rule", "Properties": properties}}}

    assert stacks.create("limits2", body(2049)).startswith("ROLLBACK")
    assert stacks.create("limits3", body(2048)) == "CREATE_COMPLETE"
    assert stacks.update("limits3", body(2049)) == "UPDATE_ROLLBACK_COMPLETE"
    kept = events.describe_rule(Name=f"stack-{name}")["EventPattern"]
    assert json.loads(kept) == json.loads(_pattern(2048))
