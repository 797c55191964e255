"""An ended job: did it pass, and what can other resources read of it."""

from __future__ import annotations

import math
import re
import zlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..gates import Gate, final_metrics, gate_problems

UNKNOWN_NUMBER = "NaN"
CAPACITY_ERROR = "CapacityError"
Description = Mapping[str, Any]


def metric_attribute(metric: str) -> str:
    """The attribute under which a final metric is read; a name that had to be changed gets a checksum."""
    legal = re.sub(r"[^A-Za-z0-9]+", "_", metric)
    return f"Metric.{legal}" if legal == metric else f"Metric.{legal}_{zlib.crc32(metric.encode()):08x}"


def problems(
    description: Description, gates: Sequence[Gate], *, allow_stopped: bool, tail: Callable[[str], list[str]]
) -> list[str]:
    """Every reason for which an ended job does not count as a success.

    Args:
        description: the job's.
        gates: what its metrics must hold.
        allow_stopped: whether a stopped job may count.
        tail: gives the last lines of a job's log; asked only for a job that did not complete.
    """
    # Its regular expressions are not for the cold start of a job that passes.
    from .failure import failure_text, whereabouts

    name, status = description["TrainingJobName"], description["TrainingJobStatus"]
    if status == "Failed" or (status == "Stopped" and not allow_stopped):
        return [failure_text(description, tail(name))]
    shut = [f"training job '{name}': {problem}" for problem in gate_problems(gates, description)]
    told = whereabouts(description)
    return [*shut, told] if shut and told else shut


def is_late(description: Description, gates: Sequence[Gate], metrics: Sequence[str]) -> bool:
    """Whether a completed job has not reported yet what is asked of it."""
    asked = {*metrics, *(gate.metric for gate in gates)}
    return description["TrainingJobStatus"] == "Completed" and not asked <= final_metrics(description).keys()


def lacks_capacity(description: Description) -> bool:
    """Whether a job failed because there were no machines of its type."""
    reason = description.get("FailureReason") or ""
    return description["TrainingJobStatus"] == "Failed" and reason.startswith(CAPACITY_ERROR)


def start_attributes(name: str, arn: str, output_path: str) -> dict[str, str]:
    """What is known of a job as soon as it is started."""
    return {
        "TrainingJobName": name,
        "TrainingJobArn": arn,
        "OutputUri": f"{output_path.rstrip('/')}/{name}/",
    }


def attributes(description: Description, metrics: Sequence[str]) -> dict[str, str]:
    """The attributes of a job that was waited for: each is always there, numbers unknown as ``NaN``."""
    name, path = description["TrainingJobName"], description["OutputDataConfig"]["S3OutputPath"]
    known = final_metrics(description)
    return {
        **start_attributes(name, description["TrainingJobArn"], path),
        "TrainingJobStatus": description["TrainingJobStatus"],
        "ModelArtifactsUri": artifacts_of(description),
        "TrainingSeconds": _number(description.get("TrainingTimeInSeconds")),
        "BillableSeconds": _number(description.get("BillableTimeInSeconds")),
        **{metric_attribute(metric): _number(known.get(metric)) for metric in metrics},
    }


def attributes_of_gone(name: str, arn: str, output_path: str, metrics: Sequence[str]) -> dict[str, str]:
    """The attributes of a job whose record somebody deleted: what its name tells."""
    return {
        **start_attributes(name, arn, output_path),
        "TrainingJobStatus": "Deleted",
        "ModelArtifactsUri": artifacts_uri(name, output_path),
        "TrainingSeconds": UNKNOWN_NUMBER,
        "BillableSeconds": UNKNOWN_NUMBER,
        **{metric_attribute(metric): UNKNOWN_NUMBER for metric in metrics},
    }


def arn_of(name: str, stack_id: str) -> str:
    """A job's ARN: it lies where its stack does."""
    _, partition, _, region, account, _ = stack_id.split(":", 5)
    return f"arn:{partition}:sagemaker:{region}:{account}:training-job/{name}"


def artifacts_of(description: Description) -> str:
    """Where a job's model is: as the service says, or where it puts it."""
    artifacts = description.get("ModelArtifacts") or {}
    path = description["OutputDataConfig"]["S3OutputPath"]
    uri: str = artifacts.get("S3ModelArtifacts") or artifacts_uri(description["TrainingJobName"], path)
    return uri


def artifacts_uri(name: str, output_path: str) -> str:
    """Where SageMaker puts a job's model."""
    return f"{output_path.rstrip('/')}/{name}/output/model.tar.gz"


def _number(value: float | None) -> str:
    return UNKNOWN_NUMBER if value is None or math.isnan(value) else f"{value:.10g}"
