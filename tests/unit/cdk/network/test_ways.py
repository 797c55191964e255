"""Subnets without a way to S3 are told of; those of which it is not known are not."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2

from constructs_lib import TrainingPlatform
from tests.unit.cdk.reports import Entry, Report, report

S3 = ec2.GatewayVpcEndpointAwsService.S3
PUBLIC = ec2.SubnetSelection(subnet_type=ec2.SubnetType.PUBLIC)


class Made:
    """Platforms in VPCs with ways of all kinds, and with none; each way is made after its platform."""

    def __init__(self) -> None:
        app = cdk.App()
        self.stack = cdk.Stack(app, "Stack")
        self.first = TrainingPlatform(self.stack, "Own")
        self.platform("Lost", self.vpc("Lost"))
        self.platform("Db", self.vpc("Db")).add_gateway_endpoint(
            "Dynamo", service=ec2.GatewayVpcEndpointAwsService.DYNAMODB
        )
        self.platform("Express", self.vpc("Express")).add_interface_endpoint(
            "Express", service=ec2.InterfaceVpcEndpointAwsService("s3-outposts")
        )
        self.platform("Gateway", self.vpc("Gateway")).add_gateway_endpoint("S3", service=S3)
        vpc = self.platform("Half", self.vpc("Half"))
        half = ec2.SubnetSelection(subnets=[vpc.isolated_subnets[0]])
        vpc.add_gateway_endpoint("S3", service=S3, subnets=[half])
        self.platform("Interface", self.vpc("Interface")).add_interface_endpoint(
            "S3", service=ec2.InterfaceVpcEndpointAwsService.S3
        )
        around = cdk.Stack(app, "Around")
        vpc = self.platform("Elsewhere", self.vpc("Elsewhere"))
        ec2.GatewayVpcEndpoint(around, "S3", vpc=vpc, service=S3)
        self.platform("Nat", ec2.Vpc(self.stack, "VpcOfNat", nat_gateways=1))
        self.platform("Public", ec2.Vpc(self.stack, "VpcOfPublic", nat_gateways=0), PUBLIC)
        self.hand_made()
        self.report: Report = report(app)

    def vpc(self, id: str) -> ec2.Vpc:
        return ec2.Vpc(
            self.stack,
            f"VpcOf{id}",
            subnet_configuration=[
                ec2.SubnetConfiguration(name="Inner", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)
            ],
        )

    def platform(
        self, id: str, vpc: ec2.Vpc, subnets: ec2.SubnetSelection | None = None, **given: Any
    ) -> ec2.Vpc:
        shared: Any = {"bucket": self.first.bucket, "encryption_key": self.first.encryption_key, **given}
        TrainingPlatform(self.stack, f"In{id}", vpc=vpc, vpc_subnets=subnets, **shared)
        return vpc

    def hand_made(self) -> None:
        """A route of one's own, and a subnet that is not the app's."""
        vpc = self.platform("Routed", self.vpc("Routed"))
        for number, subnet in enumerate(vpc.isolated_subnets):
            ec2.CfnRoute(
                self.stack,
                f"Route{number}",
                route_table_id=subnet.route_table.route_table_id,
                destination_cidr_block="0.0.0.0/0",
                transit_gateway_id="tgw-12345678",
            )
        foreign = ec2.Subnet.from_subnet_attributes(
            self.stack, "Foreign", subnet_id="subnet-12345678", availability_zone="us-east-1a"
        )
        self.platform("Foreign", self.vpc("Foreign"), ec2.SubnetSelection(subnets=[foreign]))

    def found(self, id: str) -> list[Entry]:
        return [one for one in self.report.entries if one.construct == f"Stack/In{id}"]


@pytest.fixture(scope="module")
def made() -> Made:
    return Made()


@pytest.mark.parametrize("id", ["Lost", "Db", "Express"])
def test_subnets_without_a_way_are_told_of(made: Made, id: str) -> None:
    (entry,) = made.found(id)

    assert (entry.rule, entry.severity) == ("no-route-to-s3", "error")
    path = f"Stack/VpcOf{id}/InnerSubnet"
    assert f"VpcConfig.Subnets: no way to S3 from {path}1, {path}2: the VPC has no" in entry.text
    assert "vpc.add_gateway_endpoint('S3', service=ec2.GatewayVpcEndpointAwsService.S3)" in entry.fix


def test_one_of_them_is_told_of_by_itself(made: Made) -> None:
    (entry,) = made.found("Half")

    assert "no way to S3 from Stack/VpcOfHalf/InnerSubnet2: " in entry.text


@pytest.mark.parametrize("id", ["Gateway", "Interface", "Elsewhere", "Nat", "Public", "Routed", "Foreign"])
def test_a_way_of_any_kind_is_one_and_what_is_not_known_may_be(made: Made, id: str) -> None:
    assert made.found(id) == []


def test_a_platforms_own_network_has_one(made: Made) -> None:
    assert "Stack/Own" not in [entry.construct for entry in made.report.entries]
    assert made.report.failed
