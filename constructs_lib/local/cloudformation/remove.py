"""Deleting resources: of a stack, after an update, and in a roll-back."""

from __future__ import annotations

import logging
from typing import Any

from constructs_lib.local import seams

from .custom import CustomResource
from .failure import ResourceFailed, reason_of
from .gaps import DELETERS
from .ledger import Entry, Ledger, copied

__all__ = ["clean_up", "remove_all"]

_log = logging.getLogger(__name__)
# A resource that is gone already, or that moto cannot delete, does not stop a deletion.
_HARMLESS = ("notfound", "nosuch", "notexist", "unknown", "resourcenotfound", "invalidid")


def remove_all(ledger: Ledger, *, rollback: bool = False) -> list[str]:
    """Deletes every resource of the stack and returns the names of those that could not be deleted."""
    failed = []
    for logical in ledger.deletion_order():
        if not remove(ledger, logical, rollback=rollback):
            failed.append(logical)
    return failed


def remove(ledger: Ledger, logical: str, *, rollback: bool = False) -> bool:
    """Deletes one resource, or leaves it where its policy says so; false when it could not be deleted."""
    resources, entry = ledger.stack.resource_map, ledger.entries[logical]
    resource = resources._parsed_resources.get(logical)
    if _retained(entry.part.get("DeletionPolicy"), rollback):
        ledger.event(logical, "DELETE_SKIPPED")
    elif not _delete(ledger, logical, resource, entry):
        return False
    resources._parsed_resources.pop(logical, None)
    del ledger.entries[logical]
    return True


def clean_up(ledger: Ledger, wanted: set[str], *, rollback: bool = False) -> None:
    """After an update: deletes what was replaced and what the template no longer has.

    A failure is an event, not a failed update, as in CloudFormation.
    """
    for logical in [name for name in ledger.deletion_order() if name not in wanted]:
        remove(ledger, logical, rollback=rollback)
    while ledger.replaced:
        logical, resource, entry = ledger.replaced.pop()
        if not _retained(entry.part.get("UpdateReplacePolicy"), rollback):
            _delete(ledger, logical, resource, entry)
    for logical, entry in list(ledger.entries.items()):
        resource = ledger.stack.resource_map._parsed_resources.get(logical)
        if isinstance(resource, CustomResource) and resource.superseded:
            _clean_custom(ledger, logical, resource, entry, rollback)


def _clean_custom(
    ledger: Ledger, logical: str, resource: CustomResource, entry: Entry, rollback: bool
) -> None:
    if _retained(entry.part.get("UpdateReplacePolicy"), rollback):
        resource.superseded.clear()
        return
    for physical in list(resource.superseded):
        ledger.event(logical, "DELETE_IN_PROGRESS", physical=physical)
        try:
            resource.clean_up(physical)
        except ResourceFailed as error:
            ledger.event(logical, "DELETE_FAILED", reason_of(error), physical)
        else:
            ledger.event(logical, "DELETE_COMPLETE", physical=physical)


def _retained(policy: str | None, rollback: bool) -> bool:
    return policy == "Retain" or (policy == "RetainExceptOnCreate" and not rollback)


def _delete(ledger: Ledger, logical: str, resource: Any, entry: Entry) -> bool:
    physical = str(getattr(resource, "physical_resource_id", "") or "")
    stack = ledger.stack
    ledger.event(logical, "DELETE_IN_PROGRESS", physical=physical)
    part = {**copied(entry.part), "Properties": copied(entry.properties)}
    try:
        _check_empty(stack, entry.kind, physical)
        if isinstance(resource, CustomResource):
            resource.delete(stack.account_id, stack.region_name)
        elif entry.kind in DELETERS:
            DELETERS[entry.kind](physical, stack.account_id, stack.region_name)
        else:
            stack.resource_map._delete_resource(resource, part)
    except Exception as error:  # noqa: BLE001 - whatever moto raises is judged below
        if not _harmless(error):
            ledger.event(logical, "DELETE_FAILED", reason_of(error), physical)
            return False
        _log.info("%s was not deleted by moto: %s", logical, reason_of(error))
    ledger.event(logical, "DELETE_COMPLETE", physical=physical)
    return True


def _check_empty(stack: Any, kind: str, physical: str) -> None:
    """By itself moto says nothing and keeps a bucket that still has objects."""
    if kind != "AWS::S3::Bucket":
        return
    bucket = seams.get("moto.s3.models:s3_backends")[stack.account_id]["aws"].buckets.get(physical)
    if bucket is not None and len(bucket.keys):
        raise ResourceFailed(f"The bucket you tried to delete is not empty: {physical}")


def _harmless(error: Exception) -> bool:
    if isinstance(error, ResourceFailed):
        return False
    code = f"{type(error).__name__} {getattr(error, 'code', '')} {getattr(error, 'error_type', '')}".lower()
    return isinstance(error, (NotImplementedError, KeyError)) or any(word in code for word in _HARMLESS)
