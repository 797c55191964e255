"""Which of cdk-nag's packs have a rule: an acknowledgement names both."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

__all__ = ["PACKS", "RULES", "as_id", "qualified"]

SOLUTIONS, SERVERLESS = "AwsSolutions", "Serverless"
HIPAA, R4, R5, PCI = "HIPAA.Security", "NIST.800.53.R4", "NIST.800.53.R5", "PCI.DSS.321"
PACKS = (SOLUTIONS, HIPAA, R4, R5, PCI, SERVERLESS)

RULES: dict[str, tuple[str, ...]] = {
    "CloudWatchLogGroupEncrypted": (HIPAA, R4, R5, PCI),
    "EC2RestrictedCommonPorts": (HIPAA, R4, R5, PCI),
    "EventBusDLQ": (SERVERLESS,),
    "IAM5": (SOLUTIONS,),
    "IAMNoInlinePolicy": (HIPAA, R4, R5, PCI),
    "LambdaConcurrency": (HIPAA, R5),
    "LambdaDLQ": (HIPAA, R5, SERVERLESS),
    "LambdaInsideVPC": (HIPAA, R4, R5, PCI),
    "S1": (SOLUTIONS,),
    "S3BucketDefaultLockEnabled": (R4,),
    "S3BucketLoggingEnabled": (HIPAA, R4, R5, PCI),
    "S3BucketReplicationEnabled": (HIPAA, R4, R5, PCI),
    "SQS3": (SOLUTIONS,),
    "SQSRedrivePolicy": (SERVERLESS,),
    "VPC7": (SOLUTIONS,),
    "VPCDefaultSecurityGroupClosed": (HIPAA, R4, R5, PCI),
    "VPCFlowLogsEnabled": (HIPAA, R4, R5, PCI),
}
"""The rules that something of this library's is acknowledged for."""


def qualified(rules: Mapping[str, str]) -> dict[str, str]:
    """The reasons by whole id, such as ``AwsSolutions::AwsSolutions-S1``, for every pack that has the rule.

    Args:
        rules: reasons by the rule's name, with what it is about in brackets where the rule says that.
    """
    return {id: reason for rule, reason in rules.items() for id in _ids(rule)}


def _ids(rule: str) -> Iterator[str]:
    for pack in RULES[rule.partition("[")[0]]:
        yield f"{pack}::{pack}-{as_id(rule)}"


def as_id(name: str) -> str:
    """A name as CDK compares it: without blanks, as the resources of a bucket's folders may have."""
    return name.replace(" ", "-")
