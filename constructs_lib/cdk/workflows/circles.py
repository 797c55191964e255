"""What jobs need, without policies through which a state machine of the stack could be reached.

State machines are made after the resource that stands for their jobs, and that after what the jobs need. A
policy that names a machine, or a function that knows one, such as a grant to the code that trains, would
close a circle. Of a role's further policies, and of a bucket's, those come first that name what holds data
alone; any other is made when its own references allow, as CDK makes it for every other state.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from operator import is_
from typing import Protocol, cast

from aws_cdk import CfnResource, Stack
from aws_cdk import aws_iam as iam
from constructs import Construct, IConstruct, IDependable

from constructs_lib.cdk.made_before import HOLDS_DATA
from constructs_lib.cdk.references import named_in
from constructs_lib.cdk.whereabouts import path_of

__all__ = ["without_circles"]

# Names are resolved together, and mostly the first ones are all that is asked for.
ASKED_AT_ONCE = 40


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
    """The stack is walked once: each question about one of its constructs is a call into jsii."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._known: dict[str, CfnResource] = {}

    @cached_property
    def _constructs(self) -> list[IConstruct]:
        return self._stack.node.find_all()

    @cached_property
    def _left(self) -> list[CfnResource]:
        """The resources whose names were not asked for yet; roles and their policies come last."""
        found = [node for node in self._constructs if isinstance(node, CfnResource)]
        return sorted(found, key=lambda node: isinstance(node, (iam.CfnRole, iam.CfnManagedPolicy)))

    @cached_property
    def _scopes(self) -> set[str]:
        """The paths of everything that a policy is in."""
        around: set[str] = set()
        for policy in filter(_has_document, self._constructs):
            path = path_of(cast("Construct", policy))
            around |= {path[:end] for end, letter in enumerate(path) if letter == "/"}
        return around

    def parts(self, needed: IDependable) -> Iterator[IDependable]:
        """It, or those of its parts that come before every machine."""
        if _has_document(needed):
            if self._comes_first(cast("_Policy", needed)):
                yield needed
        elif isinstance(needed, (iam.Role, iam.LazyRole)):
            yield from self._parts_of_role(cast("Construct", needed))
        else:
            yield needed

    def _parts_of_role(self, role: Construct) -> Iterator[IDependable]:
        if not self._may_have_policies(role):
            yield role
            return
        children = role.node.children
        kept = [part for child in children for part in self.parts(child)]
        # As a whole, where nothing is left out: what is added to it later belongs to it, too.
        is_whole = len(kept) == len(children) and all(map(is_, kept, children))
        yield from [role] if is_whole else kept

    def _may_have_policies(self, role: Construct) -> bool:
        path = path_of(role)
        return path in self._scopes or not path.startswith(f"{path_of(self._stack)}/")

    def _comes_first(self, policy: _Policy) -> bool:
        named = named_in(self._stack.resolve(policy.document))
        return all(self._holds_data(name) for name in set(named))

    def _holds_data(self, name: str) -> bool:
        resource = self._resource(name)
        return resource is None or resource.cfn_resource_type.startswith(HOLDS_DATA)

    def _resource(self, name: str) -> CfnResource | None:
        """The stack's resource of a name; parameters and the like are none."""
        while name not in self._known and self._left and "::" not in name:
            asked, self._left[:ASKED_AT_ONCE] = self._left[:ASKED_AT_ONCE], []
            names = self._stack.resolve([node.logical_id for node in asked])
            self._known.update(zip(names, asked, strict=True))
        return self._known.get(name)


def _has_document(one: object) -> bool:
    # Of its type: the document itself would be a call into jsii.
    return hasattr(type(one), "document")
