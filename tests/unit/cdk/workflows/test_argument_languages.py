"""Arguments of one query language in a task of the other: refused by their own names."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_stepfunctions as sfn

from constructs_lib import SpecError, TrainingJobTask
from tests.unit.cdk.reports import report

from .definitions import JSON_PATH, JSONATA, SPEC

PATH = sfn.JsonPath.string_at("$.a")
EXPRESSION = "{% $a %}"
TAKEN = sfn.Credentials(role=sfn.TaskRole.from_role_arn_json_path("$.role"))
AS_PATH, AS_JSONATA = "; write it as sfn.JsonPath [", '; write it as "{% ... %}" ['

REFUSED: list[tuple[dict[str, Any], str]] = [
    (
        {"query_language": JSON_PATH, "outputs": EXPRESSION},
        "outputs: belongs to JSONata, and query_language ",
    ),
    ({"query_language": JSONATA, "result_path": "$.a"}, "result_path: belongs to JSONPath, and query_langu"),
    (
        {"query_language": JSON_PATH, "job_name": EXPRESSION},
        "job_name: has an expression that belongs to JSONata, and ",
    ),
    (
        {"query_language": JSON_PATH, "assign": {"b": EXPRESSION}},
        "assign.b: has an expression that belongs to JSONata, and",
    ),
    (
        {"query_language": JSONATA, "assign": {"b": [PATH]}},
        "assign.b[0]: has an expression that belongs to JSONPath, and ",
    ),
    (
        {"query_language": JSONATA, "assign": {"b.$": "$.a"}},
        'assign["b.$"]: has an expression that belongs to JSONPath, ',
    ),
    (
        {"result_path": "$.x", "assign": {"b": EXPRESSION}},
        "assign.b: has an expression that belongs to JSONata, and result_",
    ),
    (
        {"query_language": JSONATA, "credentials": TAKEN},
        "credentials: belongs to JSONPath, and query_language",
    ),
    ({"outputs": {"b": PATH}}, f"outputs.b: is sfn.JsonPath, in a state of JSONata{AS_JSONATA}"),
    ({"outputs": PATH}, f"outputs: is sfn.JsonPath, in a state of JSONata{AS_JSONATA}"),
    (
        {"result_selector": {"b": EXPRESSION}},
        f"result_selector.b: is JSONata, in a state of JSONPath{AS_PATH}",
    ),
]


@pytest.mark.parametrize(("arguments", "text"), REFUSED)
def test_an_argument_of_the_other_language(stack: cdk.Stack, arguments: dict[str, Any], text: str) -> None:
    single = {"integration_pattern": sfn.IntegrationPattern.REQUEST_RESPONSE, "job_name": "whole"}
    extra = single if "credentials" in arguments else {}
    with pytest.raises(SpecError) as caught:
        TrainingJobTask(stack, "Train", spec=SPEC, **{**extra, **arguments})

    assert str(caught.value).startswith(text)
    assert str(caught.value).endswith(" [Stack/Train]")


def test_a_member_of_the_spec_is_named(stack: cdk.Stack) -> None:
    spec = SPEC.with_environment({"A": EXPRESSION})
    with pytest.raises(
        SpecError, match=r"^Environment.A: has an expression that belongs to JSONata, and query_language "
    ):
        TrainingJobTask(stack, "Train", spec=spec, query_language=JSON_PATH)


CAUGHT: list[tuple[sfn.QueryLanguage, dict[str, Any], str]] = [
    (JSONATA, {"result_path": "$.error"}, "result_path: belongs to JSONPath, and the task to JSONata"),
    (JSON_PATH, {"outputs": EXPRESSION}, "outputs: belongs to JSONata, and the task to JSONPath"),
    (JSON_PATH, {"assign": {"b": EXPRESSION}}, "assign.b: is JSONata, in a state of JSONPath"),
    (JSONATA, {"assign": {"b": PATH}}, "assign.b: is sfn.JsonPath, in a state of JSONata"),
    (JSONATA, {"outputs": {"b": PATH}}, "outputs.b: is sfn.JsonPath, in a state of JSONata"),
]


@pytest.mark.parametrize(("language", "arguments", "text"), CAUGHT)
def test_a_catch_of_the_other_language(
    stack: cdk.Stack, language: sfn.QueryLanguage, arguments: dict[str, Any], text: str
) -> None:
    task = TrainingJobTask(stack, "Train", spec=SPEC, query_language=language)
    with pytest.raises(SpecError) as caught:
        task.add_catch(sfn.Fail(stack, "Lost"), **arguments)

    assert str(caught.value).startswith(f"add_catch: {text}; ")
    assert str(caught.value).endswith(" [Stack/Train]")


@pytest.mark.parametrize(("language", "arguments", "text"), CAUGHT)
def test_a_catch_of_another_language_than_the_machines(
    stack: cdk.Stack, language: sfn.QueryLanguage, arguments: dict[str, Any], text: str
) -> None:
    task = TrainingJobTask(stack, "Train", spec=SPEC)
    task.add_catch(sfn.Fail(stack, "Lost"), **arguments)
    body = sfn.DefinitionBody.from_chainable(task)
    with pytest.raises(RuntimeError) as caught:
        sfn.StateMachine(stack, "Machine", definition_body=body, query_language=language)

    assert f"add_catch: {text}; " in str(caught.value)


@pytest.mark.parametrize("machine", [None, JSON_PATH, JSONATA])
def test_arguments_of_the_tasks_own_language_are_taken(
    stack: cdk.Stack, machine: sfn.QueryLanguage | None
) -> None:
    task = TrainingJobTask(
        stack, "Train", spec=SPEC, outputs={"b": EXPRESSION, "c": cdk.Aws.REGION}, assign={"d": EXPRESSION}
    )
    task.add_catch(sfn.Fail(stack, "Lost"), outputs=EXPRESSION, assign={"e": EXPRESSION})
    sfn.StateMachine(
        stack,
        "Machine",
        definition_body=sfn.DefinitionBody.from_chainable(task),
        query_language=machine,
    )


NEITHER: list[dict[str, Any]] = [{"outputs": EXPRESSION}, {"assign": {"b": EXPRESSION}}]


@pytest.mark.parametrize("arguments", NEITHER)
def test_a_language_that_is_missing_is_told_before_a_catch(
    app: cdk.App, stack: cdk.Stack, arguments: dict[str, Any]
) -> None:
    task = TrainingJobTask(stack, "Train", spec=SPEC)
    task.add_catch(sfn.Pass(stack, "Lost"), **arguments)
    body = sfn.DefinitionBody.from_chainable(sfn.Parallel(stack, "Both").branch(task))
    sfn.StateMachine(stack, "Machine", definition_body=body, query_language=JSONATA)

    assert ("query-language-missing", "Stack/Train") in report(app).rules


@pytest.mark.parametrize("arguments", NEITHER)
@pytest.mark.parametrize("around", [False, True], ids=["alone", "in a Parallel"])
def test_a_catch_in_jsonata_where_nobody_says_a_language(
    app: cdk.App, stack: cdk.Stack, arguments: dict[str, Any], around: bool
) -> None:
    task = TrainingJobTask(stack, "Train", spec=SPEC)
    task.add_catch(sfn.Pass(stack, "Lost"), **arguments)
    chain = sfn.Parallel(stack, "Both").branch(task) if around else task
    sfn.StateMachine(stack, "Machine", definition_body=sfn.DefinitionBody.from_chainable(chain))

    (entry,) = [entry for entry in report(app).entries if entry.rule == "catch-language"]

    assert (entry.severity, entry.construct) == ("error", "Stack/Train")
    assert entry.text.startswith(f"add_catch: {next(iter(arguments))}")
    assert entry.fix.endswith("; or give the task query_language=sfn.QueryLanguage.JSONATA")
