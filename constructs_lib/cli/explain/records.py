"""What the library noted at synthesis: who asked for which permission, and because of which field."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from constructs_lib.cli.explain.holders import role_name
from constructs_lib.cli.explain.names import Names, Target
from constructs_lib.cli.explain.stacks import mapping
from constructs_lib.cli.explain.statements import Conditions, conditions_of
from constructs_lib.cli.inputs import Inputs
from constructs_lib.cli.reading import UnusableInputError
from constructs_lib.cli.templates import Template

__all__ = ["METADATA_KEY", "VERSION", "Noted", "noted"]

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
        role: the role, where it is known: of a stack, or by its name.
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
    role: Target | None
    state: str | None
    below: str | None


def noted(names: Names, template: Template, inputs: Inputs) -> Iterator[Noted]:
    """What is noted of one template's stack.

    Args:
        names: say what the values are.
        template: of the stack.
        inputs: where a record that cannot be used is told.
    """
    for path, record in template.metadata.data(METADATA_KEY):
        # The stack's own entry, or a nested stack's: all of them are in the outermost one's metadata.
        if _is_of(path.strip("/"), template):
            try:
                yield from _entries(names, template, record)
            except UnusableInputError as error:
                inputs.refuse(template.source.name, error)


def _is_of(path: str, template: Template) -> bool:
    if template.nested_path:
        return path == template.nested_path
    return path == template.stack or not path.startswith(f"{template.stack}/")


def _entries(names: Names, template: Template, record: object) -> Iterator[Noted]:
    if not isinstance(record, dict) or not isinstance(record.get("version"), int):
        raise UnusableInputError("the record of its permissions is damaged: synthesize the app again")
    if record["version"] != VERSION:
        raise UnusableInputError(
            f"the record of its permissions has form {record['version']}, and this command reads form "
            f"{VERSION}: use the constructs-lib that the app was synthesized with"
        )
    filled = mapping(_filled(record, record.get("tokens")))
    permissions, asked = filled.get("permissions"), filled.get("asked")
    if not isinstance(permissions, list) or not isinstance(asked, list):
        raise UnusableInputError("the record of its permissions is damaged: synthesize the app again")
    for one in map(mapping, asked):
        numbers = one.get("permissions")
        for number in numbers if isinstance(numbers, list) else ():
            if isinstance(number, int) and 0 <= number < len(permissions):
                yield _noted(names, template, one, mapping(permissions[number]))


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


def _noted(names: Names, template: Template, asked: dict[str, object], given: dict[str, object]) -> Noted:
    state, below = asked.get("state"), asked.get("below")
    return Noted(
        stack=template.stack,
        by=str(asked.get("by", "")),
        purpose=str(asked.get("purpose", "")),
        reason=names.text(template, given.get("reason", "")),
        actions=names.texts(template, given.get("actions")),
        resources=names.texts(template, given["resources"]) if "resources" in given else None,
        conditions=conditions_of(names, template, given.get("conditions")),
        sid=str(given.get("sid", "")),
        role=_role(names, template, asked["role"]) if "role" in asked else None,
        state=state if isinstance(state, str) else None,
        below=below if isinstance(below, str) else None,
    )


def _role(names: Names, template: Template, arn: object) -> Target:
    return names.target(template, arn) or Target("", role_name(names.text(template, arn)))
