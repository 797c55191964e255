"""The execution roles of a stack's workflow jobs, as the stack's resource names them.

Only roles that a deployment of this stack can delete: made by the app, in the stack or one that is deployed
with it. A role that is imported, or named by the execution, is nobody's here to delete. One that has a
condition is named where it is there.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

import jsii
from aws_cdk import IListProducer, IResolveContext, Lazy, Reference, Token, Tokenization
from aws_cdk import aws_iam as iam
from constructs import Construct

from constructs_lib.cdk.conditions import condition_of, text_only_if
from constructs_lib.cdk.whereabouts import arn_of, outermost, path_of, stack_of
from constructs_lib.cdk.workflows.stack_machines import StackMachines

__all__ = ["JobRoles"]


@jsii.implements(IListProducer)
class JobRoles:
    """The roles' ARNs, in the order of the roles' paths: the order of the tasks changes no template.

    Args:
        scope: a construct of the stack.
    """

    def __init__(self, scope: Construct) -> None:
        self._scope = scope
        self._known: dict[str, tuple[Construct, str]] = {}

    @property
    def arns(self) -> list[str]:
        """A token of those that there are when the template is written; none leaves the property out."""
        return Lazy.uncached_list(cast("IListProducer", self), omit_empty=True)

    def produce(self, context: IResolveContext) -> list[str]:
        """The ARNs, each on its role's condition; called by CDK."""
        ordered = [self._known[path] for path in sorted(self._known)]
        stack = stack_of(self._scope)
        if not StackMachines.of(stack).has_conditions(is_last=context.preparing):
            return [arn for _, arn in ordered]
        return [text_only_if(condition_of(role, stack), arn) for role, arn in ordered]

    def add(self, candidates: Iterable[object], arn: object) -> Construct | None:
        """Add the role of a request.

        Args:
            candidates: what the execution role needs; the role itself may be among it.
            arn: the request's ``RoleArn``, which may be a reference to a role.

        Returns:
            The role, where it is made by the app and is not among the candidates.
        """
        for found in candidates:
            if isinstance(found, (iam.Role, iam.LazyRole)) and arn_of(found) == arn:
                self._note(found, str(arn))
                return None
        role = _referred(arn) if isinstance(arn, str) else None
        if role is not None:
            self._note(role, str(arn))
        return role

    def _note(self, role: Construct, arn: str) -> None:
        # However it is handed on, a role of CDK's is the one around its resource.
        path = path_of(role).removesuffix("/Resource")
        if path in self._known or outermost(role) != outermost(self._scope):
            return
        self._known[path] = (role, arn)


def _referred(arn: str) -> Construct | None:
    """The role's resource that a token refers to, if it does to one."""
    if not Token.is_unresolved(arn):
        return None
    found = Tokenization.reverse(arn, fail_concat=False)
    target = found.target if isinstance(found, Reference) else None
    return target if isinstance(target, iam.CfnRole) else None
