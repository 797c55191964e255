"""When a request is wrong: the service model's constraints, and the rules between members."""

from __future__ import annotations

from constructs_lib.rules.engine import validate_request
from constructs_lib.rules.findings import Finding

__all__ = ["Finding", "validate_request"]
