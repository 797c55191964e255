"""Where a construct is in its app, asked of CDK once for each construct: every question is a call into jsii.

A construct stays where it was made, so an answer never changes. Other constructs are kept by weak references,
or a stack's own entry would keep it for ever.
"""

from __future__ import annotations

from weakref import WeakKeyDictionary, ref

from aws_cdk import Stack, Stage
from aws_cdk import aws_iam as iam
from constructs import Construct, IConstruct

from constructs_lib.spec.text import is_token

__all__ = [
    "arn_of",
    "child_path",
    "environment_of",
    "outermost",
    "path_of",
    "remember",
    "root_of",
    "stack_of",
    "stage_path_of",
]

_paths: WeakKeyDictionary[IConstruct, str] = WeakKeyDictionary()
_stage_paths: WeakKeyDictionary[IConstruct, str | None] = WeakKeyDictionary()
_environments: WeakKeyDictionary[Stack, tuple[str | None, str | None]] = WeakKeyDictionary()
_stacks: WeakKeyDictionary[IConstruct, ref[Stack]] = WeakKeyDictionary()
_outermost: WeakKeyDictionary[Stack, str] = WeakKeyDictionary()
_role_arns: WeakKeyDictionary[iam.IRole, str] = WeakKeyDictionary()
_roots: WeakKeyDictionary[IConstruct, ref[IConstruct]] = WeakKeyDictionary()


def remember(construct: Construct, scope: Construct, path: str) -> None:
    """Note where a new construct is: at this path, and else where its scope is."""
    _paths[construct] = path
    _stacks[construct] = ref(stack_of(scope))
    _roots[construct] = ref(root_of(scope))
    _stage_paths[construct] = stage_path_of(scope)


def child_path(scope: Construct, id: str) -> str:
    """The path that a child of the scope has."""
    return "/".join(part for part in (path_of(scope), id.replace("/", "--")) if part)


def path_of(construct: Construct) -> str:
    """The construct's path."""
    found = _paths.get(construct)
    if found is None:
        found = _paths[construct] = construct.node.path
    return found


def stack_of(construct: Construct) -> Stack:
    """The construct's stack."""
    kept = _stacks.get(construct)
    found = None if kept is None else kept()
    if found is None:
        found = Stack.of(construct)
        _stacks[construct] = ref(found)
    return found


def outermost(construct: Construct) -> str:
    """The address of the stack that a construct is deployed with, which a nested one is a part of."""
    stack = stack_of(construct)
    if stack not in _outermost:
        around = stack
        while (parent := around.nested_stack_parent) is not None:
            around = parent
        _outermost[stack] = around.node.addr
    return _outermost[stack]


def arn_of(role: iam.IRole) -> str:
    """The role's ARN."""
    found = _role_arns.get(role)
    if found is None:
        found = _role_arns[role] = role.role_arn
    return found


def root_of(construct: Construct) -> IConstruct:
    """The root of the construct's tree."""
    kept = _roots.get(construct)
    found = None if kept is None else kept()
    if found is None:
        found = construct.node.root
        _roots[construct] = ref(found)
    return found


def stage_path_of(construct: Construct) -> str | None:
    """The path of the construct's stage, empty for an app; None where there is none."""
    if construct not in _stage_paths:
        stage = Stage.of(construct)
        _stage_paths[construct] = None if stage is None else stage.node.path
    return _stage_paths[construct]


def environment_of(stack: Stack) -> tuple[str | None, str | None]:
    """The stack's region and account; None for what is known at deployment only."""
    if stack not in _environments:
        region, account = stack.region, stack.account
        _environments[stack] = (None if is_token(region) else region, None if is_token(account) else account)
    return _environments[stack]
