"""SageMaker training jobs that take time, can be stopped, and run their script."""

from __future__ import annotations

from .responses import install

__all__ = ["install"]
