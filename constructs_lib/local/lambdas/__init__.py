"""Lambda without containers: the real asset runs in a subprocess under its role's credentials."""

from __future__ import annotations

from .asynchronous import invoke_async
from .install import install

__all__ = ["install", "invoke_async"]
