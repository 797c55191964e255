"""What the running server was told: one value, set once at start."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["ACCESS_KEY", "DEFAULT_REGION", "HOST", "SECRET_KEY", "Settings", "current"]

HOST = "127.0.0.1"
DEFAULT_REGION = "us-east-1"
# Not secrets: the emulation accepts anything, the SDKs refuse to sign with nothing.
ACCESS_KEY = "local"
SECRET_KEY = "local"  # noqa: S105 - a placeholder the SDKs need


@dataclass
class Settings:
    """The server's port, speed and temporary folder.

    Args:
        port: where the server listens, on loopback.
        speed: by how much waits of state machines and simulated trainings are shortened.
        simulated_seconds: how long a simulated training takes at speed 1.
        root: where everything temporary goes; removed when the server ends.
    """

    port: int = 0
    speed: float = 1.0
    simulated_seconds: float = field(default_factory=lambda: float(os.environ.get("SIMULATED_SECONDS", "6")))
    root: Path = field(default_factory=lambda: Path(tempfile.gettempdir()))

    @property
    def endpoint(self) -> str:
        """The one endpoint of every service."""
        return f"http://{HOST}:{self.port}"

    def scaled(self, seconds: float) -> float:
        """A wait of the emulated world in real seconds."""
        return seconds / self.speed

    def folder(self, name: str) -> Path:
        """A folder below the temporary root, made when missing."""
        path = self.root / name
        path.mkdir(parents=True, exist_ok=True)
        return path


_settings = Settings()


def current() -> Settings:
    """The settings of this process."""
    return _settings
