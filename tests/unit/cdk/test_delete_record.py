"""What becomes of a job's record, and whether its network interfaces are waited for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2

from constructs_lib import SpecError, TrainingJob, TrainingJobSpec, TrainingPlatform, shapes

from .graph import JOB

Find = Callable[..., dict[str, dict[str, Any]]]
NETWORK = shapes.VpcConfig(security_group_ids=["sg-12345678"], subnets=["subnet-12345678"])


def properties(resources: Find, stack: cdk.Stack) -> dict[str, Any]:
    (job,) = resources(stack, JOB).values()
    found: dict[str, Any] = job["Properties"]
    return found


@pytest.mark.parametrize("asked", [True, False])
def test_a_record_is_deleted_when_it_is_asked_for(
    stack: cdk.Stack, spec: TrainingJobSpec, resources: Find, asked: bool
) -> None:
    TrainingJob(stack, "Job", spec=spec, delete_record=asked)

    assert properties(resources, stack).get("DeleteRecord") is (True if asked else None)


def test_another_type_is_refused(stack: cdk.Stack, spec: TrainingJobSpec) -> None:
    with pytest.raises(SpecError, match="delete_record: must be of type bool, got str"):
        TrainingJob(stack, "Job", spec=spec, delete_record="yes")  # type: ignore[arg-type]


def imported(stack: cdk.Stack) -> ec2.IVpc:
    return ec2.Vpc.from_vpc_attributes(
        stack,
        "Vpc",
        vpc_id="vpc-12345678",
        availability_zones=["us-east-1a"],
        private_subnet_ids=["subnet-12345678"],
    )


def own(stack: cdk.Stack) -> TrainingPlatform:
    return TrainingPlatform(stack, "Platform")


def of_a_nested_stack(stack: cdk.Stack) -> TrainingPlatform:
    return TrainingPlatform(cdk.NestedStack(stack, "Nested"), "Platform")


def with_a_group_of_its_own(stack: cdk.Stack) -> TrainingPlatform:
    return TrainingPlatform(stack, "Platform", vpc=imported(stack))


def of_another_stack(stack: cdk.Stack) -> TrainingPlatform:
    return TrainingPlatform(cdk.Stack(cdk.App.of(stack), "Other"), "Platform")


def without_network(stack: cdk.Stack) -> TrainingPlatform:
    return TrainingPlatform(stack, "Platform", use_vpc=False)


def with_nothing_of_its_own(stack: cdk.Stack) -> TrainingPlatform:
    group = ec2.SecurityGroup.from_security_group_id(stack, "Group", "sg-12345678")
    return TrainingPlatform(stack, "Platform", vpc=imported(stack), security_groups=[group])


@pytest.mark.parametrize(
    ("platform", "awaited"),
    [
        (own, True),
        (of_a_nested_stack, True),
        (with_a_group_of_its_own, True),
        (of_another_stack, False),
        (without_network, False),
        (with_nothing_of_its_own, False),
    ],
)
def test_interfaces_are_waited_for_where_the_stack_deletes_the_network(
    stack: cdk.Stack,
    spec: TrainingJobSpec,
    resources: Find,
    platform: Callable[[cdk.Stack], TrainingPlatform],
    awaited: bool,
) -> None:
    TrainingJob(stack, "Job", spec=spec, platform=platform(stack))

    assert properties(resources, stack).get("AwaitInterfaces") is (True if awaited else None)


def test_a_job_of_a_nested_stack_waits_for_those_of_its_parent(
    stack: cdk.Stack, spec: TrainingJobSpec, resources: Find
) -> None:
    nested = cdk.NestedStack(stack, "Nested")
    TrainingJob(nested, "Job", spec=spec)

    assert properties(resources, nested)["AwaitInterfaces"] is True


def test_a_network_of_the_specs_is_somebody_elses(
    stack: cdk.Stack, spec: TrainingJobSpec, resources: Find
) -> None:
    TrainingJob(stack, "Job", spec=spec.replace(vpc_config=NETWORK))

    assert "AwaitInterfaces" not in properties(resources, stack)
