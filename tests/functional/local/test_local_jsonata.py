"""JSONata, variables and the context object in the interpreter."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

import pytest
from botocore.exceptions import ClientError

from constructs_lib.local.stepfunctions.jsonata import EvaluationError, evaluate
from tests.functional.local.machines import Machines, inner, jsonata

BINDINGS = {
    "states": {"input": {"one": [1], "none": None, "text": 'a "b"\n\\', "list": [{"m": 0.5}, {"m": 0.25}]}},
    "name": "n",
}


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("$states.input.one", [1]),
        ("$states.input.none", None),
        ("$exists($states.input.none)", True),
        ("$exists($states.input.absent)", False),
        ("$type($states.input.none)", "null"),
        ("$states.input.text", 'a "b"\n\\'),
        ("$states.input.list^(m)[0].m", 0.25),
        ("$reduce($states.input.list, function($a, $v) { $v.m > $a.m ? $v : $a })", {"m": 0.5}),
        ("{'a': $states.input.absent, 'b': $name}", {"b": "n"}),
        ("$hash('a', 'MD5')", hashlib.md5(b"a").hexdigest()),
        ("$hash('a', 'SHA-1')", hashlib.sha1(b"a").hexdigest()),
        ("$hash('a', 'SHA-256')", hashlib.sha256(b"a").hexdigest()),
        ("$hash('a', 'SHA-384')", hashlib.sha384(b"a").hexdigest()),
        ("$hash('a', 'SHA-512')", hashlib.sha512(b"a").hexdigest()),
        ("$parse('{\"a\": [1, null]}')", {"a": [1, None]}),
        ("$partition([1..5], 2)", [[1, 2], [3, 4], [5]]),
        ("$range(0, 1, 0.25)", [0, 0.25, 0.5, 0.75, 1]),
        ("$range(3, 1, -1)", [3, 2, 1]),
        ("$range(3, 1, 1)", []),
        ("[0..3]", [0, 1, 2, 3]),
        ("$random(7) = $random(7)", True),
        ("$random() < 1", True),
        ("$millis() > 1700000000000", True),
        ("4 / 2", 2),
    ],
)
def test_a_value(expression: str, value: Any) -> None:
    assert evaluate(expression, BINDINGS) == value


def test_times_and_identifiers() -> None:
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z", evaluate("$now()", {}))
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f-]{21}", evaluate("$uuid()", {}))
    assert evaluate("$uuid()", {}) != evaluate("$uuid()", {})


@pytest.mark.parametrize(
    "expression",
    [
        "$states.input.absent",
        "$unknown",
        "$",
        "$$",
        "payload",
        "(",
        "1 + 'a'",
        "1 / 0",
        "function($x) { $x }",
        "$error('told')",
        "$eval('1')",
        "$hash('a')",
        "$hash(1, 'MD5')",
        "$hash('a', 'CRC')",
        "$parse('{')",
        "$parse(1)",
        "$partition([1], 0)",
        "$range(1, 2, 0)",
        "$random('a')",
        "($f := function($x) { $f($x + 1) + 1 }; $f(0))",
    ],
)
def test_what_cannot_be_evaluated(expression: str) -> None:
    with pytest.raises(EvaluationError):
        evaluate(expression, BINDINGS)


def test_assign_is_seen_from_the_next_state_on(machines: Machines) -> None:
    text = 'he said "x" \\ {y}'
    first = {
        "Type": "Pass",
        "Assign": {"id": "{% $hash($states.context.Execution.Id, 'MD5') %}", "text": text},
        "Output": {"seen": "{% $exists($id) %}", "was": "{% $states.input %}"},
        "Next": "Second",
    }
    second = {"Type": "Succeed", "Output": "{% $merge([$states.input, {'id': $id, 'text': $text}]) %}"}
    given = {"s": 'a"b\\c\n\u00e9', "n": None, "l": [1]}
    execution = machines.start(jsonata({"First": first, "Second": second}), given)
    found = machines.ended(execution)
    digest = hashlib.md5(execution.encode()).hexdigest()
    assert found["status"] == "SUCCEEDED"
    assert json.loads(found["output"]) == {"seen": False, "was": given, "id": digest, "text": text}


def test_jsonata_states_in_a_jsonpath_machine(machines: Machines) -> None:
    states = {
        "A": {
            "Type": "Pass",
            "Assign": {
                "name.$": "States.Format('{}/{}', $$.StateMachine.Name, $.k)",
                "made.$": "$.o",
                "again.$": "$$.State.RetryCount",
                "redriven.$": "$$.Execution.RedriveCount",
            },
            "Next": "B",
        },
        "B": {
            "Type": "Pass",
            "Parameters": {
                "name.$": "$name",
                "second.$": "$made.list[1]",
                "hash.$": "States.Hash(States.Format('{}', $name), 'MD5')",
                "counts.$": "States.Array($again, $redriven)",
            },
            "Next": "C",
        },
        "C": {
            "Type": "Pass",
            "QueryLanguage": "JSONata",
            "Output": "{% $merge([$states.input, {'same': $name = $states.input.name}]) %}",
            "End": True,
        },
    }
    output = machines.output({"StartAt": "A", "States": states}, {"k": 'v"q', "o": {"list": [1, 2]}})
    assert output["name"].endswith('/v"q')
    assert output == {
        "name": output["name"],
        "second": 2,
        "hash": hashlib.md5(output["name"].encode()).hexdigest(),
        "counts": [0, 0],
        "same": True,
    }


def test_the_context_object(machines: Machines) -> None:
    state = {"Type": "Pass", "Output": "{% $states.context %}", "End": True}
    execution = machines.start(jsonata({"Here": state}), {"a": 1})
    context = json.loads(machines.ended(execution)["output"])
    moment = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
    assert context["Execution"] | {"StartTime": ""} == {
        "Id": execution,
        "Input": {"a": 1},
        "Name": execution.rpartition(":")[2],
        "RedriveCount": 0,
        "RoleArn": context["Execution"]["RoleArn"],
        "StartTime": "",
    }
    assert re.fullmatch(moment, context["Execution"]["StartTime"])
    assert re.fullmatch(moment, context["State"].pop("EnteredTime"))
    assert context["State"] == {"Name": "Here", "RetryCount": 0}
    assert context["StateMachine"]["Id"].endswith(context["StateMachine"]["Name"])


def test_choice_wait_and_fail(machines: Machines) -> None:
    states = {
        "Wait": {"Type": "Wait", "Seconds": "{% $states.input.s %}", "Next": "Until"},
        "Until": {"Type": "Wait", "Timestamp": "{% $fromMillis($millis() + 1000) %}", "Next": "Choice"},
        "Choice": {
            "Type": "Choice",
            "Choices": [
                {"Condition": "{% $states.input.s > 5 %}", "Next": "No", "Assign": {"why": "{% 'so big' %}"}}
            ],
            "Default": "Yes",
        },
        "Yes": {"Type": "Succeed", "Output": "{% 'small' %}"},
        "No": {"Type": "Fail", "Error": "{% 'Training.' & 'Big' %}", "Cause": "{% $why %}"},
    }
    assert machines.error(jsonata(states), {"s": 10}) == ("Training.Big", "so big")
    assert machines.output(jsonata(states), {"s": 1}) == "small"


@pytest.mark.parametrize("condition", ["{% $states.input.absent %}", "{% 'yes' %}"])
def test_a_condition_must_be_a_boolean(machines: Machines, condition: str) -> None:
    choice = {"Type": "Choice", "Choices": [{"Condition": condition, "Next": "End"}], "Default": "End"}
    error, _ = machines.error(jsonata({"Choice": choice, "End": {"Type": "Succeed"}}))
    assert error == "States.QueryEvaluationError"


def test_an_evaluation_error_can_be_caught(machines: Machines) -> None:
    catch = {
        "ErrorEquals": ["States.QueryEvaluationError"],
        "Output": "{% $states.errorOutput.Error %}",
        "Assign": {"cause": "{% $states.errorOutput.Cause %}"},
        "Next": "Caught",
    }
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:sagemaker:describeTrainingJob",
        "Arguments": {"TrainingJobName": "{% $states.input.absent %}"},
        "Catch": [catch],
        "End": True,
    }
    caught = {"Type": "Succeed", "Output": {"error": "{% $states.input %}", "cause": "{% $cause %}"}}
    output = machines.output(jsonata({"Task": task, "Caught": caught}))
    assert output["error"] == "States.QueryEvaluationError"
    assert "$states.input.absent" in output["cause"]


def test_an_inner_scope_may_not_assign_what_the_outer_has(machines: Machines) -> None:
    assign = {"Type": "Pass", "Assign": {"x": 1}}
    branch = inner({"In": {**assign, "End": True}})
    states = {"Out": {**assign, "Next": "P"}, "P": {"Type": "Parallel", "Branches": [branch], "End": True}}
    error, cause = machines.error(jsonata(states))
    assert error == "States.Runtime"
    assert "outer scope" in cause


def test_a_refused_definition_leaves_nothing_behind(machines: Machines) -> None:
    wrong = {"Type": "Pass", "ResultPath": "$.a", "End": True}
    with pytest.raises(ClientError):
        machines.machine(jsonata({"Wrong": wrong}))
    right = {"StartAt": "P", "States": {"P": {"Type": "Pass", "InputPath": "$.a", "End": True}}}
    assert machines.output(right, {"a": 1}) == 1
