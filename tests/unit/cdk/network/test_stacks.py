"""A platform and its jobs in different stacks, nested stacks and stages: no circle, and all in order."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_efs as efs
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Template

from constructs_lib import Channel, TrainingPlatform
from tests.unit.cdk.graph import missing
from tests.unit.cdk.runners import Runners

from .test_instances import SPEC

ORDERS = ("jobs first", "platform first")
VPC = "AWS::EC2::VPC"


class Apart(cdk.Stage):
    """Every runner in one stack, with data and files there, and the platform in another."""

    def __init__(self, app: cdk.App, order: str) -> None:
        super().__init__(app, order.replace(" ", ""))
        if order == "jobs first":
            self.jobs, self.shared = cdk.Stack(self, "Jobs"), cdk.Stack(self, "Shared")
        else:
            self.shared, self.jobs = cdk.Stack(self, "Shared"), cdk.Stack(self, "Jobs")
        platform = TrainingPlatform(self.shared, "Platform", endpoints=["sts"])
        key = kms.Key(self.jobs, "Key")
        data = s3.Bucket(self.jobs, "Data", encryption_key=key, enforce_ssl=True)
        files = efs.FileSystem(self.jobs, "Files", vpc=platform.vpc)  # type: ignore[arg-type]
        channels = [Channel.from_bucket("train", data, "train/"), Channel.from_efs("files", files)]
        spec = SPEC.replace(instance_count=2, channels=channels)
        Runners(self.jobs, spec, "auc", platform)


class Made:
    """One app with a stage for each order, and a stack whose nested stacks share a platform."""

    def __init__(self) -> None:
        app = cdk.App()
        self.stages = {order: Apart(app, order) for order in ORDERS}
        self.around = cdk.Stack(app, "Around")
        self.nested = [cdk.NestedStack(self.around, f"Nested{number}") for number in (1, 2)]
        for one in self.nested:
            Runners(one, SPEC.replace(instance_count=2), "auc")
        app.synth()  # raises for a circle


def resources(stack: cdk.Stack) -> dict[str, Any]:
    return dict(Template.from_stack(stack).to_json()["Resources"])


def types(stack: cdk.Stack) -> list[str]:
    return [one["Type"] for one in resources(stack).values()]


@pytest.fixture(scope="module")
def made() -> Made:
    return Made()


@pytest.mark.parametrize("order", ORDERS)
def test_the_jobs_stack_waits_for_the_platforms_and_never_the_other_way_round(made: Made, order: str) -> None:
    stage = made.stages[order]

    assert stage.shared in stage.jobs.dependencies
    assert stage.shared.dependencies == []
    assert "Jobs" not in str(resources(stage.shared))


@pytest.mark.parametrize("order", ORDERS)
def test_jobs_wait_for_what_lies_in_their_own_stack(made: Made, order: str) -> None:
    found = resources(made.stages[order].jobs)
    rules = {name for name, one in found.items() if "SecurityGroup" in one["Type"]}
    (gap,) = missing({"Resources": found}).values()

    assert len(rules) >= 3  # the file system's group, and its port in both directions
    assert not rules & gap
    # What is left belongs to other runners.
    assert not [name for name in gap if name.startswith(("Files", "Data", "Key", "Job"))]


@pytest.mark.parametrize("order", ORDERS)
def test_instances_are_let_at_each_other_where_the_group_is(made: Made, order: str) -> None:
    stage = made.stages[order]

    assert types(stage.jobs).count("AWS::EC2::SecurityGroupEgress") == 1
    # Its own rule, and that of the endpoints.
    assert types(stage.shared).count("AWS::EC2::SecurityGroupIngress") == 2


def test_stages_have_platforms_of_their_own_and_nested_stacks_share_their_parents(made: Made) -> None:
    for stage in made.stages.values():
        assert types(stage.shared).count(VPC) == 1
        assert VPC not in types(stage.jobs)
    assert types(made.around).count(VPC) == 1
    assert types(made.around).count("AWS::EC2::SecurityGroupIngress") == 1
    assert all(VPC not in types(nested) for nested in made.nested)
