"""Executions that end from outside, and what becomes of their jobs."""

from __future__ import annotations

import json
import time
from typing import Any

from tests.functional.local.local_helpers import ROLE, Stacks, until
from tests.functional.local.machines import OPTIMISED, SDK, Machines, inner, jsonata, training, unique
from tests.functional.local.test_local_workflows import _arn, _note, _notes, _rule

DAY = 86400


def _sync(name: str, **members: Any) -> dict[str, Any]:
    arguments = {**training(), "TrainingJobName": name}
    return {"Type": "Task", "Resource": f"{OPTIMISED}.sync", "Arguments": arguments, "End": True, **members}


def _held(machines: Machines, definition: dict[str, Any], name: str) -> str:
    """An execution whose job trains until it is stopped."""
    machines.local.hold_next_job()
    execution = machines.start(definition)
    until(lambda: machines.status_of(name))
    return execution


def test_stop_says_why_and_stops_the_job(machines: Machines) -> None:
    name = unique()
    execution = _held(machines, jsonata({"T": _sync(name)}), name)
    machines.client.stop_execution(executionArn=execution, error="Mine", cause="no more")
    ended = machines.ended(execution)
    assert (ended["status"], ended["error"], ended["cause"]) == ("ABORTED", "Mine", "no more")
    until(lambda: machines.status_of(name) == "Stopped")


def test_stop_right_after_the_start(machines: Machines) -> None:
    # So many states that the definition is still being read when the stop comes.
    states = {"W": {"Type": "Wait", "Seconds": DAY, "End": True}}
    states |= {f"P{index}": {"Type": "Pass", "End": True} for index in range(1000)}
    execution = machines.start(jsonata(states))
    answer = machines.client.stop_execution(executionArn=execution)
    assert answer["ResponseMetadata"]["RetryAttempts"] == 0
    assert machines.ended(execution)["status"] == "ABORTED"


def test_stop_while_a_retry_pauses(machines: Machines) -> None:
    machines.local.refuse_next_job()
    retry = [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": DAY}]
    name = unique()
    execution = machines.start(jsonata({"T": _sync(name, Retry=retry)}))
    until(lambda: [c for c in machines.local.calls("CreateTrainingJob") if c["TrainingJobName"] == name])
    machines.client.stop_execution(executionArn=execution)
    assert machines.ended(execution)["status"] == "ABORTED"


def test_stop_ends_maps_of_both_kinds(machines: Machines) -> None:
    for mode in ("INLINE", "DISTRIBUTED"):
        processor = inner({"W": {"Type": "Wait", "Seconds": DAY, "End": True}}, mode)
        state = {"Type": "Map", "Items": "{% [1..50] %}", "MaxConcurrency": 2, "End": True}
        execution = machines.start(jsonata({"Map": {**state, "ItemProcessor": processor}}))
        time.sleep(0.2)
        machines.client.stop_execution(executionArn=execution)
        assert machines.ended(execution)["status"] == "ABORTED"


def test_a_time_out_of_the_machine_stops_the_job(machines: Machines) -> None:
    name = unique()
    machines.local.hold_next_job()
    execution = machines.start(jsonata({"T": _sync(name)}, TimeoutSeconds=3))
    assert machines.ended(execution)["status"] == "TIMED_OUT"
    until(lambda: machines.status_of(name) == "Stopped")


def test_a_time_out_of_the_task_stops_the_job(machines: Machines) -> None:
    name = unique()
    machines.local.hold_next_job()
    assert machines.error(jsonata({"T": _sync(name, TimeoutSeconds=3)}))[0] == "States.Timeout"
    until(lambda: machines.status_of(name) == "Stopped")


def _failing_after(name: str) -> dict[str, Any]:
    """States that fail once a job is there."""
    look = {
        "Type": "Task",
        "Resource": f"{SDK}describeTrainingJob",
        "Arguments": {"TrainingJobName": name},
        "Retry": [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 999, "BackoffRate": 1}],
        "Next": "Fail",
    }
    return {"Look": look, "Fail": {"Type": "Fail", "Error": "Other"}}


