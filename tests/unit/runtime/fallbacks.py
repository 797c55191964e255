"""A job with a list of further instance types, for the tests of the capacity fallback."""

from __future__ import annotations

from typing import Any

from constructs_lib.runtime import front

from .model import (
    CloudFormation,
    Raw,
    client_error,
    properties,
    resources,
)

FIRST, SECOND, THIRD = "ml.m5.large", "ml.m4.xlarge", "ml.g5.xlarge"
# The third brings its own disk, and the second needs a bigger one: each entry says all there is to say.
FALLBACK = [
    resources(SECOND, VolumeSizeInGB=50, VolumeKmsKeyId="alias/two"),
    {"InstanceType": THIRD, "InstanceCount": 1},
]
QUOTA = client_error("ResourceLimitExceeded", "The account-level service limit is 0 Instances", "Create")


def asked(**members: Any) -> Raw:
    return properties(CapacityFallback=FALLBACK, **members)


def types(cfn: CloudFormation) -> list[str]:
    """The instance types of the jobs that were started, in order."""
    return [job.request["ResourceConfig"]["InstanceType"] for job in cfn.sagemaker.every]


def started(cfn: CloudFormation, members: Raw) -> Raw:
    """A Create whose first job was started, and has not been looked at since."""
    event = cfn.event("Create", members)
    front.handle(event, cfn.world)
    return event


def attempt(cfn: CloudFormation, number: int) -> str:
    return f"{cfn.sagemaker.created[0].rpartition('-')[0]}-{number}"
