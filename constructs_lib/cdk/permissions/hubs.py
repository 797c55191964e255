"""To find models and data sets in hubs, and to read the files of JumpStart's models.

Sources: HubAccessConfig and ServerlessJobConfig of CreateTrainingJob; the Service Authorization Reference,
where DescribeHubContent has two resources, the content and its hub.
"""

from __future__ import annotations

from collections.abc import Iterator

from constructs_lib.cdk.permissions.permission import Permission
from constructs_lib.cdk.pseudo_parameters import partition, region

__all__ = ["describe_content", "jumpstart_files"]

_CONTENT = ":hub-content/"
_NAME_PARTS = 3  # hub, type and name; a version may follow, and SageMaker takes the latest in any case


def describe_content(reason: str, arn: str) -> Iterator[Permission]:
    """To look at one content of a hub, in any of its versions.

    Args:
        reason: why.
        arn: the content's ARN; tokens may stand in it.
    """
    head, found, tail = arn.partition(_CONTENT)
    if found:
        names = tail.split("/")
        content = f"{head}{_CONTENT}{'/'.join(names[:_NAME_PARTS])}"
        resources = (content, f"{content}/*", f"{head}:hub/{names[0]}")
    else:
        # One token: which hub it is in is for CloudFormation to know.
        resources = (arn, f"{arn}/*", f"arn:{partition()}:sagemaker:{region()}:*:hub/*")
    yield Permission(reason, ("sagemaker:DescribeHubContent",), resources)


def jumpstart_files(reason: str) -> Permission:
    """To read the files of AWS's own models, which lie in two buckets of AWS's in each region."""
    buckets = ("jumpstart-cache-prod", "jumpstart-private-cache-prod")
    objects = tuple(f"arn:{partition()}:s3:::{bucket}-{region()}/*" for bucket in buckets)
    return Permission(f"{reason} (JumpStart's buckets)", ("s3:GetObject",), objects)
