"""How a runner joins its platform's network: the same for a job, a task, a sweep and a schedule."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from constructs_lib.cdk.findings import runner_finding
from constructs_lib.cdk.network.file_systems import file_system_findings
from constructs_lib.cdk.network.groups import spec_connections
from constructs_lib.cdk.network.needs import Need, needs
from constructs_lib.cdk.validation_plugin import report_on
from constructs_lib.rules import Finding
from constructs_lib.spec import TrainingJobSpec

if TYPE_CHECKING:
    from constructs_lib.cdk.network.job_network import JobNetwork
    from constructs_lib.cdk.platform import TrainingPlatform

__all__ = ["join_network"]


def join_network(
    runner: Construct, spec: TrainingJobSpec, platform: TrainingPlatform, *, reports: bool = True
) -> ec2.Connections:
    """Open what the spec's jobs need in the platform's network, and report what they lack there.

    Groups that the spec names are somebody else's: they are not changed unasked.

    Args:
        runner: the construct that runs the spec.
        spec: what it trains.
        platform: where.
        reports: False where another construct, inside this one, reports the same.

    Returns:
        Who may reach the jobs' network interfaces.
    """
    own = spec_connections(runner, spec)
    network = platform.network if own is None else None
    if network is not None:
        network.open_for(spec, runner)
    if reports:
        _report(runner, spec, network)
    return own or platform.connections


def _report(runner: Construct, spec: TrainingJobSpec, network: JobNetwork | None) -> None:
    """Report at synthesis, when all routes are known; most specs need nothing, and cost nothing."""
    needed = needs(spec)
    known = [] if network is None else file_system_findings(spec)
    if known or (needed and (network is not None or spec.network_isolation is True)):
        report_on(runner, lambda: [*known, *_lacking(needed, spec, network)])


def _lacking(needed: list[Need], spec: TrainingJobSpec, network: JobNetwork | None) -> Iterator[Finding]:
    for need in needed:
        isolated = need.by_container and spec.network_isolation is True
        around = "" if network is None else network.lacks(need)
        where = "network isolation" if isolated else around
        if where:
            yield runner_finding(
                "no-route-for-requirements",
                need.path,
                what=need.what,
                where=where,
                remedy=need.remedy,
                way="train without network isolation" if isolated else _way(need),
            )


def _way(need: Need) -> str:
    services = " and ".join(repr(name) for name in sorted(need.endpoints))
    return (
        f"give TrainingPlatform endpoints for {services}, use_vpc=False, or a vpc with a NAT gateway "
        "for its subnets"
    )
