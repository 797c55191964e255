"""Everything that a folder's roles and resource policies allow, and why."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from constructs_lib.cli.explain.holders import Holder, holders
from constructs_lib.cli.explain.identities import Identities
from constructs_lib.cli.explain.matching import Row, rows
from constructs_lib.cli.explain.names import Names
from constructs_lib.cli.explain.records import Noted, asked, noted
from constructs_lib.cli.explain.stacks import Stacks
from constructs_lib.cli.inputs import Inputs

__all__ = ["Explained", "Explanation", "explain", "only"]


@dataclass(frozen=True)
class Explained:
    """One role, or one resource with a policy.

    Attributes:
        holder: it.
        purposes: what the library uses it for; empty for what is the app's alone.
        rows: what it allows.
    """

    holder: Holder
    purposes: tuple[str, ...]
    rows: list[Row]

    @property
    def is_ours(self) -> bool:
        """Whether anything in it is there because of a construct of the library."""
        return bool(self.purposes) or any(row.reasons for row in self.rows)


@dataclass
class Explanation:
    """What a folder holds.

    Attributes:
        explained: what has something of the library.
        others: what has nothing of it.
        inputs: what was read, and what could not be used.
        noted: how many permissions are noted at all.
    """

    explained: list[Explained] = field(default_factory=list)
    others: list[Explained] = field(default_factory=list)
    inputs: Inputs = field(default_factory=Inputs)
    noted: int = 0


def explain(folder: str) -> Explanation:
    """Reads a folder that ``cdk synth`` wrote.

    Args:
        folder: its name.
    """
    inputs = Inputs()
    stacks = Stacks(inputs)
    stacks.read(folder)
    names = Names(stacks.templates, stacks.deployed)
    identities = Identities(names, stacks.templates)
    read = [(template, [*asked(template, inputs)]) for template in stacks.templates]
    for template, listed in read:
        for one in listed:
            identities.learn(template, one.role)
    known = [noted(names, identities, template, one) for template, listed in read for one in listed]
    having = holders(names, identities, stacks.templates)
    definitions = [pair for holder in having for pair in holder.definitions]
    known = [_placed(one, definitions) for one in known]
    found = [_explained(holder, known) for holder in having]
    ours = [one for one in found if one.is_ours]
    return Explanation(ours, [one for one in found if not one.is_ours], inputs, len(known))


def only(found: list[Explained], role: str | None, construct: str | None) -> list[Explained]:
    """Those that are asked for.

    Args:
        found: all.
        role: a part of the path, the logical id or the name of a role or resource; None for any.
        construct: the path of a construct: what is there because of it, or below it; None for any.
    """
    kept = [one for one in found if role is None or _is_named(one.holder, role)]
    return kept if construct is None else [*_because_of(kept, construct.strip("/"))]


def _is_named(holder: Holder, text: str) -> bool:
    return any(text.lower() in name.lower() for name in (holder.path, holder.logical_id))


def _because_of(found: Iterable[Explained], path: str) -> Iterator[Explained]:
    for one in found:
        if _is_at(one.holder.path, path):
            yield one
            continue
        asked = [row for row in one.rows if any(_is_at(by, path) for by, _ in row.reasons)]
        if asked:
            yield replace(one, rows=asked)


def _is_at(path: str, around: str) -> bool:
    return path == around or path.startswith(f"{around}/")


def _explained(holder: Holder, known: Iterable[Noted]) -> Explained:
    candidates = [one for one in known if _may_concern(holder, one)]
    found = rows(holder, candidates)
    asking = {by for row in found for by, _ in row.reasons}
    purposes = [one.purpose for one in candidates if one.role is not None or one.by in asking]
    general = [purpose for purpose in dict.fromkeys(purposes) if purpose != _OWN]
    return Explained(holder, tuple(general or dict.fromkeys(purposes)), found)


# What a role notes for whoever made it, which says more.
_OWN = "training role"


def _may_concern(holder: Holder, one: Noted) -> bool:
    if one.role is not None:
        return holder.kind == "role" and holder.identity == one.role
    if one.below is not None:
        return holder.kind != "role" and _is_at(holder.path, one.below)
    if holder.kind != "role" or not holder.definitions:
        return False
    return one.state is not None and any(
        one.stack in ("", stack) and _has_state(text, one.state) for stack, text in holder.definitions
    )


def _placed(one: Noted, definitions: list[tuple[str, str]]) -> Noted:
    """What is noted of a state, for machines of its stack; for any where none of these has such a state."""
    if one.state is None:
        return one
    stacks = {stack for stack, text in definitions if _has_state(text, one.state)}
    if not stacks:  # it may be in any machine, such as one whose definition is in a file
        return replace(one, stack="", state="")
    return one if one.stack in stacks else replace(one, stack="")


def _has_state(definition: str, state: str) -> bool:
    """Whether a definition has a state: its name is the key of a member."""
    return not state or f"{json.dumps(state)}:" in definition
