"""What the template says to the runtime, read as the runtime reads it: all scalars have become text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest

from constructs_lib import Completion, QualityGate, TrainingJob, TrainingJobSpec
from constructs_lib.runtime.properties import Properties, ResultProperties

from .graph import JOB, RESULT
from .iam import deployed

Find = Callable[..., dict[str, dict[str, Any]]]


def delivered(value: Any) -> Any:
    """As CloudFormation hands it over."""
    if isinstance(value, dict):
        return {key: delivered(item) for key, item in value.items()}
    if isinstance(value, list):
        return [delivered(item) for item in value]
    return str(value).lower() if isinstance(value, bool) else str(value)


def properties(resources: Find, stack: cdk.Stack, type: str) -> Any:
    (resource,) = resources(stack, type).values()
    # The image's account is a mapping's, which only CloudFormation looks up.
    found = resource["Properties"]
    if "Request" in found:
        found["Request"]["AlgorithmSpecification"]["TrainingImage"] = "image"
    return delivered(deployed(found))


@pytest.mark.parametrize("completion", [Completion.wait(), Completion.wait_condition()])
def test_everything_arrives(
    stack: cdk.Stack, spec: TrainingJobSpec, resources: Find, completion: Completion
) -> None:
    job = TrainingJob(
        stack,
        "Job",
        spec=spec.replace(max_runtime=cdk.Duration.minutes(5)),
        completion=completion,
        quality_gates=[QualityGate("validation:auc", at_least=0.5)],
        rerun_on={"data": 1},
        allow_stopped=True,
        capacity_fallback=["ml.m5.2xlarge", "ml.r5d.xlarge"],
        delete_record=True,
    )
    cdk.CfnOutput(stack, "Auc", value=job.final_metric("validation:auc"))

    found = Properties.parse(properties(resources, stack, JOB))

    assert (found.mode, found.timeout_seconds) == (completion.mode, 2700)
    assert found.rerun_on == {"data": "1"}
    assert (found.allow_stopped, found.delete_record, found.await_interfaces) == (True, True, True)
    assert [config["InstanceType"] for config in found.fallback] == ["ml.m5.2xlarge", "ml.r5d.xlarge"]
    assert found.fallback[1] == {"InstanceType": "ml.r5d.xlarge", "InstanceCount": 1}
    judged: Properties | ResultProperties = found
    if completion.mode == "wait_condition":
        (handle,) = resources(stack, "AWS::CloudFormation::WaitConditionHandle")
        assert found.handle == f"<{handle}>"
        assert (found.gates, found.metrics) == ((), ())
        result = ResultProperties.parse(properties(resources, stack, RESULT))
        assert result.job.endswith(".TrainingJobName>")
        judged = result
    assert [(gate.metric, gate.at_least) for gate in judged.gates] == [("validation:auc", 0.5)]
    assert judged.metrics == ("validation:auc",)
    assert judged.output_path == found.output_path
    assert judged.allow_stopped


def test_a_plain_job_says_no_more_than_it_must(
    stack: cdk.Stack, spec: TrainingJobSpec, resources: Find
) -> None:
    TrainingJob(stack, "Job", spec=spec, completion=Completion.start())

    found = Properties.parse(properties(resources, stack, JOB))

    assert (found.mode, found.timeout_seconds, found.handle) == ("start", 0, None)
    assert (found.fallback, found.delete_record, found.allow_stopped) == ((), False, False)
