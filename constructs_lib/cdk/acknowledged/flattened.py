"""Parts of a policy in one line of text, as cdk-nag writes them into the ids of its findings."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

__all__ = ["canonical", "flattened", "listed"]


def flattened(value: Any) -> str:
    """A resource as in an id: ``<Bucket.Arn>/*`` for a join of the bucket's ARN and text."""
    if isinstance(value, str):
        return value.replace("${", "<").replace("}", ">")
    if isinstance(value, Mapping):
        if value.get("Fn::Join"):
            between, parts = value["Fn::Join"]
            return str(between).join(map(flattened, parts))
        if value.get("Fn::Sub"):
            return flattened(value["Fn::Sub"])
        if value.get("Fn::GetAtt"):
            resource, attribute = value["Fn::GetAtt"]
            return f"<{flattened(resource)}.{flattened(attribute)}>"
        if value.get("Fn::ImportValue"):
            return flattened(value["Fn::ImportValue"])
        if value.get("Ref"):
            return f"<{flattened(value['Ref'])}>"
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def canonical(conditions: Any) -> str:
    """A condition block as text that is the same however it is written: in any order, one item or a list."""
    return json.dumps(_plain(conditions or {}), sort_keys=True)


def listed(value: Any) -> list[Any]:
    """Actions or resources, of which one needs no list."""
    return value if isinstance(value, list) else [value]


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return _plain(value[0]) if len(value) == 1 else [_plain(item) for item in value]
    return value
