"""Cuts botocore's SageMaker model down to what the Lambda runtime calls."""

from __future__ import annotations

import json
from typing import Any

from .source import Source, reachable, references

__all__ = ["OPERATIONS", "render"]

OPERATIONS = (
    "AddTags",
    "CreateTrainingJob",
    "DeleteTags",
    "DeleteTrainingJob",
    "DescribeTrainingJob",
    "ListTags",
    "StopTrainingJob",
    "UpdateTrainingJob",
)
# Prose; and patterns, which the rules check at synth and the service again: the wire format needs neither.
DROPPED = ("documentation", "documentationUrl", "pattern")


def render(source: Source) -> str:
    """The text of the runtime's ``service-2.json``; JSON has no comments, so its metadata is the banner."""
    return json.dumps(cut_model(source), separators=(",", ":")) + "\n"


def cut_model(source: Source) -> dict[str, Any]:
    """The part of a service model that the runtime's operations reach, without its prose."""
    model = source.model
    operations = {name: _without_prose(model["operations"][name]) for name in OPERATIONS}
    names = sorted(reachable(model, references(list(operations.values()))))
    origin = {"generatedFrom": f"botocore {source.version}", "sourceSha256": source.digest}
    return {
        "version": model["version"],
        "metadata": {**model["metadata"], **origin},
        "operations": operations,
        "shapes": {name: _without_prose(model["shapes"][name]) for name in names},
    }


def _without_prose(node: Any) -> Any:
    if isinstance(node, list):
        return [_without_prose(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {
        key: _without_prose(item)
        for key, item in node.items()
        if not (key in DROPPED and isinstance(item, str))
    }
