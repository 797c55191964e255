"""The folders of a training container, below a temporary root in the place of ``/opt/ml``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

__all__ = ["Layout"]


class Layout:
    """Where a job's input, code, model and output lie.

    Args:
        root: the folder in the place of ``/opt/ml``.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.input = root / "input"
        self.config = self.input / "config"
        self.data = self.input / "data"
        self.model = root / "model"
        self.output = root / "output"
        self.output_data = self.output / "data"
        self.intermediate = self.output / "intermediate"
        self.failure = self.output / "failure"
        self.code = root / "code"
        self.checkpoints = root / "checkpoints"
        folders = (self.config, self.data, self.model, self.output_data, self.intermediate, self.code)
        for folder in (*folders, self.checkpoints):
            folder.mkdir(parents=True, exist_ok=True)

    def channel(self, name: str) -> Path:
        """The folder of a channel, made when missing."""
        folder = self.data / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def write_config(self, name: str, value: Any) -> None:
        """One of the files below ``input/config``."""
        (self.config / f"{name}.json").write_text(json.dumps(value), encoding="utf-8")
