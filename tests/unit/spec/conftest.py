"""Stand-ins for CDK objects, a folder of training code, and a stack of the real aws_cdk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import aws_cdk as cdk
import pytest

from constructs_lib.spec import Algorithm, TrainingJobSpec


@dataclass(frozen=True)
class FakeBucket:
    bucket_name: str


@dataclass(frozen=True)
class FakeKey:
    key_arn: str


@pytest.fixture(scope="session")
def stack() -> cdk.Stack:
    return cdk.Stack(cdk.App(), "Stack")


@pytest.fixture
def bucket() -> FakeBucket:
    return FakeBucket("patients")


@pytest.fixture
def key() -> FakeKey:
    return FakeKey("arn:aws:kms:eu-west-1:111122223333:key/k")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    code = tmp_path / "code"
    code.mkdir()
    (code / "train.py").write_bytes(b"print('auc=0.9')\r\n")
    (code / "lib").mkdir()
    (code / "lib" / "data.py").write_bytes(b"ROWS = 1000 * 1000\n")
    return code


MakeSpec = Callable[..., TrainingJobSpec]


@pytest.fixture
def make() -> MakeSpec:
    """A spec with the least that it needs, and the fields under test."""

    def make_spec(**fields: object) -> TrainingJobSpec:
        least = TrainingJobSpec(algorithm=Algorithm.from_image_uri("image:1"), instance_type="ml.m5.xlarge")
        return least.replace(**fields)

    return make_spec
