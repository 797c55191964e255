"""The pytest plugin: the fixture ``local_aws``. Loading it imports neither moto nor aws_cdk."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from constructs_lib.local import LocalAws

__all__ = ["local_aws"]

# Waits of minutes become seconds; scripts of training jobs still take the time they take.
_SPEED = 30.0


@pytest.fixture(scope="session")
def local_aws() -> Iterator[LocalAws]:
    """An emulated AWS on loopback, started for the session and stopped after it."""
    from constructs_lib.local import LocalAws

    with LocalAws.start(speed=_SPEED) as local:
        yield local
