"""What a direct schedule's jobs need is made before the first can start, and kept until the last's end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from aws_cdk import aws_ec2 as ec2
from constructs import Construct, IDependable

from constructs_lib.cdk.bucket_policies import job_buckets, wait_for_bucket_policies
from constructs_lib.cdk.network import made_with
from constructs_lib.cdk.platform import TrainingPlatform
from constructs_lib.cdk.workflows.ending import WorkflowJobs
from constructs_lib.spec import TrainingJobSpec
from constructs_lib.spec.resources import may_use_several_instances


def keep_for_jobs(
    scope: Construct,
    jobs: WorkflowJobs,
    spec: TrainingJobSpec,
    platform: TrainingPlatform,
    request: Mapping[str, Any],
    rights: Iterable[IDependable],
) -> None:
    """Put everything that a spec's jobs need before the resource that ends them.

    Args:
        scope: what starts the jobs.
        jobs: the resource that stops them when their stack is deleted.
        spec: what to train.
        platform: where.
        request: the rendered request.
        rights: what the execution role needs.
    """
    # Groups that the spec names are somebody else's: they are not changed unasked.
    own_network = spec.vpc_config is None
    if own_network and may_use_several_instances(spec):
        platform.connections.allow_internally(ec2.Port.all_traffic(), "Instances of one job")
    jobs.needs(*rights, *platform.needed_by_jobs)
    parts = [platform.vpc, *platform.security_groups]
    if own_network and "VpcConfig" in request and made_with(scope, parts):
        jobs.await_interfaces()
    wait_for_bucket_policies(scope, jobs, job_buckets(spec, platform))
