"""CloudFormation with everything a deployment shows: events, custom resources, roll-back, clean-up."""

from __future__ import annotations

from .install import install

__all__ = ["install"]
