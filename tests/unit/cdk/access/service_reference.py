"""AWS's service reference, as a package of npm's has it: actions, their resources, their condition keys."""

from __future__ import annotations

import functools
import json
import re
from pathlib import Path
from typing import Any

DATA = Path(__file__).resolve().parents[4] / "node_modules" / "@cloud-copilot" / "iam-data" / "data"


def action(name: str) -> dict[str, Any] | None:
    """What is known of an action such as ``s3:GetObject``; None if there is none of that name."""
    service, operation = name.split(":")
    found: dict[str, Any] | None = _data("actions", service).get(operation.lower())
    return found


def condition_keys(name: str) -> list[str]:
    """The condition keys of an action itself."""
    found = action(name)
    assert found is not None, name
    return list(found["conditionKeys"])


def problem(name: str, resource: str) -> str | None:
    """What is wrong with a resource of an action in an identity policy; None if nothing is."""
    found = action(name)
    if found is None:
        return f"{name}: there is no such action"
    kinds = [one["name"] for one in found["resourceTypes"]]
    if not kinds:
        return None if resource == "*" else f"{name}: has no resource, got {resource}"
    forms = [_data("resourceTypes", name.split(":")[0])[kind]["arn"] for kind in kinds]
    if resource == "*":
        needed = any(one["required"] for one in found["resourceTypes"])
        return f"{name}: could name {' or '.join(forms)}" if needed else None
    if any(_is_of(resource, re.sub(r"\$\{\w+\}", "*", form)) for form in forms):
        return None
    return f"{name}: has no resource such as {resource}, but {' or '.join(forms)}"


@functools.cache
def _data(kind: str, service: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((DATA / kind / f"{service}.json").read_text())
    return found


def _is_of(arn: str, form: str) -> bool:
    """Whether an ARN, perhaps with wildcards, is one of a form; no wildcard is for more than its own part."""
    parts = zip(arn.split(":", 5), form.split(":", 5), strict=True)
    return all(_overlap(*both) for both in parts)


def _overlap(one: str, other: str) -> bool:
    """Whether some text fits both patterns."""

    @functools.cache
    def meet(i: int, j: int) -> bool:
        if i == len(one) and j == len(other):
            return True
        if i < len(one) and one[i] == "*":
            return meet(i + 1, j) or (j < len(other) and meet(i, j + 1))
        if j < len(other) and other[j] == "*":
            return meet(i, j + 1) or (i < len(one) and meet(i + 1, j))
        if i == len(one) or j == len(other):
            return False
        return (one[i] == other[j] or "?" in (one[i], other[j])) and meet(i + 1, j + 1)

    return meet(0, 0)
