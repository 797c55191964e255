"""What jobs need that is known when the template is made: policies of buckets, whenever they are written."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeAlias, cast

import jsii
from aws_cdk import Aspects, IAspect
from constructs import Construct, IConstruct, IDependable

from constructs_lib.cdk.platform import TrainingPlatform
from constructs_lib.cdk.request_parts import known_items
from constructs_lib.spec import TrainingJobSpec

Choose: TypeAlias = Callable[[Construct, Iterable[IDependable]], list[IDependable]]


@jsii.implements(IAspect)
class LateOrder:
    """Makes a resource after what its jobs need, in one step for all of them, when the template is made.

    Of a bucket that is its policy, which may be written after the job. Not the bucket's whole subtree: a
    notification to a function that names the job would close a circle.

    Args:
        owner: the construct whose turn it is to be looked at; one of the same app.
        resource: what is to be made later.
        choose: leaves out what cannot be made before it; left out: nothing.
    """

    def __init__(self, owner: Construct, resource: Construct, choose: Choose | None = None) -> None:
        self._owner, self._resource, self._choose = owner, resource, choose
        self._buckets: dict[int, object] = {}
        self._needed: dict[int, IDependable] = {}
        Aspects.of(owner).add(cast("IAspect", self))

    def needs(self, dependables: Iterable[IDependable]) -> None:
        """Make it after these."""
        self._needed.update({id(needed): needed for needed in dependables})

    def needs_policies(self, buckets: Iterable[object]) -> None:
        """Make it after the policies of these; what is None or imported has none."""
        self._buckets.update({id(bucket): bucket for bucket in buckets if bucket is not None})

    def visit(self, node: IConstruct) -> None:
        """Add the dependencies; called by CDK."""
        # Python made the owner, so there is one object for it; asking for a path would be two calls.
        if node is not self._owner:
            return
        policies = [getattr(bucket, "policy", None) for bucket in self._buckets.values()]
        needed: list[IDependable] = [
            *self._needed.values(),
            *(policy for policy in policies if policy is not None),
        ]
        if self._choose is not None:
            needed = self._choose(self._owner, needed)
        if needed:
            self._resource.node.add_dependency(*needed)


def wait_for_bucket_policies(owner: Construct, resource: Construct, buckets: Iterable[object]) -> None:
    """Make a resource after the policies of the buckets; what is None or imported has none."""
    LateOrder(owner, resource).needs_policies(buckets)


def job_buckets(spec: TrainingJobSpec, platform: TrainingPlatform) -> list[object]:
    """The buckets that a job reads and writes, as far as they are known as such; None for others."""
    places = [place.bucket for place in (spec.output, spec.checkpoint) if place is not None]
    return [platform.bucket, *(channel.bucket for channel in known_items(spec.channels)), *places]
