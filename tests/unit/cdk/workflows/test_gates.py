"""Gates over a job's description: they open as the runtime's do, and say why they do not."""

from __future__ import annotations

import json
import math
import re
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_stepfunctions as sfn
from hypothesis import given
from hypothesis import strategies as st

from constructs_lib import MetricDefinition, QualityGate, SpecError, TrainingJobSpec
from constructs_lib.cdk.workflows import gates
from constructs_lib.cdk.workflows.failures import LONGEST_CAUSE, wrapped
from constructs_lib.runtime.gates import Gate, gate_problems

from .evaluation import Execution

AUC, LOSS = QualityGate("validation:auc", at_least=0.8), QualityGate("loss", at_least=-1, at_most=0.25)
ODD = 'it\'s "odd" {% %} \\ \n\t\u2028 é 🎯 $v'
SEE = "see https://eu-west-1.console.aws.amazon.com/sagemaker/home?region=eu-west-1#/jobs/churn-1"


def job(*metrics: tuple[str, Any]) -> dict[str, Any]:
    return {
        "TrainingJobName": "churn-1",
        "TrainingJobArn": "arn:aws:sagemaker:eu-west-1:123456789012:training-job/churn-1",
        "TrainingJobStatus": "Completed",
        "FinalMetricDataList": [{"MetricName": name, "Value": value} for name, value in metrics],
    }


def evaluated(expression: str, description: dict[str, Any], **variables: Any) -> Any:
    return Execution(variables={"job": description, **variables}).jsonata(wrapped(expression))


def judged(asked: list[QualityGate], description: dict[str, Any], **variables: Any) -> list[str]:
    """Why the job does not pass, after both forms of the question had the same answer."""
    found = evaluated(gates.problems(asked, "$job"), description, **variables)
    assert evaluated(gates.all_pass(asked), description, **variables) is (found == [])
    assert isinstance(found, list)
    return found


ABSENT = "was not reported (check its regex against the job's log)"
CASES: list[tuple[list[tuple[str, Any]], list[str]]] = [
    ([("validation:auc", 0.8), ("loss", 0.25)], []),
    ([("validation:auc", 1), ("loss", -1)], []),
    ([("validation:auc", 0.79), ("loss", 0)], ["metric 'validation:auc' is 0.79, below the gate's 0.8"]),
    ([("validation:auc", 0.9), ("loss", 0.5)], ["metric 'loss' is 0.5, above the gate's 0.25"]),
    ([("validation:auc", 0.9), ("loss", -2)], ["metric 'loss' is -2, below the gate's -1"]),
    ([("validation:auc", 0.9)], [f"metric 'loss' {ABSENT}"]),
    ([], [f"metric 'validation:auc' {ABSENT}", f"metric 'loss' {ABSENT}"]),
    ([("loss", "NaN"), ("validation:auc", "Infinity")],
     ["metric 'validation:auc' is Infinity, not a finite number",
      "metric 'loss' is NaN, not a finite number"]),
    ([("loss", math.nan), ("validation:auc", 0.9)], ["metric 'loss' is not a finite number"]),
    ([("loss", 0), ("validation:auc", True)], ["metric 'validation:auc' is true, not a finite number"]),
    ([("loss", 0), ("validation:auc", "0.9")], ["metric 'validation:auc' is 0.9, not a finite number"]),
    ([("validation:auc", 0.1), ("loss", 0), ("validation:auc", 0.9)], []),
    ([("validation:auc", 0.9), ("loss", 0), ("validation:auc", 0.1)],
     ["metric 'validation:auc' is 0.1, below the gate's 0.8"]),
]  # fmt: skip


@pytest.mark.parametrize(("metrics", "expected"), CASES, ids=str)
def test_a_job_is_judged(metrics: list[tuple[str, Any]], expected: list[str]) -> None:
    assert judged([AUC, LOSS], job(*metrics)) == expected


@pytest.mark.parametrize(
    "metrics", [None, [], [{"MetricName": "validation:auc"}], [{"Value": 0.9}], [{}]], ids=str
)
def test_a_job_without_the_metric(metrics: list[dict[str, Any]] | None) -> None:
    found = job() | {"FinalMetricDataList": metrics}
    if metrics is None:
        del found["FinalMetricDataList"]

    assert judged([AUC], found) == [f"metric 'validation:auc' {ABSENT}"]
    named = any("MetricName" in metric for metric in metrics or ())
    assert evaluated(gates.all_reported([AUC.metric]), found) is named


