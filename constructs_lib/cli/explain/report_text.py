"""The explanation for people: a table for each role, and for each resource with a policy."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Sequence

from constructs_lib.cli.explain.explanation import Explained, Explanation
from constructs_lib.cli.explain.matching import Row
from constructs_lib.cli.explain.tables import table, wrapped
from constructs_lib.cli.explain.wording import condition_texts, holder_name, trust_texts

__all__ = ["APPS_OWN", "text_report", "width"]

APPS_OWN = "(the app's own)"
_HEAD = ("MAY", "ON", "IF", "BECAUSE OF")
_INDENT = "  "
_MOST_NAMED = 4
_NARROWEST, _WIDEST = 100, 200
_PIPED = 160


def width() -> int:
    """How many characters a line may have: ``COLUMNS``, or the terminal's, within reason."""
    return max(_NARROWEST, min(_WIDEST, shutil.get_terminal_size((_PIPED, 24)).columns))


def text_report(explanation: Explanation, shown: Iterable[Explained], columns: int) -> str:
    """The report.

    Args:
        explanation: what was read.
        shown: the part of it that was asked for.
        columns: the characters of a line.
    """
    listed = [*shown]
    lines = [line for one in listed for line in (*_block(one, columns), "")]
    return "".join(f"{line}\n" for line in [*lines, *_summary(explanation, listed)])


def _block(one: Explained, columns: int) -> Iterator[str]:
    holder = one.holder
    kind = "" if holder.kind == "role" else f"{holder.kind} "
    asking = {by for row in one.rows for by, _ in row.reasons}
    # Who asked is told once, where it is one construct alone.
    alone = next(iter(asking)) if len(asking) == 1 else None
    purpose = ", ".join(one.purposes) + (f" of {alone}" if alone and one.purposes else "")
    yield from wrapped([f"{kind}{holder_name(holder)}{': ' if purpose else ''}{purpose}"], columns)
    yield from trusted_lines(one, columns)
    cells = [[*_cells(row, holder.stack, alone)] for row in one.rows]
    yield from table(_HEAD, cells, columns, _INDENT)


def trusted_lines(one: Explained, columns: int) -> Iterator[str]:
    """Who may take the role on, and the most that it can be allowed."""
    trusted = [f"trusted: {text}" for text in trust_texts(one.holder.trust)]
    bounded = [f"allowed no more than: {text}" for text in one.holder.boundary]
    yield from (f"{_INDENT}{line}" for line in wrapped([*trusted, *bounded], columns - len(_INDENT)) if line)


def _cells(row: Row, stack: str, alone: str | None) -> Iterator[list[str]]:
    yield [*row.actions] if row.effect == "Allow" else [f"{row.effect.upper()}:", *row.actions]
    yield [_at_home(text, stack) for text in row.resources]
    who = [f"by {', '.join(row.principals)}"] if row.principals else []
    yield [_at_home(text, stack) for text in (*who, *condition_texts(row.conditions))]
    yield [*_because(row.reasons, alone)] or [APPS_OWN]


def _because(reasons: Iterable[tuple[str, str]], alone: str | None) -> Iterator[str]:
    """Each reason once, with those who asked."""
    asking: dict[str, list[str]] = {}
    for by, reason in reasons:
        asking.setdefault(reason, []).append(by)
    for reason, constructs in asking.items():
        more = len(constructs) - _MOST_NAMED
        named = [*constructs[:_MOST_NAMED], *([f"{more} more"] if more > 0 else [])]
        yield reason if constructs == [alone] else f"{reason} [{', '.join(named)}]"


def _at_home(text: str, stack: str) -> str:
    """Without the stack before the names of what is in the same one."""
    return text.replace(f"${{{stack}/", "${") if stack else text


def _summary(explanation: Explanation, shown: Sequence[Explained]) -> Iterator[str]:
    roles = sum(one.holder.kind == "role" for one in shown)
    found = [row for one in shown for row in one.rows]
    own = sum(not row.reasons for row in found)
    files = _number(explanation.inputs.files, "template")
    yield (
        f"{_number(roles, 'role')} and {_number(len(shown) - roles, 'resource policy')} in {files}: "
        f"{_number(len(found) - own, 'permission')} explained, {own} of the app's own"
    )
    unusable = explanation.inputs.problems
    if unusable:
        yield f"{_number(len(unusable), 'input')} not usable: reasons may be missing"
    if explanation.others and len(shown) == len(explanation.explained):
        others = len(explanation.others)
        noun = "role or policy" if others == 1 else "roles or policies"
        yield f"{others} other {noun} with nothing of constructs-lib not shown: see --all"


def _number(number: int, noun: str) -> str:
    if number == 1:
        return f"1 {noun}"
    many = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{number} {many}"
