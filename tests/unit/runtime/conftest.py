from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from .model import CloudFormation, Deployment, FakeAccount, show_no_secret

Logs = Callable[[], list[dict[str, Any]]]


@pytest.fixture(autouse=True)
def logs(capsys: pytest.CaptureFixture[str]) -> Iterator[Logs]:
    """The log lines so far. At every test's end: each is JSON, and none shows a secret."""
    seen: list[dict[str, Any]] = []

    def read() -> list[dict[str, Any]]:
        out, err = capsys.readouterr()
        show_no_secret(out + err, "a log line")
        seen.extend(json.loads(line) for line in out.splitlines() if line.startswith("{"))
        return seen

    yield read
    read()


@pytest.fixture
def cfn() -> CloudFormation:
    return CloudFormation()


@pytest.fixture
def deployment() -> Deployment:
    return Deployment()


@pytest.fixture
def account() -> FakeAccount:
    return FakeAccount()
