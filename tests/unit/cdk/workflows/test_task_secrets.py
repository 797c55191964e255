"""Secrets that a task's job would show to everybody who may describe it, or read its machine."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest

from constructs_lib import Objective, TrainingJobSpec, TrainingJobTask, TrainingSweep

from .machines import machine

BEST = Objective.maximize("validation:auc")


def secret_of(stack: cdk.Stack) -> str:
    return cdk.CfnParameter(stack, "Hidden", no_echo=True).value_as_string


def unwrapped(stack: cdk.Stack) -> str:
    return cdk.SecretValue.secrets_manager("key").unsafe_unwrap()


MEMBERS = {
    "hyperparameters": ({"key": "{}"}, "HyperParameters.key"),
    "environment": ({"KEY": "{}"}, "Environment.KEY"),
    "tags": ({"key": "{}"}, "Tags[0].Value"),
}


@pytest.mark.parametrize("source", [secret_of, unwrapped])
@pytest.mark.parametrize("member", MEMBERS)
def test_a_secret_in_a_token_is_found(
    stack: cdk.Stack, spec: TrainingJobSpec, source: Any, member: str
) -> None:
    value, path = MEMBERS[member]
    given = {key: text.format(source(stack)) for key, text in value.items()}
    machine(TrainingJobTask(stack, "Train", spec=spec.replace(**{member: given})))

    with pytest.raises(RuntimeError, match="secret-in-plain-parameter") as raised:
        stack.node.root.synth()  # type: ignore[attr-defined]

    assert path in str(raised.value)


@pytest.mark.parametrize("source", [secret_of, unwrapped])
def test_a_secret_in_a_point_of_a_sweep_is_found(
    stack: cdk.Stack, spec: TrainingJobSpec, source: Any
) -> None:
    points = [{"a": 1}, {"a": source(stack)}]
    sweep = TrainingSweep(stack, "Sweep", spec=spec, points=points, objective=BEST)
    machine(sweep)

    with pytest.raises(RuntimeError, match=r"secret-in-plain-parameter") as raised:
        stack.node.root.synth()  # type: ignore[attr-defined]

    assert "points[1].HyperParameters.a" in str(raised.value)


def test_what_is_no_secret_is_none(stack: cdk.Stack, spec: TrainingJobSpec) -> None:
    plain = cdk.CfnParameter(stack, "Plain").value_as_string
    secret_of(stack)
    machine(TrainingJobTask(stack, "Train", spec=spec.replace(hyperparameters={"key": plain})))

    stack.node.root.synth()  # type: ignore[attr-defined]
