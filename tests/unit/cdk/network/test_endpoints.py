"""Interface endpoints on request: which services, for whom they are open, and who waits for them."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2

from constructs_lib import Completion, SpecError, TrainingJob, TrainingPlatform
from constructs_lib.cdk.network.endpoints import checked_endpoints
from tests.unit.cdk.graph import missing

from .rules import Rule, rules, template_of
from .test_instances import SPEC

LOGS = ec2.InterfaceVpcEndpointAwsService.CLOUDWATCH_LOGS
ASKED: list[Any] = ["sts", "ecr.api", "experiments", LOGS]
HTTPS = (443, 443)


class Made:
    """A platform with endpoints in its own VPC, and one whose VPC and group are those of another stack."""

    def __init__(self) -> None:
        app = cdk.App()
        self.stack = cdk.Stack(app, "Stack")
        platform = TrainingPlatform(self.stack, "Platform", endpoints=ASKED)
        TrainingJob(self.stack, "Job", spec=SPEC, platform=platform, completion=Completion.start())
        around = cdk.Stack(app, "Around")
        vpc = ec2.Vpc(around, "Vpc", nat_gateways=0, restrict_default_security_group=False)
        vpc.add_gateway_endpoint("S3", service=ec2.GatewayVpcEndpointAwsService.S3)
        group = ec2.SecurityGroup(around, "Group", vpc=vpc, allow_all_outbound=False)
        other = cdk.Stack(app, "Other")
        TrainingPlatform(other, "Platform", vpc=vpc, security_groups=[group], endpoints=["sts"])
        self.other = template_of(other)
        self.around = template_of(around)
        self.template = template_of(self.stack)

    def endpoints(self) -> list[dict[str, Any]]:
        found = self.template["Resources"].values()
        every = [one["Properties"] for one in found if one["Type"] == "AWS::EC2::VPCEndpoint"]
        return [one for one in every if one["VpcEndpointType"] == "Interface"]


@pytest.fixture(scope="module")
def made() -> Made:
    return Made()


def test_each_service_gets_one_in_both_zones_under_its_own_name(made: Made) -> None:
    names = ["".join(map(str, one["ServiceName"]["Fn::Join"][1])) for one in made.endpoints()]

    region = "{'Ref': 'AWS::Region'}"
    assert names == [
        f"com.amazonaws.{region}.sts",
        f"com.amazonaws.{region}.ecr.api",
        f"aws.sagemaker.{region}.experiments",
        f"com.amazonaws.{region}.logs",
    ]
    assert all(len(one["SubnetIds"]) == 2 and one["PrivateDnsEnabled"] for one in made.endpoints())


def test_they_have_a_group_that_only_jobs_may_enter(made: Made) -> None:
    groups = {str(one["SecurityGroupIds"]) for one in made.endpoints()}
    resources = made.template["Resources"]
    (own,) = (
        name
        for name in resources
        if name.startswith("PlatformEndpointsSecurityGroup")
        and resources[name]["Type"] == "AWS::EC2::SecurityGroup"
    )

    assert groups == {str([{"Fn::GetAtt": [own, "GroupId"]}])}
    assert "SecurityGroupIngress" not in resources[own]["Properties"]
    names = {"PlatformEndpoints": "endpoints", "PlatformSecurityGroup": "jobs"}
    assert rules(made.template, names) == [
        Rule("in", "endpoints", "jobs", HTTPS),
        Rule("out", "jobs", "endpoints", HTTPS),
    ]


def test_jobs_wait_for_them(made: Made) -> None:
    assert missing(made.template) == {}


def test_a_vpc_of_another_stack_gets_them_and_knows_nothing_of_it(made: Made) -> None:
    types = [one["Type"] for one in made.other["Resources"].values()]

    assert types.count("AWS::EC2::VPCEndpoint") == 1
    assert len(rules(made.other, {"Around": "jobs", "Platform": "endpoints"})) == 2
    assert "Platform" not in str(made.around)


def test_none_are_made_unasked() -> None:
    assert checked_endpoints((), None, "Stack/Platform") == {}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("sts", "must be a list of services, got str"),
        (None, "must be a list of services, got NoneType"),
        ([443], r"endpoints\[0\]: must be a service or its short name, got int"),
        (["STS"], r"in lower case, got 'STS'; leave out what is before"),
        (["com.amazonaws.eu-west-1.sts"], r"must be a service's short name"),
        (["sts", "ecr"], r"endpoints\[1\]: is 'ecr', which is no endpoint's service; write 'ecr.api' and"),
        (["sts", "logs", "sts"], r"endpoints\[2\]: is 'sts' for the second time"),
        (["logs", LOGS], r"endpoints\[1\]: is 'logs' for the second time"),
        (["s3"], "gateway endpoint that costs nothing"),
    ],
)
def test_what_is_no_service_is_refused(given: Any, words: str) -> None:
    with pytest.raises(SpecError, match=rf"{words}.*\[Stack/Platform\]"):
        checked_endpoints(given, None, "Stack/Platform")


def test_an_imported_vpc_is_not_changed() -> None:
    stack = cdk.Stack(cdk.App(), "Stack")
    vpc = ec2.Vpc.from_vpc_attributes(
        stack,
        "Vpc",
        vpc_id="vpc-12345678",
        availability_zones=["us-east-1a"],
        private_subnet_ids=["subnet-12345678"],
    )

    with pytest.raises(SpecError, match=r"endpoints: the vpc is imported.*make them where the vpc is made"):
        TrainingPlatform(stack, "Platform", vpc=vpc, endpoints=["sts"])


def test_without_a_vpc_there_is_nothing_to_put_them_in() -> None:
    with pytest.raises(SpecError, match="endpoints were given together with use_vpc=False"):
        TrainingPlatform(cdk.Stack(), "Platform", use_vpc=False, endpoints=["sts"])
