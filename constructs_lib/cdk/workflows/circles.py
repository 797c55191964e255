"""What jobs need, without policies that name a state machine of the stack.

State machines are made after the resource that stands for their jobs, and that after what the jobs need. A
policy that names a machine, such as a grant to the code that trains, would close a circle: it is made when
its own references allow, as CDK makes it for any other state.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Protocol, cast, runtime_checkable

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct, IDependable

__all__ = ["without_circles"]

DEFAULT_POLICY = "DefaultPolicy"


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
        self._machines: list[str] | None = None

    def parts(self, needed: IDependable) -> Iterator[IDependable]:
        """It, or those of its parts that name no machine."""
        if isinstance(needed, _Policy):
            if not self._is_named_in(needed):
                yield needed
            return
        default = needed.node.try_find_child(DEFAULT_POLICY) if isinstance(needed, iam.Role) else None
        if isinstance(default, _Policy) and self._is_named_in(default):
            children = cast("Construct", needed).node.children
            yield from (child for child in children if child.node.id != DEFAULT_POLICY)
            return
        yield needed

    def _is_named_in(self, policy: _Policy) -> bool:
        written = json.dumps(self._stack.resolve(policy.document))
        return any(f'"{machine}"' in written for machine in self._ids())

    def _ids(self) -> list[str]:
        if self._machines is None:
            found = (node for node in self._stack.node.find_all() if isinstance(node, sfn.CfnStateMachine))
            self._machines = [str(self._stack.resolve(node.logical_id)) for node in found]
        return self._machines
