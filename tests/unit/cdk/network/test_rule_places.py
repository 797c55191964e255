"""Rules between groups of different stacks are made where a reference is already: no circle."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_efs as efs
from constructs import Construct

from constructs_lib import Channel, TrainingPlatform
from constructs_lib.cdk.network.rule_places import is_made_with_jobs

from .rules import template_of
from .test_file_systems import job, lustre_of
from .test_instances import SPEC, run

INGRESS = "AWS::EC2::SecurityGroupIngress"


class Made:
    """File systems and given groups in different stacks of one app, and nested stacks with file systems."""

    def __init__(self) -> None:
        self.app = cdk.App()
        self.network, self.platforms = self.stack("Network"), self.stack("Platforms")
        self.files, self.more = self.stack("Files"), self.stack("More")
        self.vpc = self.vpc_in(self.network)
        shared = TrainingPlatform(self.platforms, "Shared", vpc=self.vpc)
        self.parts: Any = {"bucket": shared.bucket, "encryption_key": shared.encryption_key}
        closed = self.group(self.network, "Closed", allow_all_outbound=False)
        open_group, other = self.group(self.network, "Open"), self.group(self.more, "Other")
        self.mount("Given", [closed], efs.FileSystem(self.files, "Efs", vpc=self.vpc))
        self.mount("Mixed", [open_group, other], efs.FileSystem(self.more, "Efs", vpc=self.vpc))
        lustre = Channel.from_fsx_lustre("fast", lustre_of(self.files, self.vpc))
        job(self.platforms, "Lustre", self.platform("Fast", [closed]), lustre)
        self.nested = self.nest()
        self.app.synth()  # raises for a circle between stacks

    def stack(self, id: str) -> cdk.Stack:
        return cdk.Stack(self.app, id)

    def vpc_in(self, scope: Construct) -> ec2.Vpc:
        inner = ec2.SubnetConfiguration(name="Inner", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)
        vpc = ec2.Vpc(scope, "Vpc", subnet_configuration=[inner], restrict_default_security_group=False)
        vpc.add_gateway_endpoint("S3", service=ec2.GatewayVpcEndpointAwsService.S3)
        return vpc

    def group(self, scope: Construct, id: str, **given: Any) -> ec2.SecurityGroup:
        return ec2.SecurityGroup(scope, id, vpc=self.vpc, **given)

    def platform(self, id: str, groups: Any) -> TrainingPlatform:
        return TrainingPlatform(self.platforms, id, vpc=self.vpc, security_groups=groups, **self.parts)

    def mount(self, id: str, groups: Any, system: efs.FileSystem) -> None:
        job(self.platforms, f"{id}Job", self.platform(id, groups), Channel.from_efs("files", system))

    def nest(self) -> dict[str, cdk.Stack]:
        """The layouts, each in a stack of its own, in one stage so that they have names of their own."""
        made = {name: self.stack(name) for name in ("Siblings", "Inner", "Outer", "Called")}
        one, two = (cdk.NestedStack(made["Siblings"], name) for name in "AB")
        self.lay(self.vpc_in(one), one, two, two)
        inner = cdk.NestedStack(made["Inner"], "A")
        self.lay(self.vpc_in(inner), inner, made["Inner"], made["Inner"])
        inner = cdk.NestedStack(made["Outer"], "A")
        platform = TrainingPlatform(inner, "Platform")
        self.lay(platform.vpc, made["Outer"], platform, made["Outer"])
        inner = cdk.NestedStack(made["Called"], "A")
        vpc = self.vpc_in(made["Called"])
        group = ec2.SecurityGroup(inner, "Group", vpc=vpc, allow_all_outbound=False)
        platform = TrainingPlatform(
            made["Called"], "Platform", vpc=vpc, security_groups=[group], endpoints=["sts"]
        )
        run("Job", inner, "Job", spec=SPEC, platform=platform)
        return made

    def lay(self, vpc: Any, files: Construct, platform: Construct, jobs: Construct) -> None:
        system = efs.FileSystem(files, "Efs", vpc=vpc)
        if not isinstance(platform, TrainingPlatform):
            platform = TrainingPlatform(platform, "Platform", vpc=vpc)
        job(jobs, "Job", platform, Channel.from_efs("files", system))

    def rules(self, stack: cdk.Stack) -> int:
        return [one["Type"] for one in template_of(stack)["Resources"].values()].count(INGRESS)


@pytest.fixture(scope="module")
def made() -> Made:
    return Made()


def test_a_given_group_of_the_networks_stack_gets_no_rule_there(made: Made) -> None:
    assert made.network.dependencies == []
    assert made.rules(made.network) == 0
    # EFS, and Lustre in both ways: two ranges of ports each, and within the file system's own group.
    assert made.rules(made.files) >= 5


def test_each_group_is_asked_for_itself(made: Made) -> None:
    assert made.network not in made.files.dependencies or made.files not in made.network.dependencies
    assert made.rules(made.more) == 2


@pytest.mark.parametrize("layout", ["Siblings", "Inner", "Outer", "Called"])
def test_nested_stacks_do_not_wait_in_a_circle(made: Made, layout: str) -> None:
    assert template_of(made.nested[layout])["Resources"]  # raises for a circle


def test_whoever_refers_to_the_other_already_has_the_rules(made: Made) -> None:
    here, there, third = made.platforms, made.files, made.more

    assert is_made_with_jobs(here, there, here, None)
    assert is_made_with_jobs(here, there, third, ec2.Vpc(there, "VpcOfFiles", max_azs=1))
    assert not is_made_with_jobs(here, there, there, None)
    assert not is_made_with_jobs(here, there, third, made.vpc)
