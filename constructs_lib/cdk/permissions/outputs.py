"""To write results and to keep checkpoints in step.

Sources: developer guide, sagemaker-roles, model-checkpoints: "If a checkpoint is deleted in the SageMaker
container, it will also be deleted in the S3 folder."
"""

from __future__ import annotations

from collections.abc import Iterator

from constructs_lib.cdk.permissions.permission import Permission, Request
from constructs_lib.cdk.permissions.places import write_below
from constructs_lib.cdk.request_parts import part, place, text
from constructs_lib.runtime.content import PLACEHOLDER

__all__ = ["outputs"]


def outputs(request: Request, job_names: str) -> Iterator[Permission]:
    """Results, below the jobs' names, and checkpoints."""
    reason = "OutputDataConfig.S3OutputPath"
    found = place(part(request, "OutputDataConfig").get("S3OutputPath"))
    if found is not None:
        yield from write_below(reason, found, job_names, purpose="write results")
        yield Permission(f"{reason}: find the bucket", ("s3:GetBucketLocation",), (found.bucket_arn,))
    uri = text(part(request, "CheckpointConfig").get("S3Uri"))
    kept = place(uri.removesuffix(PLACEHOLDER)) if uri else None
    if kept is not None:
        yield from write_below("CheckpointConfig.S3Uri", kept, None, purpose="keep in step", delete=True)
