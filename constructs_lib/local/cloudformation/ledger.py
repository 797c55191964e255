"""What a stack has made: beside moto's own map, each resource's template part and resolved properties."""

from __future__ import annotations

import copy
import threading
from dataclasses import dataclass, field
from typing import Any

from constructs_lib.local import seams

from .course import Course
from .failure import reason_of
from .graph import creation_order

__all__ = ["Entry", "Ledger", "ledger_of"]


@dataclass
class Entry:
    """One resource as it was last made or changed."""

    part: dict[str, Any]
    properties: dict[str, Any]

    @property
    def kind(self) -> str:
        """The CloudFormation type."""
        return str(self.part["Type"])


@dataclass
class Ledger:
    """The resources of a stack and what is left to delete after an update."""

    stack: Any
    entries: dict[str, Entry] = field(default_factory=dict)
    # Replaced by a resource of another type: (logical id, resource, its entry).
    replaced: list[tuple[str, Any, Entry]] = field(default_factory=list)
    outputs: list[dict[str, Any]] | None = None
    course: Course = field(default_factory=Course)
    # A deletion waits for the creation that it cancels.
    turn: threading.Lock = field(default_factory=threading.Lock)
    cancelled: threading.Event = field(default_factory=threading.Event)

    def event(self, logical: str, status: str, reason: str | None = None, physical: str = "") -> None:
        """Adds a resource's event to the stack."""
        resource = self.stack.resource_map._parsed_resources.get(logical)
        physical = physical or str(getattr(resource, "physical_resource_id", "") or "")
        kind = self.entries[logical].kind if logical in self.entries else self._type(logical)
        stack = self.stack
        event = seams.get("moto.cloudformation.models:Event")
        stack.events.append(event(stack.stack_id, stack.name, logical, physical, kind, status, reason, None))

    def status(self, status: str, reason: str | None = None) -> None:
        """Sets the stack's status, with its event."""
        self.stack._add_stack_event(status, reason)
        self.stack.status = status

    def deletion_order(self) -> list[str]:
        """The resources that exist, each before all that it depends on."""
        return creation_order({name: entry.part for name, entry in self.entries.items()})[::-1]

    def fail(self, logical: str, status: str, error: BaseException) -> None:
        """Adds the event of a failed step."""
        self.event(logical, status, reason_of(error))

    def _type(self, logical: str) -> str:
        return str(self.stack.resource_map._resource_json_map.get(logical, {}).get("Type", ""))


def ledger_of(stack: Any) -> Ledger:
    """The stack's ledger, made when it has none."""
    if not hasattr(stack, "local_ledger"):
        stack.local_ledger = Ledger(stack)
    ledger: Ledger = stack.local_ledger
    return ledger


def copied(part: Any) -> Any:
    """By itself moto changes what it parses, so it gets copies."""
    return copy.deepcopy(part)
