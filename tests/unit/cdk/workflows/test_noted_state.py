"""What is done to a task after it was made, by its user or by CDK, is in its state."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from constructs_lib import Algorithm, TrainingJobSpec, TrainingJobTask

from .machines import definition, machine


@pytest.fixture
def spec() -> TrainingJobSpec:
    return TrainingJobSpec(
        algorithm=Algorithm.from_image_uri("123456789012.dkr.ecr.us-east-1.amazonaws.com/x:1"),
        instance_type="ml.m5.large",
        max_runtime=cdk.Duration.hours(1),
    )


class Fragment(sfn.StateMachineFragment):
    """Some state as a fragment, to which CDK itself gives a prefix."""

    def __init__(self, scope: Construct, id: str, *, spec: TrainingJobSpec, **arguments: Any) -> None:
        super().__init__(scope, id)
        self.task = TrainingJobTask(self, "Train/it", spec=spec, **arguments)

    @property
    def start_state(self) -> sfn.State:
        return self.task

    @property
    def end_states(self) -> list[sfn.INextable]:
        return [self.task]


@pytest.mark.parametrize(("arguments", "name"), [({}, "Train--it"), ({"state_name": "Named"}, "Named")])
def test_a_prefix_is_in_every_name(
    stack: cdk.Stack, spec: TrainingJobSpec, arguments: dict[str, Any], name: str
) -> None:
    fragment = Fragment(stack, "Fragment", spec=spec, **arguments)
    alone = TrainingJobTask(stack, "Alone/it", spec=spec)

    states = definition(machine(sfn.Chain.start(fragment.prefix_states("Mine ")).next(alone)))["States"]

    assert [*states] == [f"Mine {name}", "Alone--it"]
    assert all(
        inner.startswith(f"Mine {name}: ") for inner in states[f"Mine {name}"]["Branches"][0]["States"]
    )


def test_handlers_that_come_later_are_in_the_state(stack: cdk.Stack, spec: TrainingJobSpec) -> None:
    task = TrainingJobTask(stack, "Train", spec=spec)
    first = {"Type": "Fail"}
    chain = task.next(sfn.Succeed(stack, "Done"))

    assert task.add_retry(errors=["Mine"], max_attempts=2, interval=cdk.Duration.seconds(7)) is task
    assert task.add_catch(sfn.Fail(stack, "Lost"), errors=["Other"], result_path="$.error") is task

    states = definition(machine(chain))["States"]
    assert states["Train"]["Retry"] == [{"ErrorEquals": ["Mine"], "IntervalSeconds": 7, "MaxAttempts": 2}]
    assert states["Train"]["Catch"] == [{"ErrorEquals": ["Other"], "ResultPath": "$.error", "Next": "Lost"}]
    assert states["Lost"] == first


def test_handlers_in_jsonata(stack: cdk.Stack, spec: TrainingJobSpec) -> None:
    task = TrainingJobTask(stack, "Train", spec=spec, query_language=sfn.QueryLanguage.JSONATA)
    task.add_catch(
        sfn.Fail(stack, "Lost"), outputs="{% $states.errorOutput.Cause %}", assign={"lost": "{% 1 %}"}
    )

    caught = definition(machine(task))["States"]["Train"]["Catch"]

    assert caught == [
        {
            "ErrorEquals": ["States.ALL"],
            "Output": "{% $states.errorOutput.Cause %}",
            "Assign": {"lost": "{% 1 %}"},
            "Next": "Lost",
        }
    ]


@pytest.mark.parametrize("asked", ["metric_started", "metric_run_time"])
def test_a_metric_of_one_state_is_still_refused(stack: cdk.Stack, spec: TrainingJobSpec, asked: str) -> None:
    task = TrainingJobTask(stack, "Train", spec=spec)

    with pytest.raises(RuntimeError, match="does not expose metrics"):
        getattr(task, asked)()
