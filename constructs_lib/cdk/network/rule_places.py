"""In which of two stacks the rules between two security groups are made."""

from __future__ import annotations

from typing import cast

from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from constructs_lib.cdk.whereabouts import outermost, path_of, stack_of

__all__ = ["is_made_with_jobs"]


def is_made_with_jobs(jobs: object, files: object, runner: Construct, vpc: object) -> bool:
    """Whether the rules are made in the stack of the jobs' group, which then refers to the file system's.

    Who mounts a file system refers to both groups already, and a group to its VPC: the rules follow the
    direction that is there, or the stacks would wait for each other.

    Args:
        jobs: one of the jobs' groups, which need not be made by the platform.
        files: one of the file system's, or of whatever else they call.
        runner: who mounts it, or where the rules are made else.
        vpc: the platform's; both groups are in it.
    """
    jobs, files = cast("Construct", jobs), cast("Construct", files)
    made = vpc if isinstance(vpc, ec2.Vpc) else None
    if outermost(jobs) == outermost(files):
        return _in_one_deployment(jobs, files, runner, made)
    if outermost(runner) == outermost(jobs):
        return True
    return made is not None and outermost(made) == outermost(files)


def _in_one_deployment(jobs: Construct, files: Construct, runner: Construct, vpc: ec2.Vpc | None) -> bool:
    """The same for nested stacks, whose parents refer to them as well as they to their parents."""
    here, there = stack_of(jobs), stack_of(files)
    network = None if vpc is None else stack_of(vpc)
    if here is there or network is there:
        return True
    if network is here:
        return False
    deeper = path_of(here).count("/") - path_of(there).count("/")
    # Of a nested stack and one around it the inner one refers to the other.
    return stack_of(runner) is here if deeper == 0 else deeper > 0
