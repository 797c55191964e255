"""What a user's own tests import; the pytest fixture ``local_aws`` comes by itself once this is installed.

Importing this module imports neither aws_cdk, syrupy nor moto: each name is loaded when it is first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from constructs_lib.testing.asserting import assert_training_job
    from constructs_lib.testing.normalized import normalize_template
    from constructs_lib.testing.snapshot import TemplateSnapshot

__all__ = ["TemplateSnapshot", "assert_training_job", "normalize_template"]

_MODULES = {
    "TemplateSnapshot": "snapshot",
    "assert_training_job": "asserting",
    "normalize_template": "normalized",
}


if not TYPE_CHECKING:  # a type checker would take any name for one of ours

    def __getattr__(name: str) -> object:
        if name not in _MODULES:
            raise AttributeError(f"module 'constructs_lib.testing' has no attribute {name!r}")
        try:
            module = importlib.import_module(f"constructs_lib.testing.{_MODULES[name]}")
        except ModuleNotFoundError as error:
            if error.name is None or error.name.partition(".")[0] != "syrupy":
                raise
            raise ImportError(
                f"{name} needs syrupy, which is not installed; pip install 'constructs-lib[testing]'",
                name="syrupy",
            ) from None
        value = getattr(module, name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