def test_all_reported_says_nothing_of_values() -> None:
    asked = [AUC, LOSS, QualityGate("loss", at_most=3)]
    for metrics, there in [
        ((("validation:auc", "NaN"), ("loss", 99), ("loss", 98), ("other", 1)), True),
        ((("validation:auc", 0.9), ("other", 1)), False),
        ((("loss", 0),), False),
        ((), False),
    ]:
        assert evaluated(gates.all_reported([gate.metric for gate in asked]), job(*metrics)) is there


NUMBERS = st.floats(-1e6, 1e6) | st.integers(-(10**6), 10**6)


@given(
    bounds=st.tuples(NUMBERS, NUMBERS).map(sorted),
    which=st.sampled_from([(0, 1), (0, None), (None, 1)]),
    value=NUMBERS | st.just(math.nan) | st.none(),
)
def test_a_gate_opens_when_the_runtimes_does(
    bounds: list[float], which: tuple[int | None, int | None], value: float | None
) -> None:
    low, high = (None if index is None else bounds[index] for index in which)
    described = job() if value is None else job(("other", 1), ("auc", value), ("another", 2))
    at_runtime = gate_problems([Gate("auc", low, high)], described)

    found = judged([QualityGate("auc", low, high)], described)

    assert (found == []) == (at_runtime == [])
    for ours, theirs in zip(found, at_runtime, strict=True):
        assert ours.split(" is ")[0] == theirs.split(" is ")[0]
        assert ("below" in ours, "above" in ours) == ("below" in theirs, "above" in theirs)


@given(name=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60) | st.just(ODD))
def test_any_name_of_a_metric_is_only_a_name(name: str) -> None:
    asked = [QualityGate(name, at_most=1)]

    assert judged(asked, job((name, 0.5), ("other", 2))) == []
    assert judged(asked, job((name, 2), ("other", 0.5))) == [f"metric '{name}' is 2, above the gate's 1"]
    assert evaluated(gates.all_reported([gate.metric for gate in asked]), job((name, 2))) is True
    assert evaluated(gates.final_metric(name), job((name, 1), (name, 2))) == 2
    for expression in (gates.all_pass(asked), gates.gate_cause(asked), gates.final_metric(name)):
        assert "%}" not in expression


def test_the_last_value_or_nothing() -> None:
    asked = gates.final_metric("validation:auc", "$states.input.job")
    state = Execution(input={"job": job(("loss", 1), ("validation:auc", 0.25))})

    assert state.jsonata(wrapped(asked)) == 0.25
    assert evaluated(gates.final_metric("other"), job(("loss", 1))) is None


def test_the_cause_names_each_broken_gate_and_where_to_look() -> None:
    assert evaluated(gates.gate_cause([AUC, LOSS]), job(("validation:auc", 0.5), ("loss", 2))) == (
        "training job churn-1: metric 'validation:auc' is 0.5, below the gate's 0.8; "
        f"metric 'loss' is 2, above the gate's 0.25; {SEE}"
    )


def test_the_cause_of_forty_gates_fits_and_tells_where_to_look() -> None:
    asked = [QualityGate("m" * 200 + str(n), at_most=1) for n in range(40)]
    told = evaluated(gates.gate_cause(asked), job())

    assert len(told) <= LONGEST_CAUSE
    assert told.endswith(f"...; {SEE}")


def test_a_gate_more_costs_little() -> None:
    some, more = (gates.all_pass([QualityGate("auc", at_least=0.5)] * n) for n in (1, 40))
    assert len(some) < 700
    assert len(more) - len(some) < 40 * 50


@pytest.mark.parametrize("at", ["at_least", "at_most"])
@pytest.mark.parametrize("form", ["number", "text", "object", "parameter"])
def test_a_bound_may_be_a_token(stack: cdk.Stack, at: str, form: str) -> None:
    bound: Any = {
        "number": cdk.Token.as_number({"Ref": "Bound"}),
        "text": cdk.Token.as_string({"Ref": "Bound"}),
        "object": cdk.Token.as_any({"Ref": "Bound"}),
        "parameter": cdk.CfnParameter(stack, "Bound", type="Number").value_as_number,
    }[form]
    asked = [QualityGate("auc", **{at: bound})]
    written = stack.resolve(stack.to_json_string({"Condition": wrapped(gates.all_pass(asked))}))
    deployed = "".join("-0.5" if part == {"Ref": "Bound"} else part for part in written["Fn::Join"][1])
    state = json.loads(deployed)

    for value, passes in ((-0.4, at == "at_least"), (-0.6, at == "at_most"), (-0.5, True)):
        assert Execution(variables={"job": job(("auc", value))}).jsonata(state["Condition"]) is passes


