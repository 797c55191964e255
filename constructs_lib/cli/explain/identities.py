"""Which role a name or an ARN stands for: the same one has the same identity wherever it is referred to."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from constructs_lib.cli.explain.names import Names, Target, branches
from constructs_lib.cli.explain.places import placed
from constructs_lib.cli.explain.stacks import mapping, resources
from constructs_lib.cli.templates import Template

__all__ = ["Identities", "Identity"]

_PART = r"\$\{[^{}]*\}|[^:]*"
_ARN = re.compile(rf"arn:(?:{_PART}):iam::({_PART}):role/(.+)", re.DOTALL)
# A name in braces may have slashes of its own.
_PATH = re.compile(r"^(?:(?:\$\{[^{}]*\}|[^/${}])*/)+")
_UNKNOWN = "${AWS::AccountId}"


class Identity(NamedTuple):
    """A role's.

    Attributes:
        stack: the display name of its stack; empty for one that no template has.
        name: its logical id; of one that no template has, its name, or the value that its ARN is.
        account: of one that no template has, where its name is known.
    """

    stack: str
    name: str
    account: str = ""


class Identities:
    """The roles of one folder.

    Args:
        names: say what values are.
        templates: the folder's.
    """

    def __init__(self, names: Names, templates: Iterable[Template]) -> None:
        self._names = names
        self._made: dict[str, list[tuple[str, Target]]] = {}
        self._roles: set[Target] = set()
        self._accounts: dict[str, dict[str, set[str]]] = {}
        for template in templates:
            for logical_id, kind, properties in resources(template):
                if kind == "AWS::IAM::Role":
                    self._add(template, Target(template.stack, logical_id), properties.get("RoleName"))

    def _add(self, template: Template, target: Target, name: object) -> None:
        self._roles.add(target)
        for variant in branches(name) if name is not None else ():
            text = self._names.text(template, variant)
            self._made.setdefault(text, []).append((template.account or _UNKNOWN, target))

    def learn(self, template: Template, arn: object) -> None:
        """Takes note of a role's ARN: where a stack's account is unknown, it says whose a name is."""
        found = _ARN.fullmatch(self._names.text(template, arn))
        account = placed(template, found[1]) if found else _UNKNOWN
        if found and account != _UNKNOWN:
            known = self._accounts.setdefault(_PATH.sub("", found[2]), {})
            known.setdefault(template.stack, set()).add(account)

    def by_arn(self, template: Template, value: object) -> Identity:
        """The role that an ARN stands for."""
        made = self._referred(template, value)
        if made is not None:
            return made
        text = self._names.text(template, value)
        found = _ARN.fullmatch(text)
        if not found:  # a parameter, or what another app exports
            return Identity("", text)
        return self._called(template, _PATH.sub("", found[2]), placed(template, found[1]))

    def by_name(self, template: Template, value: object) -> Identity:
        """The role that a name stands for, or the part of an ARN that is one."""
        made = self._referred(template, value)
        if made is not None:
            return made
        arn = _whole_arn(value)
        if arn is not None:
            return self.by_arn(template, arn)
        return self._called(template, self._names.text(template, value), template.account or _UNKNOWN)

    def _referred(self, template: Template, value: object) -> Identity | None:
        target = self._names.target(template, value)
        return Identity(*target) if target is not None and target in self._roles else None

    def _called(self, template: Template, name: str, account: str) -> Identity:
        if account == _UNKNOWN:
            account = self._likely(template, name)
        made = self._made.get(name, ())
        for candidates in (
            {target for known, target in made if known == account},
            {target for known, target in made if _UNKNOWN in (known, account)},
        ):
            if len(candidates) == 1:
                return Identity(*candidates.pop())
        return Identity("", name, account)

    def _likely(self, template: Template, name: str) -> str:
        """The account that a role of that name is said to be in: by the same stack, or by all others."""
        by_stack = self._accounts.get(name, {})
        said = by_stack.get(template.stack) or {one for found in by_stack.values() for one in found}
        return next(iter(said)) if len(said) == 1 else _UNKNOWN


def _whole_arn(value: object) -> object | None:
    """What CDK takes the name of a role from whose ARN it does not know.

    ``Select(1, Split("/", Select(5, Split(":", <ARN>))))``
    """
    resource = _selected(value, 1, "/")
    return None if resource is None else _selected(resource, 5, ":")


def _selected(value: object, index: int, delimiter: str) -> object | None:
    select = mapping(value).get("Fn::Select")
    if not isinstance(select, list) or len(select) != 2 or str(select[0]) != str(index):
        return None
    split = mapping(select[1]).get("Fn::Split")
    return split[1] if isinstance(split, list) and len(split) == 2 and split[0] == delimiter else None
