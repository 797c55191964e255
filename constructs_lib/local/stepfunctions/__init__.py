"""Step Functions: state machines of stacks execute, waits are shortened, ends become events."""

from __future__ import annotations

from .install import install

__all__ = ["install"]
