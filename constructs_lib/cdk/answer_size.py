"""The worst size of a job's answer: CloudFormation takes 4,096 bytes, and an answer cannot be cut in two."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

from constructs_lib.cdk.findings import runner_finding
from constructs_lib.rules import Finding
from constructs_lib.runtime.transitions.verdict import metric_attribute

LARGEST_ANSWER = 4096
# The longest that CloudFormation and SageMaker give: a stack's ARN (a name of 128 characters in the region of
# the longest name), a request's UUID, a job's name and ARN.
STACK_ID = "s" * 228
REQUEST_ID = "r" * 36
NAME = "n" * 63
ARN = f"arn:aws-us-gov:sagemaker:us-gov-northwest-1:123456789012:training-job/{NAME}"
# As the runtime writes the longest number.
NUMBER = "-1.234567891e-300"
# A part of an address that CloudFormation alone knows is a bucket's name, in the usual case.
UNKNOWN_PART = "b" * 63


def answer_size(logical_id: str, output_path: object, metrics: Sequence[str]) -> int:
    """The bytes that the answer may have for an ended job.

    Args:
        logical_id: of the resource that answers.
        output_path: the request's, as the template has it.
        metrics: the final metrics that travel.
    """
    path = _longest_text(output_path).rstrip("/")
    answer = {
        "Status": "SUCCESS",
        "Reason": "",
        "PhysicalResourceId": NAME,
        "StackId": STACK_ID,
        "RequestId": REQUEST_ID,
        "LogicalResourceId": logical_id,
        "Data": {
            "TrainingJobName": NAME,
            "TrainingJobArn": ARN,
            "OutputUri": f"{path}/{NAME}/",
            "TrainingJobStatus": "Completed",
            "ModelArtifactsUri": f"{path}/{NAME}/output/model.tar.gz",
            "TrainingSeconds": NUMBER,
            "BillableSeconds": NUMBER,
            **{metric_attribute(metric): NUMBER for metric in metrics},
        },
    }
    return len(json.dumps(answer).encode())


def answer_findings(logical_id: str, output_path: object, metrics: object) -> Iterator[Finding]:
    """An error for an answer that may not fit; arguments as `answer_size`, as the template has them."""
    names = [str(name) for name in metrics] if isinstance(metrics, list) else []
    size = answer_size(logical_id, output_path, names)
    if size <= LARGEST_ANSWER:
        return
    most = max(
        count
        for count in range(len(names) + 1)
        if count == 0 or answer_size(logical_id, output_path, names[:count]) <= LARGEST_ANSWER
    )
    facts = {"got": size, "asked": len(names), "allowed": LARGEST_ANSWER, "most": most}
    yield runner_finding("answer-too-large", "FinalMetrics", **facts)


def _longest_text(value: object) -> str:
    """Text of the length that a template's value may come to."""
    if isinstance(value, str):
        return value
    joined = value.get("Fn::Join") if isinstance(value, Mapping) and len(value) == 1 else None
    if isinstance(joined, list) and len(joined) == 2 and isinstance(joined[1], list):
        return str(joined[0]).join(_longest_text(part) for part in joined[1])
    return UNKNOWN_PART
