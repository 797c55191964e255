"""The network a platform makes: isolated subnets in two zones, and a way to S3 that costs nothing."""

from __future__ import annotations

from aws_cdk import Aws, Fn
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from constructs import Construct

__all__ = ["ZONES", "add_s3_endpoint", "make_security_group", "make_vpc"]

ZONES = 2


def make_vpc(scope: Construct) -> ec2.Vpc:
    """A VPC without a way out but to S3.

    SageMaker pulls images and ships logs outside the customer's VPC, so a job that needs S3 only is served.
    The zones are chosen by CloudFormation: no look-up, so synth needs no credentials.
    """
    vpc = ec2.Vpc(
        scope,
        "Vpc",
        availability_zones=[Fn.select(index, Fn.get_azs()) for index in range(ZONES)],
        nat_gateways=0,
        # Nothing uses the default group. Restricting it would add a Lambda function to every stack.
        restrict_default_security_group=False,
        subnet_configuration=[
            ec2.SubnetConfiguration(
                name="Training", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED, cidr_mask=20
            )
        ],
    )
    add_s3_endpoint(vpc)
    return vpc


def add_s3_endpoint(vpc: ec2.Vpc) -> None:
    """A gateway endpoint with a fixed policy.

    It is not assembled from the jobs' buckets: that would make every job a dependency of the network that
    the job depends on. It lets this account's principals read anywhere their own policies allow, and write
    to this account's buckets only.
    """
    endpoint = vpc.add_gateway_endpoint("S3", service=ec2.GatewayVpcEndpointAwsService.S3)
    this_account = {"StringEquals": {"aws:PrincipalAccount": Aws.ACCOUNT_ID}}
    endpoint.add_to_policy(
        iam.PolicyStatement(
            sid="ReadWhatThePrincipalMay",
            principals=[iam.AnyPrincipal()],
            actions=["s3:GetBucketLocation", "s3:GetObject*", "s3:ListBucket"],
            resources=["*"],
            conditions=this_account,
        )
    )
    endpoint.add_to_policy(
        iam.PolicyStatement(
            sid="WriteToThisAccountOnly",
            principals=[iam.AnyPrincipal()],
            actions=["s3:AbortMultipartUpload", "s3:DeleteObject*", "s3:List*", "s3:PutObject*"],
            resources=["*"],
            conditions={
                "StringEquals": {
                    "aws:PrincipalAccount": Aws.ACCOUNT_ID,
                    "aws:ResourceAccount": Aws.ACCOUNT_ID,
                }
            },
        )
    )


def make_security_group(scope: Construct, vpc: ec2.IVpc) -> ec2.SecurityGroup:
    """A group that nothing may enter and that may leave by HTTPS only."""
    group = ec2.SecurityGroup(
        scope, "SecurityGroup", vpc=vpc, description="SageMaker training jobs", allow_all_outbound=False
    )
    group.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(443), "HTTPS (S3 through its endpoint)")
    return group
