"""File systems of channels: their ports are opened between them and the jobs, and to nobody else."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_efs as efs
from aws_cdk import aws_fsx as fsx
from aws_cdk.assertions import Annotations, Match
from constructs import Construct

from constructs_lib import Channel, Completion, TrainingJob, TrainingPlatform
from tests.unit.cdk.graph import missing
from tests.unit.cdk.reports import Report, report

from .rules import Rule, rules, template_of
from .test_instances import SPEC, run

NAMES = {"PlatformSecurityGroup": "jobs", "Efs": "files", "Lustre": "lustre"}
ONE, RANGE = (988, 988), (1018, 1023)


def efs_of(scope: Construct, vpc: Any, id: str = "Files") -> efs.FileSystem:
    return efs.FileSystem(scope, id, vpc=vpc)


def lustre_of(scope: Construct, vpc: Any) -> fsx.LustreFileSystem:
    scratch = fsx.LustreConfiguration(deployment_type=fsx.LustreDeploymentType.SCRATCH_2)
    subnet = vpc.isolated_subnets[0]
    return fsx.LustreFileSystem(
        scope, "Fast", vpc=vpc, vpc_subnet=subnet, storage_capacity_gib=1200, lustre_configuration=scratch
    )


def job(scope: Construct, id: str, platform: TrainingPlatform, *channels: Channel) -> TrainingJob:
    spec = SPEC.replace(channels=channels)
    return TrainingJob(scope, id, spec=spec, platform=platform, completion=Completion.start())


class Made:
    """Jobs of one platform that mount file systems, two of them the same one."""

    def __init__(self) -> None:
        self.app = cdk.App()
        self.stack = cdk.Stack(self.app, "Stack")
        platform = TrainingPlatform(self.stack, "Platform")
        system, lustre = efs_of(self.stack, platform.vpc), lustre_of(self.stack, platform.vpc)
        channels = [Channel.from_efs("files", system), Channel.from_fsx_lustre("fast", lustre)]
        job(self.stack, "Job", platform, *channels)
        spec = SPEC.replace(channels=channels)
        for kind in ("Task", "Direct"):
            run(kind, self.stack, kind, spec=spec, platform=platform)
        self.template = template_of(self.stack)


@pytest.fixture(scope="module")
def made() -> Made:
    return Made()


def test_the_ports_are_open_in_both_groups_once(made: Made) -> None:
    # Those of the file system itself are CDK's.
    found = [rule for rule in rules(made.template, NAMES) if "jobs" in rule]

    nfs = (2049, 2049)
    expected = [Rule("in", "files", "jobs", nfs), Rule("out", "jobs", "files", nfs)]
    for ports in (ONE, RANGE):
        expected += [Rule("in", "lustre", "jobs", ports), Rule("out", "jobs", "lustre", ports)]
        expected.append(Rule("in", "jobs", "lustre", ports))  # its servers call back
    assert found == sorted(expected)
    assert Annotations.from_stack(made.stack).find_warning("*", Match.any_value()) == []


def test_jobs_wait_for_the_rules_and_the_mount_targets(made: Made) -> None:
    resources = made.template["Resources"]
    (mount, *_) = (name for name, one in resources.items() if one["Type"] == "AWS::EFS::MountTarget")
    owner = next(one for one in resources.values() if one["Type"] == "Custom::SageMakerWorkflowJobs")
    own = next(one for one in resources.values() if one["Type"] == "Custom::SageMakerTrainingJob")

    opened = [
        name
        for name, one in resources.items()
        if one["Type"] in ("AWS::EC2::SecurityGroupIngress", "AWS::EC2::SecurityGroupEgress")
    ]
    assert len(opened) >= 8
    for resource in (owner, own):
        assert {mount, *opened} <= set(resource["DependsOn"])


class ById:
    """Channels with ids: in the platform's own VPC, in one of unknown addresses, and without one."""

    def __init__(self) -> None:
        app = cdk.App()
        stack = cdk.Stack(app, "Stack")
        own = TrainingPlatform(stack, "Platform")
        job(stack, "Own", own, Channel.from_efs("a", "fs-12345678"), Channel.from_efs("b", "fs-22345678"))
        unknown = TrainingPlatform(stack, "Other", vpc=self._imported(stack))
        job(stack, "Unknown", unknown, Channel.from_fsx_lustre("c", "fs-32345678", "/mount"))
        self.template = template_of(stack)
        self.report: Report = report(app)

    @staticmethod
    def _imported(stack: cdk.Stack) -> ec2.IVpc:
        return ec2.Vpc.from_vpc_attributes(
            stack,
            "Imported",
            vpc_id="vpc-12345678",
            availability_zones=["us-east-1a"],
            isolated_subnet_ids=["subnet-12345678"],
        )


@pytest.fixture(scope="module")
def by_id() -> ById:
    return ById()


