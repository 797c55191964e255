"""An emulated AWS on loopback, for trying and testing training stacks without an account.

A pinned moto server with what `cdk deploy` and a training job need on top: Lambda functions that run, the
life cycle of custom resources, training jobs that take time and run their script. ``docs/local.md`` says
what is emulated, what is not, and what a green run does not prove.
"""

from __future__ import annotations

from .cdk_cli import DeployResult
from .client import LocalAws

__all__ = ["DeployResult", "LocalAws"]
