"""Where jobs train: the VPC and security group that a platform makes, what is opened for a job, and ways out.

`JobNetwork` is the platform's part, `join_network` the runners': it opens what a spec needs, the same way for
each of them.
"""

from __future__ import annotations

from constructs_lib.cdk.network.file_systems import mounted
from constructs_lib.cdk.network.groups import made_with, spec_connections
from constructs_lib.cdk.network.job_network import JobNetwork
from constructs_lib.cdk.network.joining import join_network
from constructs_lib.cdk.network.vpc import ZONES, add_s3_endpoint, make_security_group, make_vpc

__all__ = [
    "ZONES",
    "JobNetwork",
    "add_s3_endpoint",
    "join_network",
    "made_with",
    "make_security_group",
    "make_vpc",
    "mounted",
    "spec_connections",
]
