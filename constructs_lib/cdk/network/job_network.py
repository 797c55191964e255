"""`JobNetwork`: where a platform's jobs have their network interfaces, and what is opened for them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

from aws_cdk import aws_ec2 as ec2
from constructs import Construct, IDependable

from constructs_lib.cdk.findings import runner_finding
from constructs_lib.cdk.network.endpoints import add_interface_endpoints
from constructs_lib.cdk.network.file_systems import Mount, mounts, open_to, open_to_range, range_of
from constructs_lib.cdk.network.groups import admit_each_other
from constructs_lib.cdk.network.needs import Need
from constructs_lib.cdk.network.opening import Opening
from constructs_lib.cdk.network.ways import Ways
from constructs_lib.cdk.whereabouts import path_of
from constructs_lib.rules import Finding
from constructs_lib.spec import TrainingJobSpec
from constructs_lib.spec.resources import may_use_several_instances

__all__ = ["JobNetwork"]


class JobNetwork:
    """The network of one platform. What is opened is opened once, however many jobs ask for it.

    Args:
        platform: the platform.
        vpc: its VPC.
        subnets: those of it that jobs use.
        groups: the jobs' security groups.
        services: interface endpoints to make, by their services' short names.

    Attributes:
        subnet_ids: of the jobs' subnets.
        endpoints: what has the interface endpoints in it, for who waits for them.
    """

    def __init__(
        self,
        platform: Construct,
        vpc: ec2.IVpc,
        subnets: ec2.SelectedSubnets,
        groups: Sequence[ec2.ISecurityGroup],
        services: dict[str, ec2.InterfaceVpcEndpointAwsService],
    ) -> None:
        self._platform, self._vpc, self._groups = platform, vpc, groups
        self._subnets: list[ec2.ISubnet] = list(subnets.subnets)
        self.subnet_ids: list[str] = list(subnets.subnet_ids)
        self._services = set(services)
        self._opened: set[str] = set()
        self._lost: list[Opening] = []
        self.endpoints: list[IDependable] = add_interface_endpoints(
            platform, services, vpc, self._subnets, groups
        )

    def open_for(self, spec: TrainingJobSpec, runner: Construct) -> None:
        """Open what a spec's jobs need: to each other, where there may be several instances, and to files.

        Args:
            spec: what is trained.
            runner: the construct that runs it.
        """
        if may_use_several_instances(spec) and self._is_new("instances"):
            self._lost += admit_each_other(self._groups, ec2.Port.all_traffic(), "Instances of one job")
        for mount in mounts(spec):
            self._open_mount(mount, runner)

    def _open_mount(self, mount: Mount, runner: Construct) -> None:
        if mount.construct is None:
            addresses = range_of(self._vpc) if self._is_new(mount.kind.label) else None
            if addresses is not None:
                open_to_range(mount, self._groups, addresses)
        elif self._is_new(path_of(mount.construct)):
            self._lost += open_to(mount, self._groups, runner, self._vpc)

    def _is_new(self, what: str) -> bool:
        known = what in self._opened
        self._opened.add(what)
        return not known

    @cached_property
    def _ways(self) -> Ways | None:
        """Asked at synthesis, as routes may be added until then; None where they are not known."""
        return Ways(self._vpc, self._subnets) if isinstance(self._vpc, ec2.Vpc) else None

    def findings(self) -> list[Finding]:
        """What is wrong with the subnets' ways, the endpoints and the rules; own subnets have a way."""
        is_own = self._vpc.node.path.startswith(f"{path_of(self._platform)}/")
        lost = [] if is_own or self._ways is None else self._ways.without_s3()
        found = [runner_finding("no-route-to-s3", "VpcConfig.Subnets", got=", ".join(lost))] if lost else []
        if self._lost:
            got = "; ".join(map(str, self._lost))
            found.append(runner_finding("security-group-not-changed", "VpcConfig.SecurityGroupIds", got=got))
        return [*found, *self._second_endpoints()]

    def _second_endpoints(self) -> Iterator[Finding]:
        if self._services and self._ways is not None:
            for service, other in self._ways.twice(f"{path_of(self._platform)}/Endpoints/"):
                facts = {"service": repr(service), "other": other}
                yield runner_finding("second-interface-endpoint", "VpcConfig.Subnets", **facts)

    def lacks(self, need: Need) -> str:
        """In words, the subnets from which what is needed cannot be reached; empty where it may be."""
        if self._ways is None or self._services.intersection(need.endpoints):
            return ""
        lost = self._ways.without_route()
        return f"from {', '.join(lost)}" if lost else ""
