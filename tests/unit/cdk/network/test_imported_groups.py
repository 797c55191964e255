"""Groups that are imported: what cannot be opened is said, and what two stacks need is opened once."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_efs as efs
from constructs import Construct

from constructs_lib import Channel, Output, TrainingPlatform
from tests.unit.cdk.reports import Entry, Report, report

from .rules import template_of
from .test_instances import SPEC, run

HERE = cdk.Environment(account="123456789012", region="eu-west-1")
JOBS, FILES, FIXED = "sg-11111111", "sg-22222222", "sg-33333333"
RULES = ("AWS::EC2::SecurityGroupIngress", "AWS::EC2::SecurityGroupEgress")


def vpc_of(scope: Construct) -> ec2.IVpc:
    return ec2.Vpc.from_vpc_attributes(
        scope,
        "Vpc",
        vpc_id="vpc-12345678",
        availability_zones=["eu-west-1a", "eu-west-1b"],
        private_subnet_ids=["subnet-12345678", "subnet-12345679"],
        private_subnet_route_table_ids=["rtb-12345678", "rtb-12345679"],
    )


def imported(scope: Construct, id: str, **given: Any) -> ec2.ISecurityGroup:
    return ec2.SecurityGroup.from_security_group_id(scope, f"Group {id}", id, **given)


def files_of(scope: Construct, group: ec2.ISecurityGroup) -> Channel:
    system = efs.FileSystem.from_file_system_attributes(
        scope, "Files", file_system_id="fs-12345678", security_group=group
    )
    return Channel.from_efs("files", system)


class Made:
    """Two stacks with the same groups, one with a group not to be changed, and an app with endpoints."""

    def __init__(self) -> None:
        self.app = cdk.App()
        self.first, self.second, self.fixed = (
            cdk.Stack(self.app, name, env=HERE) for name in ("First", "Second", "Fixed")
        )
        refused = cdk.App()
        self.other = cdk.Stack(refused, "Other", env=HERE)
        opened = imported(self.first, JOBS)
        opened.add_ingress_rule(opened, ec2.Port.all_traffic())  # the user did this already
        self.job(self.first, opened, imported(self.first, FILES))
        self.job(self.second, imported(self.second, JOBS), imported(self.second, FILES))
        fixed = imported(self.fixed, FIXED, mutable=False, allow_all_outbound=False)
        files = imported(self.fixed, FILES)
        self.job(self.fixed, fixed, files)
        self.job(self.fixed, fixed, files, "Second")
        self.endpoints()
        run("Job", self.other, "Writer", spec=SPEC.replace(output=self.results()), platform=self.own)
        looked_up = ec2.Vpc.from_lookup(self.other, "LookedUp", vpc_id="vpc-12345678")
        platform = TrainingPlatform(self.other, "Later", vpc=looked_up, **self.shared)
        run("Job", self.other, "Job", spec=SPEC, platform=platform)
        self.reports: list[Report] = [report(self.app), report(refused)]

    def job(
        self, stack: cdk.Stack, jobs: ec2.ISecurityGroup, files: ec2.ISecurityGroup, id: str = "Only"
    ) -> None:
        scope = Construct(stack, id)
        platform = TrainingPlatform(scope, "Platform", vpc=vpc_of(scope), security_groups=[jobs])
        spec = SPEC.replace(instance_count=2, channels=[files_of(scope, files)])
        run("Job", scope, "Job", spec=spec, platform=platform)

    def endpoints(self) -> None:
        """In one VPC the services of two platforms, and one that the user made."""
        self.own = TrainingPlatform(self.other, "Own", endpoints=["sts", "logs"])
        self.shared: Any = {"bucket": self.own.bucket, "encryption_key": self.own.encryption_key}
        TrainingPlatform(self.other, "Again", vpc=self.own.vpc, endpoints=["sts"], **self.shared)
        made: Any = self.own.vpc
        ec2.InterfaceVpcEndpoint(
            self.other,
            "Logs",
            vpc=made,
            service=ec2.InterfaceVpcEndpointService("com.amazonaws.eu-west-1.logs"),
        )
        ec2.InterfaceVpcEndpoint(
            self.other,
            "Named",
            vpc=made,
            service=ec2.InterfaceVpcEndpointAwsService.CLOUDWATCH_LOGS,
            private_dns_enabled=True,
        )

    def results(self) -> Output:
        bucket = cdk.aws_s3.Bucket.from_bucket_attributes(
            self.other, "Theirs", bucket_name="their-results", account="210987654321", region="eu-west-1"
        )
        return Output(bucket=bucket, prefix="results/")

    def found(self, rule: str) -> list[Entry]:
        return [one for found in self.reports for one in found.entries if one.rule == rule]


@pytest.fixture(scope="module")
def made() -> Made:
    return Made()


def rules_of(stack: cdk.Stack) -> list[tuple[str, str]]:
    found = [one["Properties"] for one in template_of(stack)["Resources"].values() if one["Type"] in RULES]
    return sorted((one["GroupId"], one.get("SourceSecurityGroupId", "")) for one in found)


def test_a_rule_of_groups_that_two_stacks_import_is_made_in_one(made: Made) -> None:
    assert rules_of(made.first) == [(JOBS, JOBS), (FILES, JOBS)]
    assert rules_of(made.second) == []


def test_a_group_that_is_not_to_be_changed_is_told_of_with_every_rule(made: Made) -> None:
    first, second = made.found("security-group-not-changed")

    assert (first.construct, first.severity) == ("Fixed/Only/Platform", "warning")
    assert second.construct == "Fixed/Second/Platform"
    for entry in (first, second):
        assert f"{FIXED} must admit {FIXED} on ALL TRAFFIC" in entry.text
        assert f"{FIXED} must let out to {FIXED} on ALL TRAFFIC" in entry.text
        assert f"{FIXED} must let out to {FILES} on 2049" in entry.text
        assert f"{FILES} must admit" not in entry.text
    assert rules_of(made.fixed) == [(FILES, FIXED)]


def test_an_endpoint_that_the_vpc_has_already_is_an_error(made: Made) -> None:
    found = made.found("second-interface-endpoint")

    assert {one.severity for one in found} == {"error"}
    told = {(one.construct, text) for one in found for text in ("'sts'", "'logs'") if text in one.text}
    assert told == {("Other/Own", "'sts'"), ("Other/Own", "'logs'"), ("Other/Again", "'sts'")}


def test_the_platforms_own_endpoint_refuses_what_another_accounts_bucket_may_allow(made: Made) -> None:
    (entry,) = made.found("bucket-of-another-account")

    assert (
        "the policy of Other/Own/Vpc/S3 refuses s3:AbortMultipartUpload, s3:PutObject on buckets"
        in entry.text
    )


def test_a_vpc_that_is_still_to_be_looked_up_is_unknown(made: Made) -> None:
    assert made.found("vpc-ids-form") == []
