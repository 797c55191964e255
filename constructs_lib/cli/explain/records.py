"""What the library noted at synthesis: who asked for which permission, and because of which field."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from constructs_lib.cli.explain.identities import Identities, Identity
from constructs_lib.cli.explain.names import Names
from constructs_lib.cli.explain.places import placed
from constructs_lib.cli.explain.stacks import mapping
from constructs_lib.cli.explain.statements import Conditions, conditions_of, principal_texts
from constructs_lib.cli.inputs import Inputs
from constructs_lib.cli.reading import UnusableInputError
from constructs_lib.cli.templates import Template

__all__ = ["METADATA_KEY", "VERSION", "Asked", "Noted", "asked", "noted"]

METADATA_KEY = "constructs-lib:permissions"
VERSION = 1
_TOKEN = re.compile(r"\$\{:(\d{1,6})\}")


@dataclass(frozen=True)
class Noted:
    """One permission that somebody asked for.

    Attributes:
        stack: the display name of the stack that notes it.
        by: the path of the construct that asked.
        purpose: what the role is there for.
        reason: the field it follows from, and what for.
        actions: what is allowed.
        resources: on what; None for whatever the statement names.
        conditions: on which condition.
        sid: the id of the statement that this is the whole reason for; empty else.
        effect: of the statement: ``Allow`` or ``Deny``.
        principals: who, in a policy of a resource.
        role: the role, where it is known.
        state: the state whose machine's role is meant.
        below: the path of the construct whose resources' policies are meant.
    """

    stack: str
    by: str
    purpose: str
    reason: str
    actions: tuple[str, ...]
    resources: tuple[str, ...] | None
    conditions: Conditions
    sid: str
    effect: str
    principals: tuple[str, ...]
    role: Identity | None
    state: str | None
    below: str | None


class Asked(NamedTuple):
    """An entry of a record, as it is written.

    Attributes:
        by: who asked, and for whom.
        permission: for what.
    """

    by: dict[str, Any]
    permission: dict[str, Any]

    @property
    def role(self) -> object:
        """The ARN of the role; None where it is not one role."""
        return self.by.get("role")


def asked(template: Template, inputs: Inputs) -> Iterator[Asked]:
    """What the record of one template's stack has.

    Args:
        template: of the stack.
        inputs: where a record that cannot be used is told.
    """
    for path, record in template.metadata.data(METADATA_KEY):
        # The stack's own entry, or a nested stack's: all of them are in the outermost one's metadata.
        if _is_of(path.strip("/"), template):
            try:
                yield from _entries(record)
            except UnusableInputError as error:
                inputs.refuse(template.source.name, error)


def _is_of(path: str, template: Template) -> bool:
    if template.nested_path:
        return path == template.nested_path
    return path == template.stack or not path.startswith(f"{template.stack}/")


def _entries(record: object) -> Iterator[Asked]:
    if not isinstance(record, dict) or not isinstance(record.get("version"), int):
        raise UnusableInputError("the record of its permissions is damaged: synthesize the app again")
    if record["version"] != VERSION:
        raise UnusableInputError(
            f"the record of its permissions has form {record['version']}, and this command reads form "
            f"{VERSION}: use the constructs-lib that the app was synthesized with"
        )
    filled = mapping(_filled(record, record.get("tokens")))
    permissions, entries = filled.get("permissions"), filled.get("asked")
    if not isinstance(permissions, list) or not isinstance(entries, list):
        raise UnusableInputError("the record of its permissions is damaged: synthesize the app again")
    for one in map(mapping, entries):
        numbers = one.get("permissions")
        for number in numbers if isinstance(numbers, list) else ():
            if isinstance(number, int) and 0 <= number < len(permissions):
                yield Asked(one, mapping(permissions[number]))


def _filled(value: Any, tokens: object) -> Any:
    """A part of a record with what CDK has made of its tokens, which it numbers."""
    if isinstance(value, dict):
        return {key: item if key == "tokens" else _filled(item, tokens) for key, item in value.items()}
    if isinstance(value, list):
        filled = [_filled(item, tokens) for item in value]
        # A token of a list is the only item of one.
        return filled[0] if len(filled) == 1 and isinstance(filled[0], list) else filled
    if not isinstance(value, str) or "${:" not in value:
        return value
    first, *rest = _TOKEN.split(value)
    known = tokens if isinstance(tokens, list) else []
    parts: list[object] = [first]
    for number, after in zip(rest[::2], rest[1::2], strict=True):
        parts += [known[int(number)] if int(number) < len(known) else "", after]
    whole = [part for part in parts if part != ""]
    return whole[0] if len(whole) == 1 else {"Fn::Join": ["", whole]}


def noted(names: Names, identities: Identities, template: Template, entry: Asked) -> Noted:
    """An entry with its values as texts.

    Args:
        names: say what the values are.
        identities: say which roles are meant.
        template: of the stack that notes it.
        entry: it.
    """
    by, given = entry
    state, below = by.get("state"), by.get("below")
    principals = principal_texts(names.texts(template, given.get("principals")))
    return Noted(
        stack=template.stack,
        by=str(by.get("by", "")),
        purpose=str(by.get("purpose", "")),
        reason=names.text(template, given.get("reason", "")),
        actions=names.texts(template, given.get("actions")),
        resources=names.texts(template, given["resources"]) if "resources" in given else None,
        conditions=conditions_of(names, template, given.get("conditions")),
        sid=str(given.get("sid", "")),
        effect=str(given.get("effect", "Allow")),
        principals=tuple(placed(template, one) for one in principals),
        role=identities.by_arn(template, entry.role) if "role" in by else None,
        state=state if isinstance(state, str) else None,
        below=below if isinstance(below, str) else None,
    )
