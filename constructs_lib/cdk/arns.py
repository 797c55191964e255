"""ARNs of what a request names by other means; tokens pass through as they are."""

from __future__ import annotations

import re

from aws_cdk import Aws

# 123456789012.dkr.ecr.eu-west-1.amazonaws.com/folder/name[:tag][@digest]; the host's parts may be tokens.
_ECR = re.compile(
    r"^(?P<account>[^./]+)\.dkr[.-]ecr(?:-fips)?\.(?P<region>[^./]+)\.(?P<domain>[^/]+)/(?P<name>[^:@]+)"
)
_TOKEN = re.compile(r"\$\{Token\[[^\]]*\]\}")
_STASH = re.compile(r"\x00(\d+)\x00")


def split_s3_uri(uri: str) -> tuple[str, str]:
    """Bucket and key of ``s3://bucket/key``; a token has no slash in it, so it stays whole."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, key


def bucket_arn(bucket: str) -> str:
    """A bucket's ARN, from its name (an access point's ARN is one already)."""
    return bucket if bucket.startswith("arn:") else f"arn:{Aws.PARTITION}:s3:::{bucket}"


def log_group_arn(name: str) -> str:
    """A log group of this account and region."""
    return f"arn:{Aws.PARTITION}:logs:{Aws.REGION}:{Aws.ACCOUNT_ID}:log-group:{name}"


def network_arn(kind: str, identifier: str) -> str:
    """An EC2 network resource of this account and region."""
    return f"arn:{Aws.PARTITION}:ec2:{Aws.REGION}:{Aws.ACCOUNT_ID}:{kind}/{identifier}"


def training_job_arn(name: str) -> str:
    """A training job of this account and region."""
    return f"arn:{Aws.PARTITION}:sagemaker:{Aws.REGION}:{Aws.ACCOUNT_ID}:training-job/{name}"


def repository_arn(image: str) -> str | None:
    """The ECR repository an image lies in; None when the image is not (visibly) in ECR."""
    tokens: list[str] = []

    def stash(match: re.Match[str]) -> str:
        tokens.append(match[0])
        return f"\x00{len(tokens) - 1}\x00"

    def restore(text: str) -> str:
        return _STASH.sub(lambda match: tokens[int(match[1])], text)

    # A token holds dots and colons of its own, so it is put aside while the address is taken apart.
    found = _ECR.match(_TOKEN.sub(stash, image))
    if found is None:
        return None
    region, account, name = (restore(found[part]) for part in ("region", "account", "name"))
    return f"arn:{Aws.PARTITION}:ecr:{region}:{account}:repository/{name}"
