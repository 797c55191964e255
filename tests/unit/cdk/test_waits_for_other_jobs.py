"""A job that reads of another one trains anew with it, and so waits anew, though its own text stays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest

from constructs_lib import Channel, Completion, TrainingJob, TrainingJobSpec

from .graph import RESULT
from .test_wait_condition import HANDLE, deeper, make, tagged, template


def by_channel(spec: TrainingJobSpec, first: TrainingJob) -> dict[str, Any]:
    return {"spec": spec.with_channel(Channel.from_uri("model", first.model_artifacts_uri))}


def by_trigger(spec: TrainingJobSpec, first: TrainingJob) -> dict[str, Any]:
    return {"spec": spec, "rerun_on": {"model": first.model_artifacts_uri}}


def by_text(spec: TrainingJobSpec, first: TrainingJob) -> dict[str, Any]:
    result = cdk.Stack.of(first).resolve(first.model_artifacts_uri)["Fn::GetAtt"][0]
    return {"spec": spec.replace(environment={"MODEL": cdk.Fn.sub(f"${{{result}.ModelArtifactsUri}}/x")})}


@pytest.mark.parametrize("reading", [by_channel, by_trigger, by_text])
def test_a_wait_condition_of_a_job_that_reads_of_another_one(
    spec: TrainingJobSpec, reading: Callable[[TrainingJobSpec, TrainingJob], dict[str, Any]]
) -> None:
    def second(first: TrainingJobSpec) -> dict[str, str]:
        stack = make(first, "First")
        model = stack.node.find_child("First")
        assert isinstance(model, TrainingJob)
        TrainingJob(stack, "Second", completion=Completion.wait_condition(), **reading(spec, model))
        made = template(stack)["Resources"]
        return {r["Type"]: name for name, r in made.items() if name.startswith("Second")}

    # The text of its request stays the same, while the name of the first job does not.
    assert second(deeper(spec))[HANDLE] != second(spec)[HANDLE]
    assert second(deeper(spec))[RESULT] == second(spec)[RESULT]
    assert second(tagged(spec))[HANDLE] == second(spec)[HANDLE]


def test_a_job_at_the_end_of_a_chain_waits_anew_for_the_first(spec: TrainingJobSpec) -> None:
    def last(first: TrainingJobSpec) -> str:
        stack = make(first, "Job0")
        for index in range(1, 4):
            before = stack.node.find_child(f"Job{index - 1}")
            assert isinstance(before, TrainingJob)
            TrainingJob(
                stack, f"Job{index}", completion=Completion.wait_condition(), **by_channel(spec, before)
            )
        made = template(stack)["Resources"]
        (handle,) = (n for n, r in made.items() if n.startswith("Job3") and r["Type"] == HANDLE)
        return str(handle)

    assert last(deeper(spec)) != last(spec)
