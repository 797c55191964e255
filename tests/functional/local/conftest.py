"""One emulation for the whole folder, whether or not the package is installed with its pytest plugin."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from constructs_lib.local import LocalAws
from constructs_lib.testing.plugin import local_aws
from tests.functional.local.local_helpers import Stacks
from tests.functional.local.machines import Machines

__all__ = ["local_aws", "machines", "stacks"]


@pytest.fixture
def stacks(local_aws: LocalAws) -> Iterator[Stacks]:
    made = Stacks(local_aws)
    yield made
    made.delete_all()


@pytest.fixture
def machines(local_aws: LocalAws) -> Machines:
    return Machines(local_aws)
