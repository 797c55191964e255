"""Why each thing is allowed: a record beside the templates, from which ``constructs-lib explain`` reads.

It is one entry in the metadata of each stack, written when the templates are: a template says nothing of it.
Nothing is asked of CDK for a single permission; all of a stack's are resolved in one step.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast
from weakref import WeakKeyDictionary, ref

import jsii
from aws_cdk import IAnyProducer, IResolveContext, Lazy, Stack
from aws_cdk import aws_iam as iam
from constructs import Construct

from constructs_lib.cdk.permissions import Permission
from constructs_lib.cdk.whereabouts import arn_of, path_of, stack_of

__all__ = [
    "METADATA_KEY",
    "VERSION",
    "ResourcePermission",
    "explain_machine",
    "explain_resource",
    "explain_role",
]

METADATA_KEY = "constructs-lib:permissions"
VERSION = 1
"""Of the form of the record: another number for what an older command would read wrongly."""
_TOKEN = re.compile(r"[$#]\{Token\[[^\]]*\]\}")
_PSEUDO = re.compile(r"\$\{Token\[AWS(?:\.|::)([A-Za-z]+)\.\d+\]\}")


@dataclass(frozen=True)
class ResourcePermission(Permission):
    """What a statement in the policy of a resource says, and why: also whom it is about.

    Attributes:
        effect: ``Allow`` or ``Deny``.
        principals: who, as the policy writes it; ``*`` is anybody.
        sid: the statement's id; without one it is known by what it says.
    """

    effect: str = "Allow"
    principals: tuple[str, ...] = ("*",)
    sid: str = ""


def explain_role(by: Construct, role: iam.IRole, permissions: Iterable[Permission], purpose: str) -> None:
    """Note what a role is allowed.

    Args:
        by: what needs it: a runner, or a part of the library that serves several.
        role: the role.
        permissions: what it is allowed; no resources stand for whichever the statement names.
        purpose: what the role is there for, such as ``execution role``.
    """
    _Record.of(by).add(_Asked(path_of(by), purpose, role=arn_of(role)), permissions)


def explain_machine(by: Construct, permissions: Iterable[Permission], state: str) -> None:
    """Note what the role of whichever state machine has a state is allowed because of it.

    Args:
        by: the task, or the sweep.
        permissions: as `explain_role` takes them.
        state: the state's name.
    """
    _Record.of(by).add(_Asked(path_of(by), "state machine", state=state), permissions)


def explain_resource(owner: Construct, permissions: Iterable[ResourcePermission]) -> None:
    """Note what the policies of resources in a construct say: of buckets, keys, endpoints, functions.

    Args:
        owner: has the resources below it.
        permissions: what they say. No resources stand for whichever the statement names, and ``*`` as the
            value of a condition for whichever it gives.
    """
    path = path_of(owner)
    _Record.of(owner).add(_Asked(path, "resource policy", below=path), permissions)


@dataclass(frozen=True)
class _Asked:
    """By whom, and for whom."""

    by: str
    purpose: str
    role: str | None = None
    state: str | None = None
    below: str | None = None

    def content(self, numbers: Iterable[int]) -> dict[str, Any]:
        members = {"role": self.role, "state": self.state, "below": self.below}
        given = {name: value for name, value in members.items() if value is not None}
        return {"by": self.by, "purpose": self.purpose, **given, "permissions": [*numbers]}


@dataclass
class _Record:
    """What is noted of one stack; equal permissions are in it once."""

    permissions: list[dict[str, Any]] = field(default_factory=list)
    numbers: dict[str, int] = field(default_factory=dict)
    asked: dict[_Asked, dict[int, None]] = field(default_factory=dict)

    @classmethod
    def of(cls, scope: Construct) -> _Record:
        stack = stack_of(scope)
        found = _records.get(stack)
        if found is None:
            found = _records[stack] = cls()
            late = Lazy.uncached_any(cast("IAnyProducer", _Content(found, stack)))
            stack.node.add_metadata(METADATA_KEY, late)
        return found

    def add(self, asked: _Asked, permissions: Iterable[Permission]) -> None:
        """Note these once."""
        numbers = self.asked.setdefault(asked, {})
        for permission in permissions:
            key = repr(permission)
            if key not in self.numbers:
                self._keep(key, _permission(permission))
            numbers[self.numbers[key]] = None

    def _keep(self, key: str, written: dict[str, Any]) -> None:
        self.numbers[key] = len(self.permissions)
        self.permissions.append(written)

    def content(self) -> dict[str, Any]:
        tokens: dict[str, int] = {}
        asked = [asked.content(numbers) for asked, numbers in self.asked.items()]
        written = {"permissions": self.permissions, "asked": asked}
        return {"version": VERSION, **_without_tokens(written, tokens), "tokens": [*map(_whole, tokens)]}


def _permission(found: Permission) -> dict[str, Any]:
    written: dict[str, Any] = {"reason": found.reason, "actions": _list(found.actions)}
    written |= {"resources": _list(found.resources)} if found.resources else {}
    written |= {"conditions": found.conditions} if found.conditions else {}
    if isinstance(found, ResourcePermission):
        written |= {"effect": found.effect, "principals": _list(found.principals)}
        written |= {"sid": found.sid} if found.sid else {}
    return written


def _list(texts: Sequence[str]) -> list[str] | str:
    return texts[0] if len(texts) == 1 else [*texts]


def _without_tokens(value: Any, tokens: dict[str, int]) -> Any:
    """A value with ``${:<number>}`` for each token in its texts, and pseudo parameters by their names.

    So CDK resolves each token once, however many texts it is in.
    """
    if isinstance(value, str):
        return _TOKEN.sub(lambda found: _numbered(found[0], tokens), value) if "Token[" in value else value
    if isinstance(value, Mapping):
        return {key: _without_tokens(item, tokens) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_tokens(item, tokens) for item in value]
    return value


def _numbered(token: str, tokens: dict[str, int]) -> str:
    pseudo = _PSEUDO.fullmatch(token)
    if pseudo is not None:
        return f"${{AWS::{pseudo[1]}}}"
    return f"${{:{tokens.setdefault(token, len(tokens))}}}"


def _whole(token: str) -> str | list[str]:
    """A token as CDK resolves it: that of a list stands in one."""
    return [token] if token.startswith("#") else token


@jsii.implements(IAnyProducer)
class _Content:
    """The record when it is written: as the stack itself sees what it refers to, also where it is nested."""

    def __init__(self, record: _Record, stack: Stack) -> None:
        self._record, self._stack = record, ref(stack)

    def produce(self, context: IResolveContext) -> Any:  # noqa: ARG002
        """The record; called by CDK."""
        stack = self._stack()
        content = self._record.content()
        # Metadata of a nested stack is written with the outermost one's, which sees other references.
        is_nested = stack is not None and stack.nested_stack_parent is not None
        return stack.resolve(content) if stack is not None and is_nested else content


_records: WeakKeyDictionary[Stack, _Record] = WeakKeyDictionary()
