"""ARNs of what a request names by other means; tokens pass through as they are."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from aws_cdk import Fn

from constructs_lib.cdk.pseudo_parameters import partition, regional_arn
from constructs_lib.errors import SpecError
from constructs_lib.spec.text import is_token

# 123456789012.dkr.ecr.eu-west-1.amazonaws.com/folder/name[:tag][@digest]; the host's parts may be tokens.
_ECR = re.compile(
    r"^(?P<account>[^./]+)\.dkr[.-]ecr(?:-fips)?\.(?P<region>[^./]+)\.(?P<domain>[^/]+)/(?P<name>[^:@]+)"
)
_TOKEN = re.compile(r"\$\{Token\[[^\]]*\]\}")
_HTTPS = re.compile(r"^https://(?:(?P<host_bucket>[^/]+)\.)?s3[.-][^/]*amazonaws\.com[^/]*/(?P<rest>.*)$")
_ACCESS_POINT = re.compile(r"^s3://(arn:[^/]+:s3:[^/]*:accesspoint/[^/]+)/?(.*)$")
_KEY_ID = re.compile(r"^(?:mrk-)?[0-9a-f-]{32,36}$")
_STASH = re.compile(r"\x00(\d+)\x00")


@dataclass(frozen=True)
class S3Location:
    """A place in S3, as far as its URI lets it be taken apart.

    Attributes:
        bucket: the bucket's name, or the ARN of an access point.
        key: the key or prefix; None where the whole URI is one token and only CloudFormation can see it.
        path: bucket and key, as in an object's ARN.
    """

    bucket: str
    key: str | None
    path: str

    @classmethod
    def parse(cls, uri: str) -> S3Location:
        """Take ``s3://bucket/key`` apart; a token has no slash in it, so a part that is one stays whole."""
        https = _HTTPS.match(uri)
        if https:
            # S3's own addresses, of either style.
            uri = f"s3://{https['host_bucket'] + '/' if https['host_bucket'] else ''}{https['rest']}"
        if uri.startswith("s3://"):
            found = _ACCESS_POINT.match(uri)
            bucket, _, key = (found[1], "", found[2]) if found else uri.removeprefix("s3://").partition("/")
            return cls(bucket, key, _path(bucket, key))
        if not is_token(uri):
            raise SpecError("s3_uri", f"got {uri!r}, whose bucket cannot be told", "write s3://bucket/prefix")
        path = Fn.select(1, Fn.split("s3://", uri))
        return cls(Fn.select(0, Fn.split("/", path)), None, path)

    @property
    def bucket_arn(self) -> str:
        """The ARN of the bucket or access point."""
        return self.bucket if self.bucket.startswith("arn:") else f"arn:{partition()}:s3:::{self.bucket}"

    def objects_arn(self, below: str = "") -> str:
        """The ARN of the object, or of those that ``below`` names: appended as it is."""
        start = "" if self.bucket.startswith("arn:") else f"arn:{partition()}:s3:::"
        if below == "*" and self.key is not None and self.key.endswith("*"):
            below = ""
        return f"{start}{self.path}{below}"

    @property
    def folder(self) -> S3Location:
        """The same place with a slash at its end, so that siblings with longer names are not below it."""
        if self.key is None:
            # Whether it ends with a slash is not known: IAM's * stands for one, or for nothing.
            return S3Location(self.bucket, None, f"{self.path}*")
        key = f"{self.key.rstrip('/')}/" if self.key.rstrip("/") else ""
        return S3Location(self.bucket, key, _path(self.bucket, key))

    @property
    def whole_bucket(self) -> S3Location:
        """Everything in the same bucket."""
        return S3Location(self.bucket, "", _path(self.bucket, ""))


def _path(bucket: str, key: str) -> str:
    return f"{bucket}/object/{key}" if bucket.startswith("arn:") else f"{bucket}/{key}"


def log_group_arn(name: str) -> str:
    """A log group of this account and region."""
    return regional_arn("logs", f"log-group:{name}")


def network_arn(kind: str, identifier: str) -> str:
    """An EC2 network resource of this account and region."""
    return regional_arn("ec2", f"{kind}/{identifier}")


def file_system_arn(identifier: str) -> str:
    """An EFS file system of this account and region."""
    return regional_arn("elasticfilesystem", f"file-system/{identifier}")


def training_job_arn(name: str) -> str:
    """A training job of this account and region."""
    return regional_arn("sagemaker", f"training-job/{name}")


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
    return f"arn:{partition()}:ecr:{region}:{account}:repository/{name}"


@dataclass(frozen=True)
class KeyTarget:
    """How a policy names a KMS key: key actions take a key's ARN, never its id or an alias.

    Attributes:
        resource: the key's ARN, or every key of the account where a condition names the alias.
        conditions: that condition, empty for an ARN.
    """

    resource: str
    conditions: dict[str, dict[str, Any]] = field(default_factory=dict)

    @classmethod
    def parse(cls, key: str) -> KeyTarget:
        """From an ARN, an id, an alias or an alias's ARN; a token is taken for an ARN."""
        keys = regional_arn("kms", "key/")
        if _KEY_ID.match(key):
            return cls(f"{keys}{key}")
        _, found, alias = key.rpartition("alias/")
        if found:
            return cls(f"{keys}*", {"ForAnyValue:StringEquals": {"kms:ResourceAliases": f"alias/{alias}"}})
        return cls(key)
