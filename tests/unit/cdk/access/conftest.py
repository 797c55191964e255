"""One evaluator for all the tests of permissions of a process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.unit.cdk.access.simulator import Simulator


@pytest.fixture(scope="session")
def simulator() -> Iterator[Simulator]:
    """The evaluator of IAM."""
    with Simulator() as started:
        yield started
