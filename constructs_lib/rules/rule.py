"""`Rule`: one constraint between members of a request, with its words; and the form its check takes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from constructs_lib.rules.findings import Severity
    from constructs_lib.rules.job import Job

__all__ = ["Check", "Hit", "Hits", "Path", "Rule", "RuleInfo", "rule"]

Path = tuple["str | int", ...]
Hit = tuple[Path, dict[str, object]]
"""Where a rule is violated, and the facts that its message names."""
Hits = Iterable[Hit]
Check = Callable[["Job"], Hits]


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

    # No dataclass: to import those takes longer than the whole catalogue.
    __slots__ = ("fields", "fix", "id", "message", "severity", "source", "verified", "violated_when")

    def __init__(
        self,
        id: str,
        severity: Severity,
        fields: tuple[str, ...],
        violated_when: str,
        message: str,
        fix: str,
        source: str,
        verified: bool = True,
    ) -> None:
        self.id = id
        self.severity: Severity = severity
        self.fields = fields
        self.violated_when = violated_when
        self.message = message
        self.fix = fix
        self.source = source
        self.verified = verified

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.id!r})"


class Rule(RuleInfo):
    """A constraint between members of a request.

    Attributes:
        when: the members, of `fields`, whose presence makes the check worth running.
        when_missing: the members whose absence from a structure that is there does.
        doubts: the shapes of which a value that is not harmless (see `rules.harmless`) does.
        needs_place: whether it is about a known region or account.
        check: yields the violations; it may index required members and raise `Undecided`.
    """

    __slots__ = ("check", "doubts", "needs_place", "when", "when_missing")

    def __init__(
        self,
        *info: Any,
        when: tuple[str, ...],
        when_missing: tuple[str, ...],
        doubts: tuple[str, ...],
        needs_place: bool,
        check: Check,
    ) -> None:
        super().__init__(*info)
        self.when = when
        self.when_missing = when_missing
        self.doubts = doubts
        self.needs_place = needs_place
        self.check = check


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
            id,
            severity,
            fields,
            violated_when,
            message,
            fix,
            source,
            verified,
            when=(() if when_missing or doubts else fields) if when is None else when,
            when_missing=when_missing,
            doubts=doubts,
            needs_place=needs_place,
            check=check,
        )

    return make
