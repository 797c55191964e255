"""Text that looks like an expression and is none: a warning, and never one for other text."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_stepfunctions as sfn

from constructs_lib import MetricDefinition, TrainingJobTask
from constructs_lib.cdk.workflows.plain_expressions import looks_like_expression, plain_expressions
from tests.unit.cdk.reports import Entry, report
from tests.unit.cdk.sweeps.sweeps import sweep

from .definitions import SPEC
from .machines import machine

RULE = "expression-as-text"
LIKE = [
    ("$.a", "$.a"),
    ("$.a-b.c[0]['d e'][*]", "$.a-b.c[0]['d e'][*]"),
    ("$['a']", "$['a']"),
    ('"$.a"', "$.a"),
    ("$$.Execution.Id", "$$.Execution.Id"),
    ("$$.Map.Item.Index", "$$.Map.Item.Index"),
    ("States.UUID()", "States.UUID()"),
    ("States.Format('u-{}', $.a)", "States.Format('u-{}', $.a)"),
    ("$states.input", "$states.input"),
    ("$states.input.a[0]", "$states.input.a[0]"),
    ("$states.context.Execution.Id", "$states.context.Execution.Id"),
    ("{% $states.input.a", "{% $states.input.a"),
    ("{% $a & 'x' }", "{% $a & 'x' }"),
    ("$states.input.a %}", "$states.input.a %}"),
    ("x-{% $a %}", "{% $a %}"),
    (" {% $a %}", "{% $a %}"),
    ("{% $a %}-{% $b %}", "{% $a %}"),
    ("s3://bucket/{% $states.input.day %}/x", "{% $states.input.day %}"),
    ("run-{% $uuid() %}", "{% $uuid() %}"),
]
UNLIKE = [
    "",
    "a",
    "$",
    "$$",
    "$HOME/data",
    "${HOME}",
    "$PATH:/opt/bin",
    "$a",
    "$1",
    "$5.00",
    "$.5",
    "$.",
    "cost in $.a",
    "^auc=(.*)$",
    "$[0-9]+",
    "a.$",
    "s3://bucket/$.a/x",
    "s3://bucket/key$",
    "States.Format",
    "States.Other('x')",
    "United States. (All)",
    "{% $states.input.a %}",
    "{% 1 + 2 %}",
    "{% for m in messages %}{{ m }}{% endfor %}",
    "{% if price %}$5{% endif %}",
    "x-{% if a %}",
    "{%- set x = 1 -%}",
    '{"share": "100%}',
    "100%} of $5",
    "$statesman.input",
    "$states.output",
    '"not json',
    '"\\x"',
]


@pytest.mark.parametrize(("text", "found"), LIKE)
def test_text_looks_like_an_expression(text: str, found: str) -> None:
    assert looks_like_expression(text) == found


@pytest.mark.parametrize("text", [*UNLIKE, cdk.Aws.REGION, f"s3://{cdk.Aws.ACCOUNT_ID}/$"])
def test_other_text_does_not(text: str) -> None:
    assert looks_like_expression(text) == ""


def test_a_token_is_no_text() -> None:
    assert looks_like_expression(sfn.JsonPath.string_at("$.a")) == ""
    assert looks_like_expression(sfn.JsonPath.format("x-{}", sfn.JsonPath.string_at("$.a"))) == ""


def test_patterns_of_metrics_and_paths_under_their_own_keys_are_left_alone() -> None:
    metrics = {"AlgorithmSpecification": {"MetricDefinitions": [{"Name": "a", "Regex": "$.a"}]}}
    assert list(plain_expressions(metrics)) == []
    assert list(plain_expressions({"result_selector": {"a.$": "$.a"}})) == []


def warnings(app: cdk.App) -> list[Entry]:
    return [entry for entry in report(app).entries if entry.rule == RULE]


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"hyperparameters": {"a": "$.a"}}, "HyperParameters.a"),
        ({"environment": {"A": "$states.input.a"}}, "Environment.A"),
        ({"tags": {"a": "{% $a"}}, "Tags[0].Value"),
    ],
)
def test_a_task_is_warned(app: cdk.App, stack: cdk.Stack, fields: dict[str, Any], path: str) -> None:
    machine(TrainingJobTask(stack, "Train", spec=SPEC.replace(**fields)))

    (found,) = warnings(app)

    assert (found.severity, found.construct) == ("warning", "Stack/Train")
    assert found.text.startswith(f"{path}: is plain text that looks like an expression, got '")
    assert "in JSONPath write sfn.JsonPath.string_at('$.a')" in found.fix
    assert "in JSONata \"{% 'x-' & $states.input.a %}\"" in found.fix


@pytest.mark.parametrize(
    ("arguments", "path"),
    [
        ({"outputs": {"model": "$states.result.ModelArtifacts"}}, "outputs.model"),
        ({"result_selector": {"auc": "$.auc"}}, "result_selector.auc"),
        ({"job_name": "$.name"}, "TrainingJobName"),
    ],
)
def test_what_shapes_a_task_is_looked_at_too(
    app: cdk.App, stack: cdk.Stack, arguments: dict[str, Any], path: str
) -> None:
    machine(TrainingJobTask(stack, "Train", spec=SPEC, **arguments))

    assert [entry.text.partition(":")[0] for entry in warnings(app)] == [path]


def test_it_can_be_acknowledged(app: cdk.App, stack: cdk.Stack) -> None:
    task = TrainingJobTask(stack, "Train", spec=SPEC.with_hyperparameters({"path": "$.items"}))
    machine(task)
    cdk.Validations.of(task).acknowledge(
        cdk.Acknowledgment(id=f"ConstructsLib::{RULE}", reason="the script reads it")
    )

    assert warnings(app) == []


def test_legal_text_of_a_task_is_not_found(app: cdk.App, stack: cdk.Stack) -> None:
    spec = SPEC.replace(
        environment={"PATTERN": "^a$", "HOME": "$HOME/x", "TEMPLATE": "{% if a %}$5{% endif %}"},
        hyperparameters={"currency": "$", "a": sfn.JsonPath.string_at("$.a")},
        metrics=[MetricDefinition("a", "$.a=([0-9.]+)$"), *SPEC.metrics],
    )
    machine(TrainingJobTask(stack, "Train", spec=spec))

    assert warnings(app) == []


def test_a_point_of_a_sweep_is_named_once(app: cdk.App, stack: cdk.Stack) -> None:
    points = [{"eta": "0.1"}, {"eta": "$.eta"}, {"eta": "$.eta", "seed": 1}]
    machine(sweep(stack, points=points))

    assert [entry.text.partition(":")[0] for entry in warnings(app)] == ["points[1].HyperParameters.eta"]