def test_a_failing_branch_stops_the_job_of_another(machines: Machines) -> None:
    name = unique()
    machines.local.hold_next_job()
    branches = [inner({"T": _sync(name)}), inner(_failing_after(name))]
    state = {"Type": "Parallel", "Branches": branches, "End": True}
    assert machines.error(jsonata({"P": state}))[0] == "Other"
    until(lambda: machines.status_of(name) == "Stopped")


def test_a_failing_item_stops_the_job_of_another(machines: Machines) -> None:
    name = unique()
    machines.local.hold_next_job()
    choice = {
        "Type": "Choice",
        "Choices": [{"Condition": "{% $states.input = 1 %}", "Next": "T"}],
        "Default": "Look",
    }
    states = {"Choice": choice, "T": _sync(name), **_failing_after(name)}
    state = {"Type": "Map", "Items": "{% [1, 2] %}", "ItemProcessor": inner(states), "End": True}
    assert machines.error(jsonata({"M": state}))[0] == "Other"
    until(lambda: machines.status_of(name) == "Stopped")


def _machine(definition: dict[str, Any]) -> dict[str, Any]:
    properties = {"RoleArn": ROLE, "DefinitionString": json.dumps(definition)}
    return {"Type": "AWS::StepFunctions::StateMachine", "Properties": properties}


def test_every_end_from_outside_reaches_a_rule(stacks: Stacks, machines: Machines) -> None:
    pattern = {
        "source": ["aws.states"],
        "detail-type": ["Step Functions Execution Status Change"],
        "detail": {"status": ["ABORTED", "TIMED_OUT"], "stateMachineArn": [{"Ref": "Machine"}]},
    }
    rule = _rule(pattern)
    paths = {"arn": "$.detail.executionArn", "started": "$.detail.startDate"}
    text = '{"EndedExecution": "<arn>", "StartedAt": <started>}'
    rule["Properties"]["Targets"][0]["InputTransformer"] = {
        "InputPathsMap": paths,
        "InputTemplate": text.replace('"<arn>"', "<arn>"),
    }
    waiting = jsonata({"W": {"Type": "Wait", "Seconds": DAY, "End": True}}, TimeoutSeconds=3)
    stacks.create("end1", {"Resources": {"Note": _note("end1"), "Machine": _machine(waiting), "Rule": rule}})
    before, machine = time.time() * 1000, _arn(stacks, "end1")
    arns = [str(machines.client.start_execution(stateMachineArn=machine)["executionArn"])]
    machines.client.stop_execution(executionArn=arns[0])
    arns += [str(machines.client.start_execution(stateMachineArn=machine)["executionArn"])]
    notes = until(lambda: found if len(found := _notes(stacks, "end1")) == 2 else None)
    assert {note["EndedExecution"] for note in notes} == set(arns)
    assert all(isinstance(note["StartedAt"], int) for note in notes)
    assert all(before - 1000 <= note["StartedAt"] <= time.time() * 1000 for note in notes)
    assert [machines.ended(arn)["status"] for arn in arns] == ["ABORTED", "TIMED_OUT"]


def test_a_deleted_machine_ends_its_executions_at_their_next_state(
    stacks: Stacks, machines: Machines
) -> None:
    name = unique()
    machines.local.hold_next_job()
    task = {key: value for key, value in _sync(name).items() if key != "End"}
    states = {"T": {**task, "Next": "Never"}, "Never": {"Type": "Succeed"}}
    stacks.create("end2", {"Resources": {"Machine": _machine(jsonata(states))}})
    answer = machines.client.start_execution(stateMachineArn=_arn(stacks, "end2"))
    execution = str(answer["executionArn"])
    until(lambda: machines.status_of(name) == "InProgress")
    began = time.monotonic()
    assert stacks.delete("end2") == "DELETE_COMPLETE"
    assert time.monotonic() - began < 10
    assert machines.client.describe_execution(executionArn=execution)["status"] == "RUNNING"
    machines.local.client("sagemaker").stop_training_job(TrainingJobName=name)
    assert machines.ended(execution)["status"] == "ABORTED"
