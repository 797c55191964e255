"""A whole name and ``retry_failures``: only an expression that gives another name for each try is taken."""

from __future__ import annotations

import aws_cdk as cdk
import pytest
from aws_cdk import aws_stepfunctions as sfn

from constructs_lib import SpecError, TrainingJobTask

from .definitions import SPEC

J = sfn.JsonPath


@pytest.mark.parametrize(
    "name",
    [
        "churn",
        f"churn-{cdk.Aws.REGION}",
        J.string_at("$.name"),
        J.format("u-{}", J.execution_name),
        J.string_at("$$['Execution'].Name"),
        "{% $states.input.name %}",
        "{% $states.context.Execution.Name & '-1' %}",
    ],
)
def test_a_name_that_stays_the_same_is_refused(stack: cdk.Stack, name: str) -> None:
    with pytest.raises(
        SpecError, match=r"^retry_failures: .* SageMaker takes a name once; use JobName.unique"
    ):
        TrainingJobTask(stack, "Train", spec=SPEC, job_name=name, retry_failures=True)


@pytest.mark.parametrize(
    "name",
    [
        J.format("u-{}", J.uuid()),
        f"u-{J.uuid()}",
        J.format("u-{}", J.math_random(1, 999_999)),
        J.hash(J.state_entered_time, "MD5"),
        "{% 'u-' & $uuid() %}",
        "{% 'u-' & $string($millis()) %}",
        "{% $hash($states.context.State.EnteredTime, 'MD5') %}",
        "{% $hash($string($states.context), 'MD5') %}",
    ],
)
def test_a_name_that_is_another_for_each_try_is_taken(stack: cdk.Stack, name: str) -> None:
    assert TrainingJobTask(stack, "Train", spec=SPEC, job_name=name, retry_failures=True).spec is SPEC