@pytest.mark.parametrize("bound", [0.8, "0.8"])
def test_a_bound_may_be_a_workflow_variable(spec: TrainingJobSpec, bound: object) -> None:
    gate = QualityGate("validation:auc", at_least="{% $champion.metrics[0].auc %}")  # type: ignore[arg-type]
    asked = list(gates.checked(spec, [gate], "Stack/Train"))
    champion = {"metrics": [{"auc": bound}]}

    assert judged(asked, job(("validation:auc", 0.9)), champion=champion) == []
    below = ["metric 'validation:auc' is 0.7, below the gate's 0.8"]
    assert judged(asked, job(("validation:auc", 0.7)), champion=champion) == below
    missing = ["metric 'validation:auc' has a gate whose bound is missing"]
    assert judged(asked, job(("validation:auc", 0.7)), champion={}) == missing
    assert judged(asked, job(("validation:auc", 0.7))) == missing


FIX = "give a number, a CDK token, or a workflow variable such as '{% $champion.auc %}' [Stack/Train]"


@pytest.mark.parametrize(
    "bound",
    [
        "{% $states.input.bound %}",
        "{% $states.context.Execution.Input.b %}",
        "{% 0.5 + 0.3 %}",
        "{% $max([1, 2]) %}",
        "{% $a; $b %}",
        "{% $ %}",
        "{% bound %}",
    ],
)
def test_another_expression_is_refused(spec: TrainingJobSpec, bound: Any) -> None:
    with pytest.raises(SpecError) as caught:
        gates.checked(spec, [AUC, QualityGate("validation:auc", at_most=bound)], "Stack/Train")
    assert str(caught.value) == (
        f"quality_gates[1].at_most: got {bound!r}, and the state that judges the job does not see the task's "
        f"input; {FIX}"
    )


@pytest.mark.parametrize(
    "bound",
    [
        sfn.JsonPath.number_at("$.bound"),
        sfn.JsonPath.string_at("$.bound"),
        sfn.JsonPath.object_at("$.bound"),
    ],
    ids=type,
)
def test_a_json_path_is_refused(spec: TrainingJobSpec, bound: Any) -> None:
    with pytest.raises(SpecError) as caught:
        gates.checked(spec, [QualityGate("validation:auc", at_least=bound)], "Stack/Train")
    assert str(caught.value) == (
        f"quality_gates[0].at_least: is a sfn.JsonPath value, and gates are judged in JSONata; {FIX}"
    )


def test_a_metric_that_is_not_defined_is_refused(spec: TrainingJobSpec) -> None:
    with pytest.raises(
        SpecError, match=re.escape("quality_gates[1]: metric 'loss' is not defined, only validation:")
    ):
        gates.checked(spec, [AUC, LOSS], "Stack/Train")


@pytest.mark.parametrize("name", ["{% $metric %}", sfn.JsonPath.string_at("$.m"), f"{cdk.Aws.REGION}:auc"])
def test_a_metric_that_is_not_known_at_synth_is_refused(spec: TrainingJobSpec, name: str) -> None:
    known = spec.replace(metrics=[MetricDefinition(name, "x=(.*)")])
    with pytest.raises(SpecError) as caught:
        gates.checked(known, [QualityGate(name, at_least=1)], "Stack/Train")
    assert str(caught.value) == (
        "quality_gates[0].metric: is a token or an expression: which metric counts has to be known at synth; "
        "write the metric's name [Stack/Train]"
    )


@pytest.mark.parametrize("given", ["auc", [0.8], AUC], ids=type)
def test_what_is_no_gate_is_refused(spec: TrainingJobSpec, given: Any) -> None:
    with pytest.raises(SpecError, match=r"quality_gates.* must be a.* \[Stack/Train\]"):
        gates.checked(spec, given, "Stack/Train")


def test_good_gates_are_handed_on(spec: TrainingJobSpec) -> None:
    assert gates.checked(spec, iter([AUC]), "Stack/Train") == (AUC,)
    assert gates.checked(spec, [], "Stack/Train") == ()


@pytest.mark.parametrize(
    "expression", [gates.all_pass([LOSS]), gates.all_reported([LOSS.metric]), gates.gate_cause([LOSS])]
)
def test_no_bare_dollar_sign(expression: str) -> None:
    assert not re.search(r"\$(?![A-Za-z])", re.sub(r"\"[^\"]*\"|'[^']*'", "", expression))
