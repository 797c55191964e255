"""The wildcards of a policy that this library put there; whatever somebody else added is left to be found."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from constructs_lib.cdk.acknowledged.flattened import canonical, flattened, listed
from constructs_lib.cdk.acknowledged.packs import as_id
from constructs_lib.cdk.acknowledged.why import why

__all__ = ["Allowed", "is_ours_alone", "wildcards"]

Json = Mapping[str, Any]
STAR = "*"


class Allowed:
    """What this library allows, in the words of one stack's template."""

    def __init__(self) -> None:
        # By resource and conditions, the reason of every action.
        self._reasons: dict[tuple[str, str], dict[str, str]] = {}

    def add(self, reason: str, actions: Iterable[str], resources: Iterable[Any], conditions: Any) -> None:
        """Take something up that is allowed for a reason."""
        for resource in resources:
            reasons = self._reasons.setdefault((flattened(resource), canonical(conditions)), {})
            for action in actions:
                reasons.setdefault(action, reason)

    def reasons(self, statement: Json, resource: str) -> dict[str, str] | None:
        """Why each action of a statement is allowed on a resource; None where one of them is not ours."""
        known = self._reasons.get((resource, canonical(statement.get("Condition"))), {})
        actions = listed(statement.get("Action"))
        if not all(action in known for action in actions):
            return None
        return {action: known[action] for action in actions}


def wildcards(document: Json, allowed: Allowed) -> dict[str, str]:
    """What cdk-nag finds in a policy and is ours alone: ``Resource::...`` or ``Action::...``, and its reason.

    A finding names a resource, and not who asked for it: so it is ours only if all that the policy allows on
    the resource is.

    Args:
        document: the policy's, resolved.
        allowed: what is ours in it.
    """
    found: dict[str, list[tuple[str, str]]] = {}
    foreign: set[str] = set()
    for statement in listed(document.get("Statement", [])):
        for name, reasons in _in_statement(statement, allowed):
            if reasons is None:
                foreign.add(as_id(name))
            else:
                conditional = bool(statement.get("Condition"))
                said = [(why(action, name, conditional=conditional), it) for action, it in reasons.items()]
                found.setdefault(name, []).extend(said)
    return {name: _said(reasons) for name, reasons in found.items() if as_id(name) not in foreign}


def is_ours_alone(document: Json, allowed: Allowed) -> bool:
    """Whether a policy has nothing in it but what this library put there."""
    return all(
        statement.get("Effect") == "Allow"
        and all(
            allowed.reasons(statement, flattened(resource)) is not None
            for resource in listed(statement.get("Resource"))
        )
        for statement in listed(document.get("Statement", []))
    )


def _in_statement(statement: Json, allowed: Allowed) -> Iterator[tuple[str, dict[str, str] | None]]:
    if statement.get("Effect") != "Allow":
        return
    resources = [flattened(resource) for resource in listed(statement.get("Resource"))]
    actions = [str(action) for action in listed(statement.get("Action"))]
    for resource in resources:
        reasons = allowed.reasons(statement, resource)
        if STAR in resource:
            yield f"Resource::{resource}", reasons
        for action in actions:
            if STAR in action:
                known = None if reasons is None else {action: reasons[action]}
                yield f"Action::{action}", known


def _said(reasons: Iterable[tuple[str, str]]) -> str:
    """The reasons in one text: why no narrower resource can be named, and what each is for."""
    purposes: dict[str, list[str]] = {}
    for text, purpose in reasons:
        known = purposes.setdefault(text, [])
        if purpose not in known:
            known.append(purpose)
    return ". ".join(f"{text} (for: {'; '.join(found)})" for text, found in purposes.items())
