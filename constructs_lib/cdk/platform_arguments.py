"""What a platform refuses at once: arguments of another type, and a choice of subnets that chooses none."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import RemovalPolicy
from aws_cdk import aws_ec2 as ec2

from constructs_lib.errors import SpecError
from constructs_lib.spec.checks import kind, offers

__all__ = ["check_platform_types", "chosen_subnets"]

# What of CDK's interface is asked for, what to say, and how an existing one is given.
_INTERFACES = {
    "bucket": (
        ("bucket_name", "add_to_resource_policy"),
        "an s3.IBucket",
        "use s3.Bucket.from_bucket_name",
    ),
    "encryption_key": (("key_arn", "add_to_resource_policy"), "a kms.IKey", "use kms.Key.from_key_arn"),
    "vpc": (("vpc_id", "select_subnets"), "an ec2.IVpc", "use ec2.Vpc.from_lookup"),
    "security_groups": (
        ("security_group_id", "add_ingress_rule"),
        "an ec2.ISecurityGroup",
        "use ec2.SecurityGroup.from_security_group_id",
    ),
}
_CLASSES: dict[str, tuple[type, str, str]] = {
    "output_prefix": (str, "text", "use '' for the bucket's root"),
    "use_vpc": (bool, "a bool", "pass True or False"),
    "vpc_subnets": (ec2.SubnetSelection, "an ec2.SubnetSelection", "make it with ec2.SubnetSelection"),
    "removal_policy": (RemovalPolicy, "a RemovalPolicy", "such as RemovalPolicy.RETAIN"),
}
_OPTIONAL = ("bucket", "encryption_key", "security_groups", "vpc", "vpc_subnets")


def check_platform_types(construct: str, **given: object) -> None:
    """Refuse arguments of another type, before they end in an error of somebody else's.

    Raises:
        SpecError: the first of them.
    """
    for name, value in given.items():
        if value is None and name in _OPTIONAL:
            continue
        if name == "security_groups":
            _check_groups(construct, value)
        elif name in _INTERFACES:
            _check_interface(construct, name, name, value)
        else:
            wanted, called, fix = _CLASSES[name]
            if not isinstance(value, wanted):
                raise SpecError(name, f"must be {called}, got {kind(value)}", fix, construct=construct)


def _check_groups(construct: str, given: object) -> None:
    if isinstance(given, str) or not isinstance(given, Sequence):
        problem = f"must be a list of security groups, got {kind(given)}"
        raise SpecError("security_groups", problem, "write security_groups=[group]", construct=construct)
    for index, group in enumerate(given):
        _check_interface(construct, "security_groups", f"security_groups[{index}]", group)


def _check_interface(construct: str, name: str, path: str, value: object) -> None:
    members, called, fix = _INTERFACES[name]
    # A class has the members too.
    if isinstance(value, type) or not offers(value, *members):
        got = f"the class {value.__name__}" if isinstance(value, type) else kind(value)
        raise SpecError(path, f"must be {called}, got {got}", fix, construct=construct)


def chosen_subnets(
    vpc: ec2.IVpc, selection: ec2.SubnetSelection | None, construct: str
) -> ec2.SelectedSubnets:
    """The subnets of the VPC that jobs use.

    Args:
        vpc: the VPC.
        selection: the argument; None for its private subnets, or else its isolated ones.
        construct: the platform's path.

    Raises:
        SpecError: there are none.
    """
    chosen = selection or _default_selection(vpc, construct)
    problem, fix = "selects none of the vpc's subnets", "select subnets that it has, or leave it out"
    try:
        found = vpc.select_subnets(
            availability_zones=chosen.availability_zones,
            one_per_az=chosen.one_per_az,
            subnet_filters=chosen.subnet_filters,
            subnet_group_name=chosen.subnet_group_name,
            subnets=chosen.subnets,
            subnet_type=chosen.subnet_type,
        )
    except RuntimeError as error:
        said = str(error).removeprefix("ValidationError: ").partition("\n")[0]
        raise SpecError("vpc_subnets", f"{problem}: {said}", fix, construct=construct) from error
    # One that is still to be looked up may have any.
    if not found.subnet_ids and not found.is_pending_lookup:
        raise SpecError("vpc_subnets", problem, fix, construct=construct)
    return found


def _default_selection(vpc: ec2.IVpc, construct: str) -> ec2.SubnetSelection:
    if not vpc.private_subnets and not vpc.isolated_subnets:
        problem = "the vpc has neither private nor isolated subnets"
        raise SpecError("vpc_subnets", problem, "say which of its subnets to use", construct=construct)
    found = ec2.SubnetType.PRIVATE_WITH_EGRESS if vpc.private_subnets else ec2.SubnetType.PRIVATE_ISOLATED
    return ec2.SubnetSelection(subnet_type=found)
