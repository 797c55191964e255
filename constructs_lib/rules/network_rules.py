"""The words of the rules about a platform's network that only its constructs can know of."""

from __future__ import annotations

from constructs_lib.rules.rule import RuleInfo

__all__ = ["NETWORK_RULES"]

NETWORK_RULES = (
    RuleInfo(
        id="security-group-not-changed",
        severity="warning",
        fields=("VpcConfig.SecurityGroupIds",),
        violated_when="a job needs a rule of a security group that was imported with mutable=False",
        message=(
            "the group was imported with mutable=False, so nothing is opened in it; missing, unless it is "
            "there already: {got}"
        ),
        fix="let the group's owner add this, then acknowledge; or import it without mutable=False",
        source="https://docs.aws.amazon.com/sagemaker/latest/dg/train-vpc.html",
    ),
    RuleInfo(
        id="second-interface-endpoint",
        severity="error",
        fields=("VpcConfig.Subnets",),
        violated_when="a VPC has two interface endpoints with a private name for one service",
        message=(
            "the endpoint for {service} is the VPC's second with its private name, got {other} too: a VPC "
            "takes one, and EC2 refuses the other"
        ),
        fix="leave {service} out of endpoints, and let the jobs' groups into the other one",
        source="https://docs.aws.amazon.com/vpc/latest/privatelink/interface-endpoints.html",
    ),
)
