"""Custom resources of the CDK itself whose Node functions need an SDK that only Lambda's runtime brings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from constructs_lib.local.training.storage import Storage

__all__ = ["BUILTIN", "answer"]


def _empty_bucket(event: dict[str, Any], region: str) -> None:
    """``auto_delete_objects=True``: empties the bucket when its stack, or it, is deleted."""
    if event["RequestType"] == "Delete":
        Storage(region).empty(event["ResourceProperties"]["BucketName"])


BUILTIN: dict[str, Callable[[dict[str, Any], str], None]] = {"Custom::S3AutoDeleteObjects": _empty_bucket}


def answer(event: dict[str, Any], region: str) -> dict[str, Any]:
    """Does what the function would do, and answers for it."""
    physical = event.get("PhysicalResourceId") or event["RequestId"]
    try:
        BUILTIN[event["ResourceType"]](event, region)
    except Exception as error:  # noqa: BLE001 - any failure is the resource's answer
        return {"Status": "FAILED", "Reason": str(error), "PhysicalResourceId": physical}
    return {"Status": "SUCCESS", "PhysicalResourceId": physical}
