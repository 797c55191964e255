"""Statements of policies, with every value as text."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from constructs_lib.cli.explain.names import Names, branches
from constructs_lib.cli.explain.stacks import mapping
from constructs_lib.cli.templates import Template

__all__ = ["Conditions", "Statement", "conditions_of", "listed", "principal_texts", "statements"]

Conditions = Mapping[str, Mapping[str, "tuple[str, ...]"]]
"""A condition block: the values by operator and key."""
PREFIX = "s3:prefix"


@dataclass(frozen=True)
class Statement:
    """One statement of a policy.

    Attributes:
        effect: ``Allow`` or ``Deny``.
        actions: the actions; for ``NotAction`` one text that says so.
        resources: the ARNs; empty where a policy needs none; for ``NotResource`` one text that says so.
        principals: who may, in a policy of a resource; empty in a role's.
        conditions: on which condition.
        sid: the statement's id, or empty.
    """

    effect: str
    actions: tuple[str, ...]
    resources: tuple[str, ...] = ()
    principals: tuple[str, ...] = ()
    conditions: Conditions = field(default_factory=dict)
    sid: str = ""

    @property
    def prefixes(self) -> tuple[str, ...]:
        """The key prefixes that are its only condition: of several permissions they are together in one."""
        like = self.conditions.get("StringLike", {})
        return like.get(PREFIX, ()) if len(self.conditions) == 1 and [*like] == [PREFIX] else ()


def statements(names: Names, template: Template, document: object) -> Iterator[Statement]:
    """The statements of a policy's document, in its order; what is none is left out.

    Args:
        names: say what the values are.
        template: has the document.
        document: the policy.
    """
    for variant in branches(document):
        for one in listed(mapping(_parsed(variant)).get("Statement")):
            if isinstance(one, dict) and ("Action" in one or "NotAction" in one):
                yield _statement(names, template, one)


def listed(value: object) -> Iterator[object]:
    """The items of a list, or a value that is none; of what depends on a condition, each that it may be.

    Args:
        value: a property.
    """
    for variant in branches(value) if value is not None else ():
        for item in variant if isinstance(variant, list) else [variant]:
            yield from branches(item)


def _parsed(document: object) -> object:
    """Some resources have their policy as a text."""
    try:
        return json.loads(document) if isinstance(document, str) else document
    except (ValueError, RecursionError):
        return None


def _statement(names: Names, template: Template, given: Mapping[str, object]) -> Statement:
    def texts(member: str) -> tuple[str, ...]:
        negative = f"Not{member}"
        if negative not in given:
            return names.texts(template, given.get(member))
        return (f"everything but {', '.join(names.texts(template, given[negative]))}",)

    return Statement(
        effect=str(given.get("Effect", "Allow")),
        actions=texts("Action"),
        resources=texts("Resource"),
        principals=_principals(names, template, given),
        conditions=conditions_of(names, template, given.get("Condition")),
        sid=str(given.get("Sid", "")),
    )


def _principals(names: Names, template: Template, given: Mapping[str, object]) -> tuple[str, ...]:
    found: list[str] = []
    for member, before in (("Principal", ""), ("NotPrincipal", "everybody but ")):
        principal = given.get(member)
        if isinstance(principal, dict) and not _is_function(principal):
            for value in principal.values():
                found += [f"{before}{text}" for text in names.texts(template, value)]
        elif principal is not None:
            found += [f"{before}{text}" for text in names.texts(template, principal)]
    return principal_texts(found)


def principal_texts(found: Iterable[str]) -> tuple[str, ...]:
    """Principals as they are shown, each once: everybody is ``anybody``.

    Args:
        found: as a policy writes them.
    """
    return tuple(dict.fromkeys("anybody" if text == "*" else text for text in found))


def _is_function(value: Mapping[str, object]) -> bool:
    return len(value) == 1 and next(iter(value)).startswith(("Fn::", "Ref"))


def conditions_of(names: Names, template: Template, block: object) -> Conditions:
    """A condition block with its values as texts.

    Args:
        names: say what the values are.
        template: has the block.
        block: as a statement has it.
    """
    return {
        operator: {key: names.texts(template, value) for key, value in keys.items()}
        for operator, keys in mapping(block).items()
        if isinstance(keys, dict)
    }
