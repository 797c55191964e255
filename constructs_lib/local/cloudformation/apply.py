"""Bringing a stack to a template: resources are made or changed one by one, in order of dependency."""

from __future__ import annotations

from typing import Any

from constructs_lib.local import seams

from .failure import ResourceFailed, reason_of
from .gaps import completed, settle
from .graph import creation_order, needs, waits
from .ledger import Entry, Ledger, copied
from .schedule import Schedule

__all__ = ["ApplyFailed", "apply"]


_PARSING = "moto.cloudformation.parsing"


class ApplyFailed(Exception):
    """Resources could not be made or changed; their events say why."""


class StepFailed(Exception):
    """One resource could not be made or changed.

    Args:
        verb: ``create`` or ``update``.
        logical: its name.
    """

    def __init__(self, verb: str, logical: str) -> None:
        super().__init__(logical)
        self.verb, self.logical = verb, logical


def apply(ledger: Ledger, template: dict[str, Any], parameters: dict[str, Any]) -> None:
    """Makes what is new and changes what differs; what is gone stays until the clean-up.

    Raises:
        ApplyFailed: a resource or an output failed.
    """
    resources = ledger.stack.resource_map
    try:
        _load(resources, template, parameters)
        order = creation_order(template["Resources"])
    except Exception as error:
        raise ApplyFailed(reason_of(error)) from error
    parts = template["Resources"]
    waiting = {name for name, part in parts.items() if waits(part)}
    schedule = Schedule(
        ledger.course, order, needs(parts), waiting, lambda logical: _step(ledger, logical, parts[logical])
    )
    errors = schedule.run(ledger.cancelled.is_set)
    if errors or not schedule.complete:
        raise ApplyFailed(_told(errors))


def _step(ledger: Ledger, logical: str, part: dict[str, Any]) -> None:
    conditions = ledger.stack.resource_map.lazy_condition_map
    if part.get("Condition") and not conditions[part["Condition"]]:
        return
    if logical not in ledger.entries:
        _create(ledger, logical, part)
    elif ledger.entries[logical].kind != part["Type"]:
        _replace(ledger, logical, part)
    else:
        _update(ledger, logical, part)


def _told(errors: list[Exception]) -> str:
    """Which resources failed, in CloudFormation's words."""
    others = [error for error in errors if not isinstance(error, StepFailed)]
    if others:
        raise others[0]  # a bug of the emulation
    failed: dict[str, list[str]] = {}
    for error in errors:
        if isinstance(error, StepFailed):
            failed.setdefault(error.verb, []).append(error.logical)
    texts = [
        f"The following resource(s) failed to {verb}: [{', '.join(names)}]. "
        for verb, names in sorted(failed.items())
    ]
    return "".join(texts) or "Resource creation cancelled. "


def wanted(ledger: Ledger, template: dict[str, Any]) -> set[str]:
    """The resources that a template asks for, under its conditions."""
    conditions = ledger.stack.resource_map.lazy_condition_map
    return {
        name
        for name, part in template["Resources"].items()
        if not part.get("Condition") or conditions[part["Condition"]]
    }


def _load(resources: Any, template: dict[str, Any], parameters: dict[str, Any]) -> None:
    resources._template = template
    resources._resource_json_map = template["Resources"]
    resources.input_parameters = parameters
    resources.resolved_parameters = {}
    resources.load()


def _resolved(ledger: Ledger, part: dict[str, Any]) -> dict[str, Any]:
    resolved: dict[str, Any] = seams.get(f"{_PARSING}:clean_json")(
        copied(part.get("Properties", {})), ledger.stack.resource_map
    )
    return resolved


def _create(ledger: Ledger, logical: str, part: dict[str, Any]) -> None:
    stack, resources = ledger.stack, ledger.stack.resource_map
    ledger.event(logical, "CREATE_IN_PROGRESS")
    try:
        entry = Entry(copied(part), _resolved(ledger, part))
        made: Any = seams.get(f"{_PARSING}:parse_and_create_resource")(
            logical, completed(copied(part), logical), resources, stack.account_id, stack.region_name
        )
    except Exception as error:
        if isinstance(error, ResourceFailed) and error.resource is not None:
            # It may exist in part: the roll-back sends its Delete.
            _keep(ledger, logical, error.resource, entry)
        ledger.fail(logical, "CREATE_FAILED", error)
        raise StepFailed("create", logical) from error
    _keep(ledger, logical, made, entry)
    ledger.event(logical, "CREATE_COMPLETE")


def _keep(ledger: Ledger, logical: str, resource: Any, entry: Entry) -> None:
    settle(entry.kind, resource)
    resource.cf_resource_type, resource.logical_resource_id = entry.kind, logical
    ledger.stack.resource_map._parsed_resources[logical] = resource
    ledger.entries[logical] = entry


def _replace(ledger: Ledger, logical: str, part: dict[str, Any]) -> None:
    old = ledger.stack.resource_map._parsed_resources.pop(logical)
    entry = ledger.entries.pop(logical)
    ledger.replaced.append((logical, old, entry))
    _create(ledger, logical, part)


def _update(ledger: Ledger, logical: str, part: dict[str, Any]) -> None:
    resources, entry = ledger.stack.resource_map, ledger.entries[logical]
    resource = resources._parsed_resources[logical]
    try:
        properties = _resolved(ledger, part)
    except Exception as error:
        ledger.fail(logical, "UPDATE_FAILED", error)
        raise StepFailed("update", logical) from error
    if properties == entry.properties and not getattr(resource, "failed", None):
        entry.part = copied(part)  # policies and dependencies may have changed
        return
    ledger.event(logical, "UPDATE_IN_PROGRESS")
    try:
        changed = _changed(ledger, logical, part) or resource
    except Exception as error:
        ledger.fail(logical, "UPDATE_FAILED", error)
        raise StepFailed("update", logical) from error
    _keep(ledger, logical, changed, Entry(copied(part), properties))
    ledger.event(logical, "UPDATE_COMPLETE")


def _changed(ledger: Ledger, logical: str, part: dict[str, Any]) -> Any:
    stack = ledger.stack
    part = completed(copied(part), logical, stack.resource_map._parsed_resources[logical])
    updated: Any = seams.get(f"{_PARSING}:parse_and_update_resource")(
        logical, part, stack.resource_map, stack.account_id, stack.region_name
    )
    return updated