def test_an_id_opens_the_way_to_the_addresses_of_the_vpc(by_id: ById) -> None:
    groups = {
        name: one["Properties"]["SecurityGroupEgress"]
        for name, one in by_id.template["Resources"].items()
        if one["Type"] == "AWS::EC2::SecurityGroup"
    }
    own = next(group for name, group in groups.items() if name.startswith("Platform"))
    other = next(group for name, group in groups.items() if name.startswith("Other"))

    https, nfs = own
    assert (https["FromPort"], https["ToPort"], https["CidrIp"]) == (443, 443, "0.0.0.0/0")
    assert (nfs["FromPort"], nfs["ToPort"]) == (2049, 2049)
    assert nfs["CidrIp"]["Fn::GetAtt"][1] == "CidrBlock"
    assert "known by its id" in nfs["Description"]
    assert [rule["FromPort"] for rule in other] == [443]
    assert rules(by_id.template, NAMES) == []


def test_an_id_is_told_of(by_id: ById) -> None:
    found = [entry for entry in by_id.report.entries if entry.rule == "file-system-by-id"]

    assert not by_id.report.failed
    member = "DataSource.FileSystemDataSource.FileSystemId"
    assert [(entry.construct, entry.text.partition(":")[0]) for entry in found] == [
        ("Stack/Own", f"InputDataConfig[0].{member}"),
        ("Stack/Own", f"InputDataConfig[1].{member}"),
        ("Stack/Unknown", f"InputDataConfig[0].{member}"),
    ]
    assert "admits the jobs' on TCP 2049, and acknowledge" in found[0].fix
    assert "admits the jobs' on TCP 988 and 1018-1023, and theirs admit it" in found[2].fix
    assert "aws_fsx.LustreFileSystem.from_lustre_file_system_attributes" in found[2].fix


class Place:
    """Stacks for a network, a platform, a file system and a job, some of which are one stack."""

    def __init__(self, layout: str) -> None:
        app = cdk.App()
        stacks = {name: cdk.Stack(app, f"Stack{name}") for name in sorted(set(layout))}
        around, shared, files, jobs = (stacks[name] for name in layout)
        vpc = None
        if around is not shared:
            vpc = ec2.Vpc(around, "Vpc", nat_gateways=0)
            vpc.add_gateway_endpoint("S3", service=ec2.GatewayVpcEndpointAwsService.S3)
        platform = TrainingPlatform(shared, "Platform", vpc=vpc)
        system = efs_of(files, platform.vpc)
        job(jobs, "Job", platform, Channel.from_efs("files", system))
        app.synth()  # raises for a circle
        self.holder = next(
            name
            for name, stack in stacks.items()
            if rules(template_of(stack), {"Platform": "jobs", "Files": "files"})
        )


@pytest.mark.parametrize(
    ("layout", "holder"),
    [
        ("AAAB", "A"),  # the platform and the file system in one stack
        ("AABB", "B"),  # the file system beside the job, in the platform's network
        ("AABC", "B"),  # each by itself
        ("ABAC", "B"),  # the file system beside the network
        ("ABAA", None),  # a job before the platform that it uses
        ("ABCB", "B"),  # the job beside the platform
        ("ABCC", "C"),
    ],
)
def test_the_rules_follow_the_references_between_stacks(layout: str, holder: str | None) -> None:
    if holder is None:
        with pytest.raises(RuntimeError, match=r"cyclic|circular|depends"):
            Place(layout)
        return

    assert Place(layout).holder == holder


def test_a_nested_stack_refers_to_what_is_around_it() -> None:
    app = cdk.App()
    stack = cdk.Stack(app, "Stack")
    nested = cdk.NestedStack(stack, "Nested")
    platform = TrainingPlatform(stack, "Platform")
    job(nested, "Job", platform, Channel.from_efs("files", efs_of(nested, platform.vpc)))

    app.synth()

    inner = template_of(nested)
    assert len(rules(inner, {"Platform": "jobs", "Files": "files"})) == 2


def test_an_imported_file_system_is_opened_by_its_group() -> None:
    app = cdk.App()
    stack = cdk.Stack(app, "Stack")
    platform = TrainingPlatform(stack, "Platform")
    group = ec2.SecurityGroup.from_security_group_id(stack, "EfsGroup", "sg-12345678")
    system = efs.FileSystem.from_file_system_attributes(
        stack, "Files", file_system_id="fs-12345678", security_group=group
    )
    job(stack, "Job", platform, Channel.from_efs("files", system))

    template = template_of(stack)

    names = {"PlatformSecurityGroup": "jobs", "sg-12345678": "files"}
    nfs = (2049, 2049)
    assert rules(template, names) == [Rule("in", "files", "jobs", nfs), Rule("out", "jobs", "files", nfs)]
    assert missing(template) == {}
    assert "file-system-by-id" not in [entry.rule for entry in report(app).entries]
