"""An ended job: did it pass, and what can other resources read of it."""

from __future__ import annotations

import math
import re
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

from ..gates import Gate, final_metrics, gate_problems

UNKNOWN_NUMBER = "NaN"
Description = Mapping[str, Any]


def metric_attribute(metric: str) -> str:
    """The attribute under which a final metric is read; a name that had to be changed gets a checksum."""
    legal = re.sub(r"[^A-Za-z0-9]+", "_", metric)
    return f"Metric.{legal}" if legal == metric else f"Metric.{legal}_{zlib.crc32(metric.encode()):08x}"


def problems(description: Description, gates: Sequence[Gate], *, allow_stopped: bool) -> list[str]:
    """Every reason for which an ended job does not count as a success."""
    name, status = description["TrainingJobName"], description["TrainingJobStatus"]
    if status == "Failed":
        reason = description.get("FailureReason") or "the service gave no reason"
        return [f"training job '{name}' failed: {reason}"]
    if status == "Stopped" and not allow_stopped:
        secondary = description.get("SecondaryStatus", "Stopped")
        return [f"training job '{name}' was stopped before it completed ({secondary})"]
    return [f"training job '{name}': {problem}" for problem in gate_problems(gates, description)]


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
    artifacts = description.get("ModelArtifacts") or {}
    known = final_metrics(description)
    return {
        **start_attributes(name, description["TrainingJobArn"], path),
        "TrainingJobStatus": description["TrainingJobStatus"],
        "ModelArtifactsUri": artifacts.get("S3ModelArtifacts") or artifacts_uri(name, path),
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


def artifacts_uri(name: str, output_path: str) -> str:
    """Where SageMaker puts a job's model."""
    return f"{output_path.rstrip('/')}/{name}/output/model.tar.gz"


def _number(value: float | None) -> str:
    return UNKNOWN_NUMBER if value is None or math.isnan(value) else f"{value:.10g}"
