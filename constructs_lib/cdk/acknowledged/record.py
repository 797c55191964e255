"""What is acknowledged in one app: collected while it is made, written when its templates are."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple, TypeAlias, cast

from aws_cdk import CfnResource, Stack
from aws_cdk import aws_iam as iam
from constructs import Construct

from constructs_lib.cdk.acknowledged.packs import qualified
from constructs_lib.cdk.acknowledged.wildcards import Allowed, is_ours_alone, wildcards
from constructs_lib.cdk.permissions import Permission
from constructs_lib.cdk.whereabouts import path_of, stack_of

__all__ = ["Acknowledgements", "Granted", "Rights", "in_policies"]

METADATA = "aws:cdk:acknowledged-rules"
CDK_NAG = "cdk_nag"
WILDCARDS = "IAM5"

Rights: TypeAlias = "Permission | iam.PolicyStatement"
Found: TypeAlias = "tuple[Construct, Mapping[str, str]]"


class Granted(NamedTuple):
    """A policy, and what this library put into it.

    Attributes:
        policy: the policy, or its resource.
        rights: what is ours in it; read when the template is written, so it may grow.
        alone: rules that are acknowledged too, if there is nothing else in it.
    """

    policy: Construct
    rights: Sequence[Rights]
    alone: Mapping[str, str] = MappingProxyType({})


class Acknowledgements:
    """Those of one app.

    Attributes:
        states: by stack and name of a task, what the role of its state machine is allowed for it.
    """

    def __init__(self) -> None:
        self._rules: list[Found] = []
        self._granted: list[Granted] = []
        self._late: list[Callable[[], Iterable[Granted | Found]]] = []
        self._written: dict[str, set[str]] = {}
        self.states: dict[Stack, dict[str, list[Permission]]] = {}

    def add_rules(self, construct: Construct, rules: Mapping[str, str]) -> None:
        """Acknowledge rules on a construct's own resource, by their name without a pack's."""
        self._rules.append((construct, dict(rules)))

    def add_policy(self, granted: Granted) -> None:
        """Acknowledge the wildcards of rights in a policy."""
        self._granted.append(granted)

    def add_state(self, scope: Construct, task: str, permissions: Iterable[Permission]) -> None:
        """Take up what the role of whichever machine of the scope's stack has a task is allowed for it."""
        states = self.states.setdefault(stack_of(scope), {})
        states.setdefault(task, []).extend(permissions)

    def add_late(self, find: Callable[[], Iterable[Granted | Found]]) -> None:
        """Ask for more when the templates are written."""
        self._late.append(find)

    def write(self) -> None:
        """Write the metadata. Core reads it when all plugins have run, whichever was registered first.

        A validation plugin of cdk-nag's, from whatever package, is there only if this process has its module.
        """
        if CDK_NAG not in sys.modules:
            return
        granted, rules = list(self._granted), list(self._rules)
        for found in (one for find in self._late for one in find()):
            if isinstance(found, Granted):
                granted.append(found)
            else:
                rules.append(found)
        for construct, named in rules:
            self._write(_resource(construct), qualified(named))
        for resource, found_rules in in_policies(granted):
            self._write(resource, qualified(found_rules))

    def _write(self, construct: Construct, ids: Mapping[str, str]) -> None:
        node = construct.node
        known = self._written.setdefault(node.path, set())
        new = {id: reason for id, reason in ids.items() if id not in known}
        if new:
            known |= new.keys()
            node.add_metadata(METADATA, new)


def _resource(construct: Construct) -> Construct:
    """The narrowest that a finding can be about."""
    if isinstance(construct, CfnResource):
        return construct
    return cast("Construct", construct.node.default_child or construct)


def in_policies(granted: Iterable[Granted]) -> Iterator[Found]:
    """The rules of policies' resources, by stack: two questions to CDK for all of a stack's."""
    stacks: dict[Stack, list[Granted]] = {}
    for one in _by_policy(granted):
        stacks.setdefault(stack_of(one.policy), []).append(one)
    for stack, policies in stacks.items():
        documents = _resolved(stack, [cast("Any", one.policy).policy_document for one in policies])
        allowed = _allowed(stack, [one.rights for one in policies])
        for one, document, ours in zip(policies, documents, allowed, strict=True):
            yield one.policy, _rules(document or {}, ours, one.alone)


def _by_policy(granted: Iterable[Granted]) -> Iterable[Granted]:
    """All that is ours in each policy's resource: CDK makes one statement of what several jobs need."""
    found: dict[str, Granted] = {}
    for one in granted:
        resource = _resource(one.policy)
        known = found.get(path_of(resource), Granted(resource, ()))
        rights, alone = [*known.rights, *one.rights], {**known.alone, **one.alone}
        found[path_of(resource)] = Granted(resource, rights, alone)
    return found.values()


def _rules(document: Mapping[str, Any], ours: Allowed, alone: Mapping[str, str]) -> dict[str, str]:
    found = {f"{WILDCARDS}[{id}]": reason for id, reason in wildcards(document, ours).items()}
    return {**found, **(alone if alone and is_ours_alone(document, ours) else {})}


def _resolved(stack: Stack, values: Iterable[Any]) -> list[Any]:
    """Values in the words of a stack's template, in one step; None for what comes to nothing."""
    asked = {str(number): value for number, value in enumerate(values)}
    # A list would lose what comes to nothing, and all after it would be another's.
    found = stack.resolve(asked)
    return [found.get(number) for number in asked]


def _allowed(stack: Stack, granted: Iterable[Sequence[Rights]]) -> list[Allowed]:
    """What is ours, in the words of the template; each text is resolved once."""
    read = [[_permission(right) for right in rights] for rights in granted]
    every = [found for permissions in read for found in permissions]
    texts = {repr(text): text for found in every for text in found.resources}
    blocks = {repr(found.conditions): found.conditions for found in every}
    # Each in a list of its own, for a token may be one.
    resources = _resolved(stack, ([text] for text in texts.values()))
    conditions = _resolved(stack, map(_plain, blocks.values()))
    by_text = dict(zip(texts, resources, strict=True))
    by_block = dict(zip(blocks, conditions, strict=True))
    return [_allowed_by(permissions, by_text, by_block) for permissions in read]


def _allowed_by(
    permissions: Iterable[Permission], by_text: Mapping[str, Any], by_block: Mapping[str, Any]
) -> Allowed:
    allowed = Allowed()
    for found in permissions:
        resources = [resource for text in found.resources for resource in by_text[repr(text)] or ()]
        allowed.add(found.reason, found.actions, resources, by_block[repr(found.conditions)])
    return allowed


def _permission(right: Rights) -> Permission:
    """A right as a permission; a statement's id says what it is for."""
    if isinstance(right, Permission):
        return right
    known = getattr(right, "permission", None)
    if isinstance(known, Permission):
        return known
    statement = right.to_statement_json()
    return Permission(
        str(statement.get("Sid", "")),
        tuple(_listed(statement["Action"])),
        tuple(_listed(statement["Resource"])),
        statement.get("Condition", {}),
    )


def _listed(value: Any) -> list[str]:
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _plain(block: Any) -> Any:
    return {key: dict(value) for key, value in block.items()} if isinstance(block, Mapping) else block
