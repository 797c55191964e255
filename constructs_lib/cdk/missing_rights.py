"""Permissions in words, for whoever has to grant them by hand."""

from __future__ import annotations

import json
from collections.abc import Sequence

from constructs_lib.cdk.permissions import Permission

__all__ = ["listed"]


def listed(permissions: Sequence[Permission]) -> str:
    """One line for each permission: actions, why, on what, and on which condition; with its tokens."""
    return "".join(f"\n- {_line(permission)}" for permission in permissions)


def _line(permission: Permission) -> str:
    conditions = {key: dict(value) for key, value in permission.conditions.items()}
    condition = f", if {json.dumps(conditions)}" if conditions else ""
    actions, on = ", ".join(permission.actions), ", ".join(permission.resources)
    return f"{actions} ({permission.reason}) on {on}{condition}"
