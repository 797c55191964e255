"""State machines and rules: waits are shortened, ends become events, events reach functions."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.functional.local.local_helpers import RECORDS, ROLE, Stacks, function, until
from tests.functional.local.test_local_training import request

STEP = """
def handler(event, context):
    if event.get("fail"):
        raise ValueError("step broke")
    return {"count": event.get("count", 0) + 1, "wait": 10}
"""
NOTE = """
import json, os, time, urllib.request
def handler(event, context):
    url = f"{os.environ['AWS_ENDPOINT_URL']}/test-records/{os.environ['LOG']}/{time.time_ns()}"
    data, headers = json.dumps(event).encode(), {"Content-Type": "application/json"}
    urllib.request.urlopen(urllib.request.Request(url, data=data, method="PUT", headers=headers), timeout=10)
"""


def _machine(definition: dict[str, Any], **attributes: Any) -> dict[str, Any]:
    text = {"Fn::Sub": json.dumps(definition)}
    return {
        "Type": "AWS::StepFunctions::StateMachine",
        "Properties": {"RoleArn": ROLE, "DefinitionString": text},
        **attributes,
    }


def _task(resource: str, **fields: Any) -> dict[str, Any]:
    return {"Type": "Task", "Resource": resource, **fields}


LOOP = {
    "StartAt": "Step",
    "States": {
        "Step": _task(
            "arn:aws:states:::lambda:invoke",
            Parameters={"FunctionName": "${Step.Arn}", "Payload.$": "$"},
            OutputPath="$.Payload",
            Retry=[{"ErrorEquals": ["Lambda.ServiceException"], "IntervalSeconds": 30}],
            Catch=[{"ErrorEquals": ["States.ALL"], "Next": "Broken"}],
            Next="Again",
        ),
        "Again": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.count", "NumericGreaterThanEquals": 3, "Next": "Done"}],
            "Default": "Pause",
        },
        "Pause": {"Type": "Wait", "SecondsPath": "$.wait", "Next": "Step"},
        "Done": {"Type": "Succeed"},
        "Broken": {"Type": "Fail", "Error": "Broken", "Cause": "the step broke"},
    },
}


def _arn(stacks: Stacks, name: str) -> str:
    listed = stacks.cloudformation.list_stack_resources(StackName=name)["StackResourceSummaries"]
    return next(str(r["PhysicalResourceId"]) for r in listed if r["LogicalResourceId"] == "Machine")


def _ended(stacks: Stacks, execution: str) -> dict[str, Any]:
    client = stacks.local.client("stepfunctions")

    def done() -> dict[str, Any] | None:
        found: dict[str, Any] = client.describe_execution(executionArn=execution)
        return found if found["status"] != "RUNNING" else None

    found: dict[str, Any] = until(done)
    return found


def _notes(stacks: Stacks, log: str) -> list[dict[str, Any]]:
    listed = stacks.s3.list_objects_v2(Bucket=RECORDS, Prefix=f"{log}/").get("Contents", [])
    return [json.loads(stacks.s3.get_object(Bucket=RECORDS, Key=o["Key"])["Body"].read()) for o in listed]


def test_a_loop_with_waits_is_shortened(stacks: Stacks) -> None:
    stacks.create("sf1", {"Resources": {"Step": function(STEP), "Machine": _machine(LOOP)}})
    client, machine = stacks.local.client("stepfunctions"), _arn(stacks, "sf1")
    began = time.monotonic()
    execution = client.start_execution(stateMachineArn=machine, input="{}")["executionArn"]
    ended = _ended(stacks, execution)
    assert (ended["status"], json.loads(ended["output"])["count"]) == ("SUCCEEDED", 3)
    assert time.monotonic() - began < 15  # two waits of ten seconds


def test_retries_are_shortened_too(stacks: Stacks) -> None:
    retry = {"ErrorEquals": ["States.ALL"], "IntervalSeconds": 5, "MaxAttempts": 5, "BackoffRate": 2}
    step = LOOP["States"]["Step"]  # type: ignore[index]
    failing = {k: v for k, v in step.items() if k != "Catch"} | {"Retry": [retry], "End": True}
    del failing["Next"]
    definition = {"StartAt": "Step", "States": {"Step": failing}}
    stacks.create("sf0", {"Resources": {"Step": function(STEP), "Machine": _machine(definition)}})
    client = stacks.local.client("stepfunctions")
    began = time.monotonic()
    arn = client.start_execution(stateMachineArn=_arn(stacks, "sf0"), input='{"fail": true}')["executionArn"]
    assert _ended(stacks, arn)["status"] == "FAILED"
    assert 4 < time.monotonic() - began < 20  # 155 seconds of pauses at the speed 30


def test_an_execution_name_is_used_once(stacks: Stacks) -> None:
    waiting = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 3600, "End": True}}}
    stacks.create("sf2", {"Resources": {"Machine": _machine(waiting)}})
    client, machine = stacks.local.client("stepfunctions"), _arn(stacks, "sf2")
    first = client.start_execution(stateMachineArn=machine, name="one", input='{"a": 1}')["executionArn"]
    same = client.start_execution(stateMachineArn=machine, name="one", input='{"a": 1}')["executionArn"]
    assert first == same
    with pytest.raises(ClientError, match="ExecutionAlreadyExists"):
        client.start_execution(stateMachineArn=machine, name="one", input="{}")
    client.stop_execution(executionArn=first)
    assert _ended(stacks, first)["status"] == "ABORTED"


def _rule(pattern: dict[str, Any]) -> dict[str, Any]:
    target = {"Arn": {"Fn::GetAtt": ["Note", "Arn"]}, "Id": "T"}
    return {"Type": "AWS::Events::Rule", "Properties": {"EventPattern": pattern, "Targets": [target]}}


def _note(log: str) -> dict[str, Any]:
    return function(NOTE, Environment={"Variables": {"LOG": log}})


def test_the_end_of_an_execution_reaches_a_rule(stacks: Stacks) -> None:
    pattern = {
        "source": ["aws.states"],
        "detail-type": ["Step Functions Execution Status Change"],
        "detail": {
            "status": ["FAILED", "TIMED_OUT", "ABORTED"],
            "stateMachineArn": [{"Ref": "Machine"}],
        },
    }
    resources = {
        "Step": function(STEP),
        "Note": _note("sf3"),
        "Machine": _machine(LOOP),
        "Rule": _rule(pattern),
    }
    stacks.create("sf3", {"Resources": resources})
    client, machine = stacks.local.client("stepfunctions"), _arn(stacks, "sf3")
    client.start_execution(stateMachineArn=machine, input="{}")
    broken = client.start_execution(stateMachineArn=machine, name="b", input='{"fail": true}')["executionArn"]
    note = until(lambda: _notes(stacks, "sf3"))[0]
    assert note["resources"] == [broken]
    assert note["detail"]["status"] == "FAILED"
    assert (note["detail"]["error"], note["detail"]["name"]) == ("Broken", "b")
    assert json.loads(note["detail"]["input"]) == {"fail": True}
    assert note["account"] == "123456789012"


def test_a_job_s_state_change_reaches_a_rule(stacks: Stacks) -> None:
    pattern = {
        "source": ["aws.sagemaker"],
        "detail-type": ["SageMaker Training Job State Change"],
        "detail": {"TrainingJobStatus": ["Completed"], "TrainingJobName": [{"prefix": "watched-"}]},
    }
    stacks.create("ev1", {"Resources": {"Note": _note("ev1"), "Rule": _rule(pattern)}})
    client = stacks.local.client("sagemaker")
    for name in ("ignored-1", "watched-1"):
        client.create_training_job(**request(name, Tags=[{"Key": "k", "Value": "v"}]))
    note = until(lambda: _notes(stacks, "ev1"))[0]
    assert note["detail"]["TrainingJobName"] == "watched-1"
    assert note["detail"]["Tags"] == {"k": "v"}
    assert isinstance(note["detail"]["CreationTime"], int)
    assert len(_notes(stacks, "ev1")) == 1


SYNC = {
    "StartAt": "Train",
    "States": {
        "Train": _task(
            "arn:aws:states:::sagemaker:createTrainingJob.sync",
            Parameters={
                **request("replaced"),
                "TrainingJobName.$": "$.name",
            },
            ResultSelector={"status.$": "$.TrainingJobStatus"},
            End=True,
        )
    },
}
del SYNC["States"]["Train"]["Parameters"]["TrainingJobName"]  # type: ignore[index]


def test_the_sync_integration_waits_for_the_job(stacks: Stacks) -> None:
    stacks.create("sf4", {"Resources": {"Machine": _machine(SYNC)}})
    client, machine = stacks.local.client("stepfunctions"), _arn(stacks, "sf4")
    execution = client.start_execution(stateMachineArn=machine, input='{"name": "sync-1"}')["executionArn"]
    ended = _ended(stacks, execution)
    assert json.loads(ended["output"]) == {"status": "Completed"}
    stacks.local.fail_next_job("AlgorithmError: told")
    execution = client.start_execution(stateMachineArn=machine, input='{"name": "sync-2"}')["executionArn"]
    ended = _ended(stacks, execution)
    assert (ended["status"], ended["error"]) == ("FAILED", "States.TaskFailed")
    assert "AlgorithmError: told" in ended["cause"]


def test_stopping_an_execution_stops_its_job(stacks: Stacks) -> None:
    stacks.create("sf5", {"Resources": {"Machine": _machine(SYNC)}})
    client, machine = stacks.local.client("stepfunctions"), _arn(stacks, "sf5")
    stacks.local.hold_next_job()
    execution = client.start_execution(stateMachineArn=machine, input='{"name": "sync-3"}')["executionArn"]
    until(lambda: [j for j in stacks.local.jobs() if j["TrainingJobName"] == "sync-3"])
    client.stop_execution(executionArn=execution)
    until(lambda: {"TrainingJobName": "sync-3"} in stacks.local.calls("StopTrainingJob"))


PASS = json.dumps(
    {"StartAt": "P", "States": {"P": {"Type": "Pass", "Result": {"v": "${word}"}, "End": True}}}
)
WORD = {"word": {"Ref": "Topic"}}


@pytest.mark.parametrize(
    ("name", "properties"),
    [
        ("literal", {"DefinitionString": PASS, "DefinitionSubstitutions": WORD}),
        (
            "joined",
            {"DefinitionString": {"Fn::Join": ["", [PASS[:9], PASS[9:]]]}, "DefinitionSubstitutions": WORD},
        ),
        ("sub", {"DefinitionString": {"Fn::Sub": PASS.replace("word", "Topic")}}),
        ("named-sub", {"DefinitionString": {"Fn::Sub": [PASS, WORD]}}),
        ("object", {"Definition": json.loads(PASS), "DefinitionSubstitutions": WORD}),
        (
            "stored",
            {
                "DefinitionS3Location": {"Bucket": RECORDS, "Key": "machine.json"},
                "DefinitionSubstitutions": WORD,
            },
        ),
    ],
)
def test_every_way_to_give_a_definition(stacks: Stacks, name: str, properties: dict[str, Any]) -> None:
    stacks.s3.put_object(Bucket=RECORDS, Key="machine.json", Body=PASS.encode())
    given = {"RoleArn": ROLE, **properties}
    machine = {"Type": "AWS::StepFunctions::StateMachine", "Properties": given}
    resources = {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": name}}, "Machine": machine}
    stacks.create(f"def-{name}", {"Resources": resources})
    client = stacks.local.client("stepfunctions")
    execution = client.start_execution(stateMachineArn=_arn(stacks, f"def-{name}"))["executionArn"]
    assert json.loads(_ended(stacks, execution)["output"])["v"].endswith(f":{name}")
    given["RoleArn"] = ROLE + "2"
    assert stacks.update(f"def-{name}", {"Resources": resources}) == "UPDATE_COMPLETE"
    again = client.start_execution(stateMachineArn=_arn(stacks, f"def-{name}"))["executionArn"]
    assert json.loads(_ended(stacks, again)["output"])["v"].endswith(f":{name}")
