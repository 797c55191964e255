"""What jobs need, without policies through which a state machine of the stack could be reached.

State machines are made after the resource that stands for their jobs, and that after what the jobs need. A
policy that names a machine, or a function that knows one, such as a grant to the code that trains, would
close a circle. Of a role's further policies, and of a bucket's, those come first that name what holds data
alone; any other is made when its own references allow, as CDK makes it for every other state.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from operator import is_
from typing import Any, Protocol, cast, runtime_checkable

from aws_cdk import CfnResource, Stack
from aws_cdk import aws_iam as iam
from constructs import Construct, IDependable

from constructs_lib.cdk.references import references

__all__ = ["without_circles"]

# What refers to nothing that could refer to a state machine.
_HOLDS_DATA = (
    "AWS::DynamoDB::",
    "AWS::EC2::",
    "AWS::ECR::",
    "AWS::EFS::",
    "AWS::FSx::",
    "AWS::KMS::",
    "AWS::Kinesis::",
    "AWS::Logs::",
    "AWS::S3::",
    "AWS::SNS::Topic",
    "AWS::SQS::Queue",
    "AWS::SSM::Parameter",
    "AWS::SecretsManager::Secret",
)


@runtime_checkable
class _Policy(Protocol):
    @property
    def document(self) -> iam.PolicyDocument: ...


def without_circles(scope: Construct, needed: Iterable[IDependable]) -> list[IDependable]:
    """What can be made before the state machines of the scope's stack. Asked when the template is made.

    Args:
        scope: in the stack.
        needed: what the jobs need: roles, policies of roles and buckets, and others.
    """
    circles = _Circles(Stack.of(scope))
    return [part for one in needed for part in circles.parts(one)]


class _Circles:
    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._known: dict[str, str] | None = None

    def parts(self, needed: IDependable) -> Iterator[IDependable]:
        """It, or those of its parts that come before every machine."""
        if isinstance(needed, _Policy):
            if self._comes_first(needed):
                yield needed
        elif isinstance(needed, (iam.Role, iam.LazyRole)):
            yield from self._parts_of_role(cast("Construct", needed))
        else:
            yield needed

    def _parts_of_role(self, role: Construct) -> Iterator[IDependable]:
        children = role.node.children
        kept = [part for child in children for part in self.parts(child)]
        # As a whole, where nothing is left out: what is added to it later belongs to it, too.
        is_whole = len(kept) == len(children) and all(map(is_, kept, children))
        yield from [role] if is_whole else kept

    def _comes_first(self, policy: _Policy) -> bool:
        named = _named_in(self._stack.resolve(policy.document))
        return all(self._holds_data(name) for name in set(named))

    def _holds_data(self, name: str) -> bool:
        kind = self._kinds().get(name.partition(".")[0])
        return kind is None or kind.startswith(_HOLDS_DATA)

    def _kinds(self) -> dict[str, str]:
        """The types of the stack's resources; parameters and the like have none."""
        if self._known is None:
            found = [node for node in self._stack.node.find_all() if isinstance(node, CfnResource)]
            names = self._stack.resolve([node.logical_id for node in found])
            self._known = dict(zip(names, (node.cfn_resource_type for node in found), strict=True))
        return self._known


def _named_in(document: Any) -> Iterator[str]:
    """What a resolved document refers to, by name."""
    if isinstance(document, list):
        for item in document:
            yield from _named_in(item)
    elif isinstance(document, dict):
        yield from filter(None, references(document))
        yield from _named_in([*document.values()])
