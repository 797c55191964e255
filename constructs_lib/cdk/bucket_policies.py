"""Waits for the policies of buckets, whenever they are written."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

import jsii
from aws_cdk import Aspects, IAspect
from constructs import Construct, IConstruct


@jsii.implements(IAspect)
class _WaitForPolicies:
    """Adds the dependencies when the template is made: a bucket's policy may be written after the job.

    On the policy, not on the bucket's whole subtree: a notification to a function that names the job would
    close a circle.
    """

    def __init__(self, owner: IConstruct, resource: Construct, buckets: list[object]) -> None:
        self._owner, self._resource, self._buckets = owner, resource, buckets

    def visit(self, node: IConstruct) -> None:
        if node.node.path != self._owner.node.path:
            return
        for bucket in self._buckets:
            policy = getattr(bucket, "policy", None)
            if policy is not None:
                self._resource.node.add_dependency(policy)


def wait_for_bucket_policies(owner: Construct, resource: Construct, buckets: Iterable[object]) -> None:
    """Make a resource after the policies of the buckets; what is None or imported has none."""
    known = [bucket for bucket in buckets if bucket is not None]
    Aspects.of(owner).add(cast("IAspect", _WaitForPolicies(owner, resource, known)))
