"""Statements and what was noted: which field is the reason for which part of a statement.

A policy may say in one statement what several fields asked for, because CDK and the library merge what can be
merged. So a statement is taken apart into what it allows: an action on a resource and, where key prefixes are
its condition, with a prefix. What nothing was noted for is the app's own, and is shown as that.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import product
from typing import TypeAlias

from constructs_lib.cli.explain.holders import Holder
from constructs_lib.cli.explain.places import placed
from constructs_lib.cli.explain.records import Noted
from constructs_lib.cli.explain.statements import PREFIX, Conditions, Statement
from constructs_lib.cli.templates import Template

__all__ = ["Row", "rows"]

_MOST_PARTS = 100_000
Part: TypeAlias = "tuple[str, str, str]"
"""Action, resource (or empty) and key prefix (or empty)."""


@dataclass
class Row:
    """What one or several fields are the reason for; or what none is.

    Attributes:
        effect: ``Allow`` or ``Deny``.
        actions: the actions.
        resources: on what.
        conditions: on which condition.
        principals: who, in a policy of a resource.
        reasons: the constructs that asked for it, each with its field; empty for the app's own.
    """

    effect: str
    actions: tuple[str, ...]
    resources: tuple[str, ...] = ()
    conditions: Conditions = field(default_factory=dict)
    principals: tuple[str, ...] = ()
    reasons: tuple[tuple[str, str], ...] = ()


def rows(holder: Holder, candidates: Iterable[Noted]) -> list[Row]:
    """What a role or a resource's policy allows, in the order of its statements.

    Args:
        holder: the role or resource.
        candidates: what was noted for it.
    """
    known = [*candidates]
    found = [
        row
        for template, whole in holder.statements
        for statement in _by_principals(template, whole, known)
        for row in _explained(statement, [one for one in known if _is_about(template, statement, one)])
    ]
    managed = [Row("Allow", ("(a managed policy)",), (arn,)) for arn in holder.managed]
    return [*_joined(found), *managed]


def _by_principals(template: Template, whole: Statement, known: Iterable[Noted]) -> Iterator[Statement]:
    """A statement, which CDK may have put together of several that name others, by whom the library names."""
    noted = {name for one in known for name in one.principals}
    ours = [name for name in whole.principals if placed(template, name) in noted]
    rest = tuple(name for name in whole.principals if name not in ours)
    yield from (replace(whole, principals=(name,)) for name in ours)
    if rest or not ours:
        yield replace(whole, principals=rest)


def _is_about(template: Template, statement: Statement, one: Noted) -> bool:
    """Whether a statement and a permission allow the same ones, or deny it them."""
    who = {placed(template, name) for name in statement.principals}
    return statement.effect == one.effect and who == {*one.principals}


def _explained(statement: Statement, candidates: list[Noted]) -> Iterator[Row]:
    whole = _whole(statement)
    if math.prod(map(len, whole)) > _MOST_PARTS:  # no policy of IAM's is that long
        yield _row(statement, whole, ())
        return
    left = dict.fromkeys(product(*whole))
    for one in candidates:
        parts = _common(statement, one)
        if parts is not None:
            yield _row(statement, parts, ((one.by, one.reason),))
            for part in product(*parts):
                left.pop(part, None)
    yield from (_row(statement, parts, ()) for parts in _boxes(left))


_Parts: TypeAlias = "tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]"


def _whole(statement: Statement) -> _Parts:
    return statement.actions, statement.resources or ("",), statement.prefixes or ("",)


def _common(statement: Statement, one: Noted) -> _Parts | None:
    """What a statement and a permission both say: actions, resources and prefixes; None for nothing."""
    whole = _whole(statement)
    if one.sid or (statement.sid and one.below):
        is_same = one.sid == statement.sid and {*one.actions} == {*statement.actions}
        return whole if is_same else None
    prefixes, asked = whole[2], Statement("Allow", (), conditions=one.conditions).prefixes
    if asked and statement.prefixes:
        prefixes = _both(statement.prefixes, asked)
    elif not _is_any(one) and not _is_under(statement, one):
        return None
    resources = whole[1] if one.resources is None else _both(whole[1], one.resources)
    parts = _both(statement.actions, one.actions), resources, prefixes
    return parts if all(parts) else None


def _is_any(one: Noted) -> bool:
    """Whether it is noted for actions alone, whatever their resources and conditions."""
    return one.resources is None and not one.conditions


def _is_under(statement: Statement, one: Noted) -> bool:
    """Whether the conditions are the same; in a resource's policy, ``*`` is noted for any value."""
    given, asked = _sorted(statement.conditions), _sorted(one.conditions)
    for operator, keys in asked.items() if one.below is not None else ():
        for key, values in keys.items():
            keys[key] = given.get(operator, {}).get(key, values) if values == ["*"] else values
    return given == asked


def _both(first: Iterable[str], second: Iterable[str]) -> tuple[str, ...]:
    known = {*second}
    return tuple(one for one in first if one in known)


def _sorted(conditions: Conditions) -> dict[str, dict[str, list[str]]]:
    return {
        operator: {key: sorted(values) for key, values in keys.items()}
        for operator, keys in conditions.items()
    }


def _boxes(parts: Iterable[Part]) -> Iterator[_Parts]:
    """Parts put together again, as few as will do: resources that have the same actions, and so on."""
    actions: dict[tuple[str, str], list[str]] = {}
    for action, resource, prefix in parts:
        actions.setdefault((resource, prefix), []).append(action)
    resources: dict[tuple[tuple[str, ...], str], list[str]] = {}
    for (resource, prefix), found in actions.items():
        resources.setdefault((tuple(found), prefix), []).append(resource)
    prefixes: dict[tuple[tuple[str, ...], tuple[str, ...]], list[str]] = {}
    for (found_actions, prefix), listed in resources.items():
        prefixes.setdefault((found_actions, tuple(listed)), []).append(prefix)
    for (one, other), last in prefixes.items():
        yield one, other, tuple(last)


def _row(statement: Statement, parts: _Parts, reasons: tuple[tuple[str, str], ...]) -> Row:
    actions, resources, prefixes = parts
    conditions = {"StringLike": {PREFIX: prefixes}} if statement.prefixes else statement.conditions
    return Row(
        effect=statement.effect,
        actions=actions,
        resources=tuple(one for one in resources if one),
        conditions=conditions,
        principals=statement.principals,
        reasons=reasons,
    )


def _joined(found: Iterable[Row]) -> list[Row]:
    """Rows that say the same with all their reasons, each once."""
    joined: dict[str, Row] = {}
    for row in found:
        key = repr((row.effect, row.actions, row.resources, row.conditions, row.principals, not row.reasons))
        if key in joined:
            known = joined[key]
            known.reasons = _shortest((*known.reasons, *row.reasons))
        else:
            joined[key] = row
    return [*joined.values()]


def _shortest(reasons: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Without those that a role notes for its runner, which notes them too."""
    known = [*dict.fromkeys(reasons)]
    return tuple(
        (by, reason)
        for by, reason in known
        if not any(reason == other and by.startswith(f"{around}/") for around, other in known)
    )
