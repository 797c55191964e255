"""Structural findings of cdk-nag that are acknowledged where they arise: metadata, which needs no cdk-nag."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from aws_cdk import Acknowledgment, Stack, Validations
from constructs import Construct

from constructs_lib.cdk.permissions import Permission


def acknowledge(construct: Construct, rule: str, reason: str) -> None:
    """Acknowledge a rule of the pack AwsSolutions on a construct and all below it."""
    Validations.of(construct).acknowledge(Acknowledgment(id=f"AwsSolutions::{rule}", reason=reason))


def acknowledge_wildcards(construct: Construct, permissions: Iterable[Permission]) -> None:
    """Acknowledge the resources of a role's permissions that hold a wildcard, with their own reasons."""
    stack = Stack.of(construct)
    found = {arn: permission.reason for permission in permissions for arn in permission.resources}
    for arn, reason in found.items():
        if "*" in arn:
            written = _written(stack.resolve(arn))
            acknowledge(construct, f"AwsSolutions-IAM5[Resource::{written}]", reason)


def _written(value: object) -> str:
    """Text as cdk-nag writes functions of CloudFormation's into its ids."""
    if isinstance(value, list):
        return "".join(map(_written, value))
    if not isinstance(value, Mapping):
        return str(value)
    name, argument = next(iter(value.items()))
    if name == "Fn::Join":
        return _written(argument[1])
    return f"<{'.'.join(argument) if isinstance(argument, list) else argument}>"
