"""What each runner needs to start, run and be stopped comes before it, whatever the runner and the job."""

from __future__ import annotations

import pytest

from tests.unit.cdk.everything import templates
from tests.unit.cdk.needs import MACHINE, RUNTIME, SCHEDULE, WORKFLOW_JOBS, Edge, Order

# Of the user's own: a task does not change the role of its credentials, nor wait for its policies.
USERS_OWN = {"CallerDefaultPolicy"}
# How many edges the templates have, at least, without which a runner would come too early.
LEAST_EDGES = 150
STACKS = ("Jobs", "Tasks", "Sweeps", "Schedules")
NEEDED = {
    "AWS::EC2::SecurityGroup",
    "AWS::EC2::SecurityGroupEgress",
    "AWS::EC2::SecurityGroupIngress",
    "AWS::EC2::Subnet",
    "AWS::EC2::SubnetRouteTableAssociation",
    "AWS::EC2::VPCEndpoint",
    "AWS::EFS::FileSystem",
    "AWS::EFS::MountTarget",
    "AWS::Events::Rule",
    "AWS::FSx::FileSystem",
    "AWS::IAM::ManagedPolicy",
    "AWS::IAM::Policy",
    "AWS::IAM::Role",
    "AWS::KMS::Key",
    "AWS::Lambda::EventInvokeConfig",
    "AWS::Lambda::Function",
    "AWS::Lambda::Permission",
    "AWS::Logs::LogGroup",
    "AWS::S3::Bucket",
    "AWS::S3::BucketPolicy",
    "AWS::SQS::Queue",
    "AWS::StepFunctions::StateMachine",
    WORKFLOW_JOBS,
}


@pytest.fixture(scope="module")
def orders() -> dict[str, Order]:
    return {name: Order(template) for name, template in templates().items()}


def gaps(order: Order, without: Edge | None = None) -> set[tuple[str, str]]:
    """What comes too late, and for which runner."""
    return {
        (runner, name)
        for runner, names in order.gaps(without).items()
        for name in names
        if not name.startswith(tuple(USERS_OWN))
    }


@pytest.mark.parametrize("stack", STACKS)
def test_every_runner_comes_after_all_it_needs(orders: dict[str, Order], stack: str) -> None:
    assert gaps(orders[stack]) == set()


def test_what_is_needed_is_of_every_kind(orders: dict[str, Order]) -> None:
    """What the case above is about."""
    found = {
        order.resources[name]["Type"]
        for order in orders.values()
        for runner in order.runners
        if not runner.startswith(RUNTIME)
        for name in order.needs(runner)
    }
    assert found >= NEEDED


def test_without_any_one_edge_a_runner_would_come_too_early(orders: dict[str, Order]) -> None:
    """Each DependsOn is missed when it is left out, unless the template has another way."""
    missed = 0
    for order in orders.values():
        for edge in order.edges():
            late = {name for _, name in gaps(order, edge)}
            another_way = edge[1] in order.before(edge[0], edge)
            needed = any(edge[1] in order.needs(one) for one in order.runners if one == edge[0])
            assert late or another_way or not needed, edge
            missed += bool(late)
    assert missed >= LEAST_EDGES


def test_the_runtime_outlives_all_that_it_stops(orders: dict[str, Order]) -> None:
    """CloudFormation deletes in the opposite order: machines and schedules, their jobs, and then the rest."""
    for stack in ("Tasks", "Sweeps", "Schedules"):
        order = orders[stack]
        (jobs,) = (one for one in order.runners if order.resources[one]["Type"] == WORKFLOW_JOBS)
        users = [
            one
            for one in order.runners
            if order.resources[one]["Type"] in (MACHINE, SCHEDULE) and not one.startswith(RUNTIME)
        ]
        assert users
        assert [one for one in users if jobs not in order.before(one)] == []
        runtime = [one for one in order.resources if one.startswith((f"{RUNTIME}Front", f"{RUNTIME}Worker"))]
        assert [one for one in runtime if one not in order.before(jobs) and "Policy" not in one] == []
