"""What a task's helpers tell the states after it: the same in both languages, and in the machine's."""

from __future__ import annotations

import json
import time
from typing import Any

import aws_cdk as cdk
import boto3
import pytest
from aws_cdk import aws_stepfunctions as sfn
from moto import mock_aws

from constructs_lib import MetricDefinition, QualityGate, SpecError, TrainingJobTask
from tests.unit.cdk.reports import report

from .definitions import JSON_PATH, JSONATA
from .definitions import SPEC as PLAIN
from .evaluation import Execution
from .machines import Json, definition, machine

SPEC = PLAIN.replace(metrics=[MetricDefinition("auc", "auc=(.*)")])
HELPERS = ["training_job_name", "training_job_arn", "status", "model_artifacts_uri", "final_metric"]
UNSEEN: Any = "{% $states.input.x %}"
RULE = "output-language-missing"
OTHER = {"MetricName": "other", "Value": 7}


def train(stack: cdk.Stack, **given: Any) -> TrainingJobTask:
    return TrainingJobTask(stack, "Train", spec=SPEC, **given)


def told(task: TrainingJobTask, helper: str) -> str:
    return task.final_metric("auc") if helper == "final_metric" else str(getattr(task, helper))


def job(*values: Any) -> Json:
    reported = [{"MetricName": "auc", "Value": value} for value in values]
    return {"TrainingJobName": "job-1", "FinalMetricDataList": [OTHER, *reported, OTHER]}


@pytest.mark.parametrize("helper", HELPERS)
def test_a_helper_of_a_task_without_language_in_a_jsonata_machine_is_an_error(
    app: cdk.App, stack: cdk.Stack, helper: str
) -> None:
    task = train(stack)
    words = told(task, helper)
    machine(task.next(sfn.Pass.jsonata(stack, "Tell", outputs={"n": words})), JSONATA)

    (found,) = [entry for entry in report(app).entries if entry.rule == RULE]

    assert (found.severity, found.construct) == ("error", "Stack/Train")
    assert helper in found.text
    assert "query_language=sfn.QueryLanguage.JSONATA" in found.fix


@pytest.mark.parametrize(
    ("own", "of_machine", "used"),
    [
        (JSONATA, JSONATA, True),
        (None, JSONATA, False),
        (None, None, True),
        (None, JSON_PATH, True),
        (JSON_PATH, JSON_PATH, True),
        (JSONATA, JSON_PATH, True),
    ],
)
def test_otherwise_there_is_nothing_to_say(
    app: cdk.App, stack: cdk.Stack, own: Any, of_machine: Any, used: bool
) -> None:
    task = train(stack, query_language=own)
    if used:
        told(task, "training_job_name")
    machine(task, of_machine)

    assert RULE not in [rule for rule, _ in report(app).rules]


def in_json_path(stack: cdk.Stack, input: Json, **given: Any) -> Any:
    """What a Pass state after the task makes of its final metric, by an interpreter."""
    task = train(stack, query_language=JSON_PATH, **given)
    machine(task.next(sfn.Pass(stack, "Tell", parameters={"auc": task.final_metric("auc")})))
    asked = definition(stack.node.find_child("Machine"))["States"]["Tell"]  # type: ignore[arg-type]
    return executed(asked, input)


def executed(state: Json, input: Json) -> Any:
    text = json.dumps({"StartAt": "Tell", "States": {"Tell": state}})
    with mock_aws(config={"stepfunctions": {"execute_state_machine": True}}):
        client = boto3.client("stepfunctions", region_name="eu-west-1")
        role = "arn:aws:iam::123456789012:role/x"
        arn = client.create_state_machine(name="m", definition=text, roleArn=role)["stateMachineArn"]
        started = client.start_execution(stateMachineArn=arn, name="e", input=json.dumps(input))
        while True:
            found = client.describe_execution(executionArn=started["executionArn"])
            if found["status"] != "RUNNING":
                return json.loads(found["output"])["auc"] if "output" in found else found["status"]
            time.sleep(0.01)


@pytest.mark.parametrize("values", [(0.1, 0.9), (0.9, 0.5, 0.1), (0.25,)])
def test_both_languages_tell_the_last_value(stack: cdk.Stack, values: tuple[float, ...]) -> None:
    other = TrainingJobTask(stack, "Other", spec=SPEC, query_language=JSONATA)

    assert in_json_path(stack, job(*values)) == values[-1]
    assert Execution(job(*values)).jsonata(other.final_metric("auc")) == values[-1]


def test_a_metric_that_no_job_reported_fails_the_state(stack: cdk.Stack) -> None:
    assert in_json_path(stack, job()) == "FAILED"


@pytest.mark.parametrize(
    ("given", "input"),
    [
        ({}, job),
        ({"query_language": JSONATA}, job),
        ({"result_path": "$.train"}, lambda *values: {"train": job(*values)}),
        ({"result_path": "$.a[0]['b c']"}, lambda *values: {"a": [{"b c": job(*values)}]}),
    ],
)
@pytest.mark.parametrize(
    ("values", "passes"),
    [((0.9,), True), ((0.9, 0.1), False), ((0.1, 0.8), True), ((), False), (("x",), False)],
)
def test_a_choice_can_ask_whether_a_metric_passes(
    stack: cdk.Stack, given: dict[str, Any], input: Any, values: tuple[Any, ...], passes: bool
) -> None:
    task = train(stack, **given)
    condition = task.passes(QualityGate("auc", at_least=0.8))
    good, bad = sfn.Pass(stack, "Good"), sfn.Pass(stack, "Bad")
    choice = sfn.Choice.jsonata(stack, "Passes").when(condition, good).otherwise(bad)
    made = definition(machine(task.next(choice), given.get("query_language")))
    (rule,) = made["States"]["Passes"]["Choices"]

    assert rule["Next"] == "Good"
    assert Execution(input(*values)).jsonata(rule["Condition"]) is passes


@pytest.mark.parametrize(
    ("given", "gate", "path", "words"),
    [
        ({}, 5, "gate", "must be a QualityGate, got int"),
        ({}, QualityGate("loss", at_most=1), "gate", "metric 'loss' is not defined"),
        ({}, QualityGate("auc", at_most=UNSEEN), "gate.at_most", "does not see"),
        ({"result_path": "$.a.`b`"}, QualityGate("auc", at_most=1), "passes", "cannot be written in JSONata"),
        (
            {"result_path": sfn.JsonPath.DISCARD},
            QualityGate("auc", at_most=1),
            "passes",
            "discards the result",
        ),
        ({"output_path": "$.x"}, QualityGate("auc", at_most=1), "passes", "output_path shapes"),
    ],
)
def test_what_a_choice_cannot_ask_is_refused(
    stack: cdk.Stack, given: dict[str, Any], gate: Any, path: str, words: str
) -> None:
    task = train(stack, **given)

    with pytest.raises(SpecError) as caught:
        task.passes(gate)

    assert (caught.value.path, caught.value.construct) == (path, "Stack/Train")
    assert words in caught.value.problem


def test_that_question_does_not_depend_on_the_tasks_language(app: cdk.App, stack: cdk.Stack) -> None:
    task = train(stack)
    choice = sfn.Choice.jsonata(stack, "Passes")
    choice.when(task.passes(QualityGate("auc", at_least=0.8)), sfn.Pass(stack, "Good"))
    machine(task.next(choice.otherwise(sfn.Pass(stack, "Bad"))), JSONATA)

    assert RULE not in [rule for rule, _ in report(app).rules]
