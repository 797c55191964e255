"""`Rule`: one constraint between members of a request, with its words; and the form its check takes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from constructs_lib.rules.findings import Severity
    from constructs_lib.rules.job import Job

__all__ = ["Check", "Hit", "Hits", "Path", "Rule", "RuleInfo", "rule"]

Path = tuple["str | int", ...]
Hit = tuple[Path, dict[str, object]]
"""Where a rule is violated, and the facts that its message names."""
Hits = Iterable[Hit]
Check = Callable[["Job"], Hits]


@dataclass(frozen=True, eq=False)
class RuleInfo:
    """What a rule's page says.

    Attributes:
        id: its stable name.
        severity: ``error`` or ``warning``.
        fields: the members that it looks at, as AWS paths with ``[]`` for items.
        violated_when: its condition, in words.
        message: what is said of a violation; ``{name}`` stands for a fact of it.
        fix: what to do.
        source: where the constraint comes from.
        verified: False when a refusal by the service was not seen in public.
    """

    id: str
    severity: Severity
    fields: tuple[str, ...]
    violated_when: str
    message: str
    fix: str
    source: str
    verified: bool = True


@dataclass(frozen=True, eq=False, kw_only=True)
class Rule(RuleInfo):
    """A constraint between members of a request.

    Attributes:
        when: the members, of `fields`, whose presence makes the check worth running.
        when_missing: the members whose absence from a structure that is there does.
        doubts: the shapes of which a value that is not harmless (see `rules.harmless`) does.
        needs_place: whether it is about a known region or account.
        check: yields the violations; it may index required members and raise `Undecided`.
    """

    when: tuple[str, ...]
    when_missing: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    needs_place: bool = False
    check: Check


def rule(
    id: str,
    severity: Severity,
    *,
    fields: tuple[str, ...],
    violated_when: str,
    message: str,
    fix: str,
    source: str,
    when: tuple[str, ...] | None = None,
    when_missing: tuple[str, ...] = (),
    doubts: tuple[str, ...] = (),
    needs_place: bool = False,
    verified: bool = True,
) -> Callable[[Check], Rule]:
    """Makes a rule of the check that it decorates.

    Args:
        id: the stable id.
        severity: ``error`` or ``warning``.
        fields: the members that the check looks at, such as ``InputDataConfig[].ShuffleConfig``.
        violated_when: the condition, in words.
        message: the message, with the check's facts in braces.
        fix: what to do.
        source: where the constraint comes from.
        when: the members whose presence starts the check; left out: any of `fields`, unless something else
            starts it.
        when_missing: the members whose absence starts it, where their structure is there.
        doubts: the shapes of which a value that is not harmless starts it.
        needs_place: whether it is skipped while neither region nor account is known.
        verified: False when no refusal by the service is known.

    Returns:
        The decorator.
    """

    def make(check: Check) -> Rule:
        return Rule(
            id=id,
            severity=severity,
            fields=fields,
            violated_when=violated_when,
            message=message,
            fix=fix,
            source=source,
            verified=verified,
            when=(() if when_missing or doubts else fields) if when is None else when,
            when_missing=when_missing,
            doubts=doubts,
            needs_place=needs_place,
            check=check,
        )

    return make
