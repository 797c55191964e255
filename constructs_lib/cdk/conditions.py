"""References to resources that have a condition: CloudFormation refuses one to what is not created.

A condition is known in the template that it stands in, and in no other. A resource in a nested stack is there
when the nested stack is, whose condition stands in the template around it. What has a condition inside a
nested stack cannot be told from the template around that.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

import jsii
from aws_cdk import Aws, CfnCondition, CfnResource, Fn, IListProducer, IResolveContext, Lazy, Stack, Token
from aws_cdk import aws_iam as iam
from constructs import Construct, Dependable, IDependable

from constructs_lib.cdk.whereabouts import path_of, stack_of

__all__ = [
    "after",
    "condition_of",
    "hidden_condition",
    "only_if",
    "resource_of",
    "role_names",
    "text_only_if",
]

MADE_AFTER = "constructs-lib:made-after"
"""The member of a resource's metadata that refers to what is made before it, where that is there at all."""


def condition_of(construct: Construct, stack: Stack) -> str | None:
    """The logical id of the condition on which a construct's resource is there, in a stack's own template.

    Args:
        construct: the resource, or what has it as its default child.
        stack: whose template refers to the resource: the resource's own stack, or one around it.
    """
    for resource in _chain(construct, stack):
        condition = _condition(resource)
        if condition is not None and _is_in(resource, stack):
            return condition
    return None


def hidden_condition(construct: Construct, stack: Stack) -> str | None:
    """The path of what has a condition in a nested stack, so that the stack around it cannot know of it."""
    for resource in _chain(construct, stack):
        if not _is_in(resource, stack) and _condition(resource) is not None:
            return path_of(resource)
    return None


def only_if(condition: str | None, value: object, otherwise: object = Aws.NO_VALUE) -> Any:
    """A value where the condition holds, and another where it does not; the value alone without one.

    Args:
        condition: the condition's logical id.
        value: may refer to what is there on this condition only.
        otherwise: left out: nothing, so that a list has one item less.
    """
    return value if condition is None else Fn.condition_if(condition, value, otherwise)


def text_only_if(condition: str | None, text: str, otherwise: str = Aws.NO_VALUE) -> str:
    """The same, as a token of text."""
    return text if condition is None else Token.as_string(only_if(condition, text, otherwise))


def role_names(role: iam.IRole, scope: Construct) -> list[str]:
    """A token of a list with a role's name in it, if the role is there.

    Args:
        role: the role.
        scope: in the stack whose template has the list.
    """
    return Lazy.uncached_list(cast("IListProducer", _RoleNames(role, scope)))


@jsii.implements(IListProducer)
class _RoleNames:
    """Looks when it is asked: a condition may be given until the template is written."""

    def __init__(self, role: iam.IRole, scope: Construct) -> None:
        self._role, self._scope, self._name = role, scope, role.role_name

    def produce(self, context: IResolveContext) -> list[str]:  # noqa: ARG002
        condition = condition_of(cast("Construct", self._role), stack_of(self._scope))
        return [text_only_if(condition, self._name)]


def after(resource: CfnResource, needed: Iterable[IDependable]) -> list[IDependable]:
    """Make a resource after those of the needed that have a condition; the others are left to the caller.

    ``DependsOn`` takes no function of CloudFormation's, and must not name what is not there. A reference in
    the metadata orders as well.
    """
    stack, others, references = stack_of(resource), list[IDependable](), list[object]()
    for one in needed:
        found = [part for part in _resources(one) if _is_in(part, stack)]
        conditions = [_condition(part) for part in found]
        if not any(conditions):
            others.append(one)
            continue
        others += [part for part, condition in zip(found, conditions, strict=True) if condition is None]
        references += [only_if(on, part.ref) for part, on in zip(found, conditions, strict=True) if on]
    if references:
        resource.add_metadata(MADE_AFTER, references)
    return others


def _resources(needed: IDependable) -> list[CfnResource]:
    found = [node for root in Dependable.of(needed).dependency_roots for node in root.node.find_all()]
    return [node for node in found if isinstance(node, CfnResource)]


def _is_in(resource: CfnResource, stack: Stack) -> bool:
    return path_of(stack_of(resource)) == path_of(stack)


def _chain(construct: Construct, stack: Stack) -> list[CfnResource]:
    """The construct's resource, and those of the nested stacks around it, up to a stack."""
    found = [resource] if (resource := resource_of(construct)) is not None else []
    around = stack_of(construct)
    while path_of(around) != path_of(stack) and (nested := around.nested_stack_resource) is not None:
        found.append(nested)
        around = stack_of(nested)
    return found


def resource_of(construct: Construct) -> CfnResource | None:
    """A construct's resource; of a lazy role, that of the role which it made."""
    found: object = construct
    while found is not None and not isinstance(found, CfnResource):
        found = cast("Construct", found).node.default_child
    return found


def _condition(resource: CfnResource) -> str | None:
    condition: CfnCondition | None = resource.cfn_options.condition
    return None if condition is None else condition.logical_id
