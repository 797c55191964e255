"""How training jobs stand in templates and state machines; standard library only."""

from __future__ import annotations

__all__: list[str] = []
