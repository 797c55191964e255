"""Policies stay inside IAM's limits, and are few, however many places a request names."""

from __future__ import annotations

import json
from typing import Any

import aws_cdk as cdk
import pytest

from constructs_lib import Algorithm, Channel, TrainingJobSpec, TrainingPlatform, TrainingRole
from tests.unit.cdk.access.account import Account
from tests.unit.cdk.access.execution_roles import IMAGE, NAMES
from tests.unit.cdk.access.simulator import Simulator

MOST_POLICIES, MOST_CHARACTERS = 10, 6144
CHANNELS = 20
BUCKET = "bucket-of-a-usual-length-for-the-data-of-a-team"
DATA = "arn:aws:s3:::data-" + BUCKET


@pytest.fixture(scope="module")
def account(simulator: Simulator) -> Account:
    """Twenty manifests in twenty buckets, which name objects in twenty others."""
    app = cdk.App()
    stack = cdk.Stack(app, "Stack")
    channels = [
        Channel.from_manifest(
            f"c{number}",
            f"s3://{BUCKET}-{number}/lists/of/{number}.manifest",
            manifest_data=[f"s3://data-{BUCKET}-{number}/some/folder/{number}/"],
        )
        for number in range(CHANNELS)
    ]
    spec = TrainingJobSpec(
        algorithm=Algorithm.from_image_uri(IMAGE), instance_type="ml.m5.xlarge", channels=channels
    )
    TrainingRole(stack, "Role", spec=spec, platform=TrainingPlatform(stack, "Platform"), job_names=NAMES)
    return Account.of(app, simulator)


def written(policy: dict[str, Any]) -> int:
    """The characters that IAM counts: all but white space."""
    return len(json.dumps(policy, separators=(",", ":")).replace(" ", ""))


def test_each_policy_fits_and_no_fewer_would_do(account: Account) -> None:
    sizes = [written(policy) for policy in account.policies(account.role("Role"))]
    assert all(size <= MOST_CHARACTERS for size in sizes)
    assert len(sizes) <= MOST_POLICIES
    assert len(sizes) == -(-sum(sizes) // MOST_CHARACTERS), sizes


@pytest.mark.parametrize("number", [0, CHANNELS // 2, CHANNELS - 1])
def test_each_place_is_in_one_of_them(account: Account, number: int) -> None:
    role = account.role("Role")
    folder = f"some/folder/{number}/"
    assert account.allows(role, "s3:GetObject", f"{DATA}-{number}/{folder}a.csv")
    assert not account.allows(role, "s3:GetObject", f"{DATA}-{number}/some/folder/{number + 1}/a.csv")
    assert account.allows(role, "s3:ListBucket", f"{DATA}-{number}", {"s3:prefix": folder})
    assert not account.allows(role, "s3:ListBucket", f"{DATA}-{number}", {"s3:prefix": "some/"})
