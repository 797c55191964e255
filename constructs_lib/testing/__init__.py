"""What a user's own tests import; the pytest fixture ``local_aws`` comes by itself once this is installed."""

from __future__ import annotations

__all__: list[str] = []
