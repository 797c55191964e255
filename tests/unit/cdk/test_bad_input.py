"""Misuse is refused at once: the argument, what was given, what is allowed, the construct."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2

from constructs_lib import (
    Completion,
    QualityGate,
    SpecError,
    TrainingJob,
    TrainingJobSpec,
    TrainingPlatform,
)


def refused(stack: cdk.Stack, **arguments: Any) -> str:
    with pytest.raises(SpecError) as caught:
        TrainingJob(stack, "Job", **arguments)
    return str(caught.value)


def test_a_spec_that_is_none(stack: cdk.Stack) -> None:
    text = "spec: must be of type TrainingJobSpec, got dict; make it with TrainingJobSpec [Stack/Job]"
    assert refused(stack, spec={"InstanceType": "x"}) == text


def test_a_platform_that_is_none(stack: cdk.Stack, spec: TrainingJobSpec) -> None:
    assert refused(stack, spec=spec, platform="vpc-1").startswith(
        "platform: must be of type TrainingPlatform, got str"
    )


@pytest.mark.parametrize("prefix", ["Churn", "churn_1", "-churn", "churn-", "", "a" * 33])
def test_a_prefix_that_no_job_may_have(stack: cdk.Stack, spec: TrainingJobSpec, prefix: str) -> None:
    text = refused(stack, spec=spec, job_name_prefix=prefix)
    assert text.startswith(f"job_name_prefix: got {prefix!r}, allowed are 1 to 32 characters")


def test_a_gate_on_a_metric_that_is_not_defined(stack: cdk.Stack, spec: TrainingJobSpec) -> None:
    text = refused(stack, spec=spec, quality_gates=[QualityGate("auc", at_least=0.5)])
    assert text == (
        "quality_gates[0]: metric 'auc' is not defined, only validation:auc; "
        "add a MetricDefinition to the spec's metrics [Stack/Job]"
    )


def test_a_gate_on_a_job_that_is_not_waited_for(stack: cdk.Stack, spec: TrainingJobSpec) -> None:
    gates = [QualityGate("validation:auc", at_least=0.5)]
    text = refused(stack, spec=spec, quality_gates=gates, completion=Completion.start())
    assert text.startswith("quality_gates: cannot be judged with Completion.start()")


def test_a_gate_that_is_none(stack: cdk.Stack, spec: TrainingJobSpec) -> None:
    text = refused(stack, spec=spec, quality_gates=[("validation:auc", 0.5)])
    assert text.startswith("quality_gates[0]: must be a QualityGate, got tuple")


def test_a_trigger_that_is_no_scalar(stack: cdk.Stack, spec: TrainingJobSpec) -> None:
    text = refused(stack, spec=spec, rerun_on={"data": ["a"]})
    assert text.startswith("rerun_on.data: must be text, a number or a bool, got list")


def test_a_network_that_is_refused_and_given(stack: cdk.Stack) -> None:
    vpc = ec2.Vpc(stack, "Vpc")
    with pytest.raises(SpecError, match=r"given together with use_vpc=False.*\[Stack/Platform\]"):
        TrainingPlatform(stack, "Platform", vpc=vpc, use_vpc=False)


def test_a_metric_that_is_asked_for_and_not_defined(stack: cdk.Stack, spec: TrainingJobSpec) -> None:
    job = TrainingJob(stack, "Job", spec=spec)
    with pytest.raises(SpecError, match="final_metric: metric 'f1' is not defined"):
        job.final_metric("f1")


@pytest.mark.parametrize(
    ("arguments", "start"),
    [
        ({"quality_gates": QualityGate("a", at_least=1)}, "quality_gates: must be a list of QualityGate"),
        ({"quality_gates": None}, "quality_gates: must be a list of QualityGate"),
        ({"rerun_on": ["a"]}, "rerun_on: must be a map, got list"),
        ({"job_name_prefix": 5}, "job_name_prefix: must be text, got int"),
        ({"role": "arn:aws:iam::1:role/a"}, "role: must be an iam.IRole, got str"),
        ({"allow_stopped": "no"}, "allow_stopped: must be of type bool, got str"),
        ({"keep_name": 1}, "keep_name: must be of type bool, got int"),
        ({"completion": "wait"}, "completion: must be of type Completion, got str"),
    ],
)
def test_arguments_of_another_type(
    stack: cdk.Stack, spec: TrainingJobSpec, arguments: dict[str, Any], start: str
) -> None:
    text = refused(stack, spec=spec, **arguments)
    assert text.startswith(start)
    assert text.endswith("[Stack/Job]")


@pytest.mark.parametrize(
    ("member", "value", "instead"),
    [("Tags", [], "use tags"), ("TrainingJobName", "mine", "use job_name_prefix")],
)
def test_overrides_of_what_the_construct_makes(
    stack: cdk.Stack, spec: TrainingJobSpec, member: str, value: object, instead: str
) -> None:
    text = refused(stack, spec=spec.replace(overrides={member: value}))
    assert text == f"overrides.{member}: is the construct's to make; {instead} [Stack/Job]"


def test_completions_made_by_hand() -> None:
    ways = r"Completion.wait\(\), Completion.wait_condition\(\) and Completion.start\(\)"
    with pytest.raises(SpecError, match=rf"got 'foo', there are {ways}"):
        Completion("foo")  # type: ignore[arg-type]
    with pytest.raises(SpecError, match="got 99999 seconds"):
        Completion("wait", 99999)


def test_a_gate_that_nothing_can_pass() -> None:
    with pytest.raises(SpecError, match="must be a finite number, got inf"):
        QualityGate("auc", at_least=float("inf"))


def test_a_network_with_public_subnets_only(stack: cdk.Stack) -> None:
    public = ec2.SubnetConfiguration(name="Public", subnet_type=ec2.SubnetType.PUBLIC)
    vpc = ec2.Vpc(stack, "Vpc", nat_gateways=0, subnet_configuration=[public])
    with pytest.raises(SpecError, match="vpc_subnets: the vpc has neither private nor isolated subnets"):
        TrainingPlatform(stack, "Platform", vpc=vpc)


def test_a_hyperparameter_that_is_a_list_of_cloudformations(stack: cdk.Stack, spec: TrainingJobSpec) -> None:
    zones = spec.with_hyperparameters({"zones": cdk.Fn.get_azs()})
    assert refused(stack, spec=zones) == (
        "hyperparameters['zones']: a list token has no form as text; "
        "use Token.as_string, or Fn.join for a list [Stack/Job]"
    )
