"""The ports of file systems that channels mount, opened between them and the jobs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from aws_cdk import aws_ec2 as ec2
from constructs import Construct, IDependable

from constructs_lib.cdk.findings import runner_finding
from constructs_lib.cdk.network.groups import admit
from constructs_lib.cdk.network.opening import Opening
from constructs_lib.cdk.network.rule_places import is_made_with_jobs
from constructs_lib.cdk.request_parts import known_items
from constructs_lib.rules import Finding
from constructs_lib.spec import TrainingJobSpec
from constructs_lib.spec.file_systems import EFS, FileSystem
from constructs_lib.spec.text import is_unknown

__all__ = ["Mount", "file_system_findings", "mounted", "mounts", "open_to", "open_to_range"]


class _Kind(NamedTuple):
    """How a kind of file system is reached.

    Attributes:
        label: what it is called in descriptions.
        ports: its ports.
        calls_back: whether its servers open connections to their clients, too.
        written: the ports in words.
        imported: how an existing one becomes a construct.
    """

    label: str
    ports: tuple[ec2.Port, ...]
    calls_back: bool
    written: str
    imported: str


_EFS = _Kind(
    "EFS", (ec2.Port.tcp(2049),), False, "TCP 2049", "aws_efs.FileSystem.from_file_system_attributes"
)
# AWS's FSx for Lustre guide, "File system access control with Amazon VPC": both groups admit both ways.
_LUSTRE = _Kind(
    "FSx for Lustre",
    (ec2.Port.tcp(988), ec2.Port.tcp_range(1018, 1023)),
    True,
    "TCP 988 and 1018-1023",
    "aws_fsx.LustreFileSystem.from_lustre_file_system_attributes",
)


class Mount(NamedTuple):
    """A file system of a channel.

    Attributes:
        number: the channel's index.
        system: what the channel was given.
        kind: how it is reached.
    """

    number: int
    system: FileSystem
    kind: _Kind

    @property
    def construct(self) -> Any:
        """The construct with its security groups; None for one that is known by its id alone."""
        given = self.system.file_system
        # Of the object, not of its type: an imported one is a proxy for any type of CDK's.
        return given if hasattr(given, "connections") else None


def mounts(spec: TrainingJobSpec) -> Iterator[Mount]:
    """The file systems of a spec's channels."""
    for index, channel in enumerate(known_items(spec.channels)):
        system = channel.file_system
        if system is not None and not is_unknown(system.type):
            yield Mount(index, system, _EFS if system.type == EFS else _LUSTRE)


def mounted(spec: TrainingJobSpec) -> list[IDependable]:
    """What a job is made after: its file systems with their mount targets, and the rules of their groups."""
    found = [mount.construct for mount in mounts(spec) if mount.construct is not None]
    return [part for one in found for part in (one, *one.connections.security_groups)]


def open_to(
    mount: Mount, groups: Sequence[ec2.ISecurityGroup], runner: Construct, vpc: object
) -> list[Opening]:
    """Open the file system to the jobs' groups, and these to it.

    Args:
        mount: one with a construct.
        groups: the jobs'.
        runner: who mounts it.
        vpc: the platform's.

    Returns:
        The rules that could not be made.
    """
    lost: list[Opening] = []
    for group in groups:
        for own in mount.construct.connections.security_groups:
            with_jobs = is_made_with_jobs(group, own, runner, vpc)
            lost += _open_between(mount, group, own, with_jobs=with_jobs)
    return lost


def _open_between(
    mount: Mount, jobs: ec2.ISecurityGroup, files: ec2.ISecurityGroup, *, with_jobs: bool
) -> list[Opening]:
    lost: list[Opening] = []
    for port in mount.kind.ports:
        words = f"{mount.kind.label} of training jobs"
        lost += admit([jobs], [files], port, words, made_with_targets=not with_jobs)
        if mount.kind.calls_back:
            lost += admit([files], [jobs], port, words, made_with_targets=with_jobs)
    return lost


def open_to_range(mount: Mount, groups: Sequence[ec2.ISecurityGroup], addresses: str) -> None:
    """Let the jobs' groups out to the file system's ports anywhere in the VPC: its address is not known."""
    for group in groups:
        for port in mount.kind.ports if not group.allow_all_outbound else ():
            words = f"{mount.kind.label} of training jobs, known by its id"
            group.add_egress_rule(ec2.Peer.ipv4(addresses), port, words)


def file_system_findings(spec: TrainingJobSpec) -> list[Finding]:
    """A warning for each file system whose own security group is not known here."""
    return [
        runner_finding(
            "file-system-by-id",
            f"InputDataConfig[{mount.number}].DataSource.FileSystemDataSource.FileSystemId",
            label=mount.kind.label,
            ports=mount.kind.written,
            back=", and theirs admit it" if mount.kind.calls_back else "",
            imported=mount.kind.imported,
        )
        for mount in mounts(spec)
        if mount.construct is None
    ]


def range_of(vpc: ec2.IVpc) -> str | None:
    """The VPC's addresses; None for an imported one that does not say them."""
    try:
        return vpc.vpc_cidr_block
    except RuntimeError:
        return None
