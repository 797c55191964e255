"""What CloudFormation cannot evaluate, or nobody can mean, in the arguments of a job beside its spec."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_stepfunctions as sfn

from constructs_lib import QualityGate, SpecError, TrainingJob, TrainingJobSpec

from .reports import report

RULE = "expression-in-deploy-job"
PATH = sfn.JsonPath.string_at("$.a")
JSONATA = "{% $a %}"


def token() -> str:
    return cdk.Token.as_string({"Ref": "Text"})


def gate(**bounds: Any) -> dict[str, Any]:
    return {"quality_gates": [QualityGate("validation:auc", **bounds)]}


@pytest.mark.parametrize(
    ("arguments", "path", "kind"),
    [
        ({"capacity_fallback": [JSONATA]}, "capacity_fallback[0]", "JSONata"),
        ({"capacity_fallback": ["ml.m5.2xlarge", PATH]}, "capacity_fallback[1]", "sfn.JsonPath"),
        ({"capacity_fallback": [f"ml.{PATH}"]}, "capacity_fallback[0]", "sfn.JsonPath"),
        (gate(at_least=JSONATA), "quality_gates[0].at_least", "JSONata"),
        (gate(at_least=0.5, at_most=PATH), "quality_gates[0].at_most", "sfn.JsonPath"),
        (gate(at_most=sfn.JsonPath.number_at("$.a")), "quality_gates[0].at_most", "sfn.JsonPath"),
        ({"rerun_on": {"data": JSONATA}}, "rerun_on.data", "JSONata"),
        ({"rerun_on": {"data": sfn.JsonPath.number_at("$.a")}}, "rerun_on.data", "sfn.JsonPath"),
    ],
)
def test_an_expression_is_the_one_finding(
    app: cdk.App,
    stack: cdk.Stack,
    spec: TrainingJobSpec,
    arguments: dict[str, Any],
    path: str,
    kind: str,
) -> None:
    short = spec.replace(max_runtime=cdk.Duration.minutes(1))
    TrainingJob(stack, "Job", spec=short, **arguments)

    (entry,) = report(app).entries

    assert (entry.rule, entry.severity) == (RULE, "error")
    assert entry.text.startswith(f"{path}: is a state machine's expression, got {kind}: ")


def test_a_metric_of_an_expression_is_found_where_any_metric_may_be(
    app: cdk.App, stack: cdk.Stack, spec: TrainingJobSpec
) -> None:
    own = TrainingJobSpec.from_request(
        {
            **_request(),
            "AlgorithmSpecification": {
                "TrainingImage": "438346466558.dkr.ecr.eu-west-1.amazonaws.com/linear-learner:1",
                "TrainingInputMode": "File",
            },
        }
    )
    TrainingJob(stack, "Job", spec=own, quality_gates=[QualityGate(JSONATA, at_least=1)])

    found = [entry.text.partition(":")[0] for entry in report(app).entries if entry.rule == RULE]

    assert found == ["quality_gates[0].metric"]


def _request() -> dict[str, Any]:
    return {
        "ResourceConfig": {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 30},
        "StoppingCondition": {"MaxRuntimeInSeconds": 600},
    }


def test_what_only_cloudformation_knows_is_no_finding(
    app: cdk.App, stack: cdk.Stack, spec: TrainingJobSpec
) -> None:
    text = cdk.CfnParameter(stack, "Text").value_as_string
    TrainingJob(
        stack,
        "Job",
        spec=spec.replace(max_runtime=cdk.Duration.minutes(1)),
        capacity_fallback=[text],
        rerun_on={"a": text},
        **gate(at_least=cdk.Token.as_number({"Ref": "Text"})),
    )

    assert report(app).entries == []


FALLBACK = 'must be a list of instance types, got {}; such as ["ml.m5.2xlarge"] [Stack/Job]'
PREFIX = "has to be known at synth, and is {}; give text [Stack/Job]"
TRIGGER = "must be text, a number or a bool, got {}; write it as text [Stack/Job]"


@pytest.mark.parametrize(
    ("argument", "given", "text"),
    [
        ("capacity_fallback", JSONATA, f": {FALLBACK.format('an expression')}"),
        ("capacity_fallback", token(), f": {FALLBACK.format('a token')}"),
        ("capacity_fallback", cdk.Token.as_any({"Ref": "Text"}), f": {FALLBACK.format('a token')}"),
        ("capacity_fallback", sfn.JsonPath.list_at("$.a"), f": {FALLBACK.format('an expression')}"),
        ("capacity_fallback", [""], "[0]: must be text, got empty text; write "),
        ("capacity_fallback", [cdk.Token.as_any({"Ref": "Text"})], "[0]: must be text, got a token; write "),
        ("capacity_fallback", [cdk.Aws.REGION] * 2, "[1]: got a token, which is named before; leave it out"),
        ("capacity_fallback", [JSONATA, JSONATA], "[1]: got an expression, which is named before; leave"),
        ("job_name_prefix", JSONATA, f": {PREFIX.format('an expression')}"),
        ("job_name_prefix", PATH, f": {PREFIX.format('an expression')}"),
        ("job_name_prefix", token(), f": {PREFIX.format('a token')}"),
        ("job_name_prefix", f"a-{token()}", f": {PREFIX.format('a token')}"),
        ("rerun_on", {1: "a"}, ": names must be text, got int; write each name as text"),
        ("rerun_on", {token(): "a"}, ": has a name that is a token; write the name out"),
        ("rerun_on", {PATH: "a"}, ": has a name that is an expression; write the name out"),
        ("rerun_on", {JSONATA: "a"}, ": has a name that is an expression; write the name out"),
        ("rerun_on", {"a": None}, f".a: {TRIGGER.format('NoneType')}"),
        ("rerun_on", {"a b": ["c"]}, f'["a b"]: {TRIGGER.format("list")}'),
        ("rerun_on", {"a": cdk.Token.as_any({"Ref": "Text"})}, f".a: {TRIGGER.format('a token')}"),
        ("rerun_on", {"a": cdk.Token.as_list({"Ref": "Text"})}, f".a: {TRIGGER.format('a token')}"),
        pytest.param("rerun_on", {"a": 10**5000}, ".a: is a number with too many digits; ", id="digits"),
        (
            "quality_gates",
            [QualityGate(token(), at_least=1)],
            "[0]: the metric is a token, defined are only validation:auc; write the metric's name",
        ),
        (
            "quality_gates",
            [QualityGate(cdk.Token.as_any({"Ref": "Text"}), at_least=1)],  # type: ignore[arg-type]
            "[0]: the metric is a token, defined are only validation:auc; write the metric's name",
        ),
        (
            "quality_gates",
            [QualityGate(PATH, at_least=1)],
            "[0]: the metric is an expression, defined are only validation:auc; write the metric's name",
        ),
    ],
)
def test_what_is_refused_says_what_was_given(
    stack: cdk.Stack, spec: TrainingJobSpec, argument: str, given: Any, text: str
) -> None:
    with pytest.raises(SpecError) as caught:
        TrainingJob(stack, "Job", spec=spec, **{argument: given})

    assert str(caught.value).startswith(argument + text)
    assert str(caught.value).endswith(" [Stack/Job]")
