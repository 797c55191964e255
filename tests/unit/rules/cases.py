"""The passing and the failing fragment of each rule, from the topics' tests."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any

import tests.unit.rules as package

# Tests of the catalogue as a whole, which take the cases from here.
_WHOLE = ("test_catalogue", "test_harmless")


def _cases() -> dict[str, tuple[dict[str, Any], dict[str, Any]]]:
    found: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {}
    for module in pkgutil.iter_modules(package.__path__):
        if module.name.startswith("test_") and module.name not in _WHOLE:
            topic = importlib.import_module(f"{package.__name__}.{module.name}")
            found.update(getattr(topic, "CASES", {}))
    return found


CASES = _cases()
