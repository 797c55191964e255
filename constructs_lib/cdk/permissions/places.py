"""To read, list and write below a place in S3.

Source: developer guide, sagemaker-roles; the Service Authorization Reference for ``s3:prefix``.
"""

from __future__ import annotations

from collections.abc import Iterator

from constructs_lib.cdk.arns import S3Location
from constructs_lib.cdk.permissions.permission import Permission

__all__ = ["find_below", "read_below", "write_below"]


def read_below(reason: str, found: S3Location) -> Iterator[Permission]:
    """To read and list every object whose key begins with the place's, which is what SageMaker reads."""
    yield Permission(f"{reason}: read", ("s3:GetObject",), (found.objects_arn("*"),))
    yield find_below(reason, found)


def write_below(
    reason: str, found: S3Location, names: str | None, *, purpose: str, delete: bool = False
) -> Iterator[Permission]:
    """To write, read back and list in a folder.

    Args:
        reason: the request's member.
        found: the folder; it ends with a slash here, given or not.
        names: the pattern of the folders in it that may be written to; None for all of it.
        purpose: in words.
        delete: whether objects may be deleted too.
    """
    folder = found.folder
    deleting = ("s3:DeleteObject",) if delete else ()
    actions = ("s3:AbortMultipartUpload", *deleting, "s3:GetObject", "s3:PutObject")
    below = "*" if names is None else f"{names}/*"
    yield Permission(f"{reason}: {purpose}", actions, (folder.objects_arn(below),))
    yield find_below(reason, folder)


def find_below(reason: str, found: S3Location) -> Permission:
    """To list what begins with the place's key; the whole bucket where the key is empty or unknown."""
    key = found.key
    prefixes = [key] if key and key.endswith("*") else [key, f"{key}*"]
    condition = {"StringLike": {"s3:prefix": prefixes}} if key else {}
    return Permission(f"{reason}: list", ("s3:ListBucket",), (found.bucket_arn,), condition)
