"""Makes the parts of the generator importable, as `python scripts/...` does."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "scripts"))

from service_model.source import Source, load  # noqa: E402


@pytest.fixture(scope="session")
def source() -> Source:
    return load()
