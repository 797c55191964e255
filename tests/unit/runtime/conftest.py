from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from .fake_service import SECRET_URL, SECRET_VALUE
from .fakes import CloudFormation

Logs = Callable[[], list[dict[str, Any]]]


@pytest.fixture(autouse=True)
def logs(capsys: pytest.CaptureFixture[str]) -> Iterator[Logs]:
    """The log lines so far. At every test's end: each is JSON, and none shows a secret."""
    seen: list[dict[str, Any]] = []

    def read() -> list[dict[str, Any]]:
        out, err = capsys.readouterr()
        assert SECRET_URL not in out + err
        assert SECRET_VALUE not in out + err
        seen.extend(json.loads(line) for line in out.splitlines() if line.startswith("{"))
        return seen

    yield read
    read()


@pytest.fixture
def cfn() -> CloudFormation:
    return CloudFormation()
