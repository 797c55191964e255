"""What a job has around it: its stack, its model in S3, its network interfaces. Looked at, never changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from .log import log

UNDER_WAY = "_IN_PROGRESS"
NOT_FORWARD = ("ROLLBACK", "DELETE", "CLEANUP")
# When an operation began: the latest that there is.
MOMENTS = ("DeletionTime", "LastUpdatedTime", "CreationTime")
ARCHIVE = ".tar.gz"
# The dates of the signature are in whole seconds; clocks may differ a little.
SKEW_SECONDS = 60.0


class StackState(NamedTuple):
    """A stack's status, when its last operation began, and when it was made.

    The moments are seconds since the epoch, None if not known.

    CloudFormation changes the status before it sends the events that undo something: so an event that comes
    late, or out of order, is known as such.
    """

    status: str
    began: float | None = None
    created: float | None = None

    @property
    def goes_forward(self) -> bool:
        """Whether the stack is made or updated, not rolled back, cleaned up or deleted."""
        return self.status.endswith(UNDER_WAY) and not any(word in self.status for word in NOT_FORWARD)

    @property
    def is_deleted(self) -> bool:
        """Whether the stack, and the network in it, goes away: deleted, or never completed."""
        return self.status.startswith(("DELETE", "ROLLBACK"))

    def waits_for(self, asked: float | None) -> bool:
        """Whether somebody waits for what was asked at that moment: in this operation, not in one before."""
        return self.goes_forward and not self._is_newer(asked)

    def undid(self, asked: float | None) -> bool:
        """Whether what was asked at that moment has been undone, or is about to be."""
        if "DELETE" in self.status:
            return True
        return "ROLLBACK" in self.status and not self._is_newer(asked)

    def has_left(self, asked: float | None) -> bool:
        """Whether the stack is past the operation that asked this at that moment, and is not deleted."""
        return "DELETE" not in self.status and self._is_newer(asked)

    def _is_newer(self, asked: float | None) -> bool:
        return self.began is not None and asked is not None and asked + SKEW_SECONDS < self.began


class Stack:
    """The stack that a resource belongs to, as CloudFormation shows it."""

    def __init__(self, cloudformation: Any) -> None:
        self._cloudformation = cloudformation

    def state(self, stack_id: str) -> StackState:
        """Where the stack stands."""
        stack = self._cloudformation.describe_stacks(StackName=stack_id)["Stacks"][0]
        known = [stack[name].timestamp() for name in MOMENTS if stack.get(name)]
        created = stack.get("CreationTime")
        return StackState(
            stack["StackStatus"], known[0] if known else None, created.timestamp() if created else None
        )


class Artifacts:
    """Trained models in S3: whether they are still there. Nothing is read of them.

    SageMaker always writes a ``model.tar.gz``; a model that is not compressed may have no files at all.
    """

    def __init__(self, s3: Any) -> None:
        self._s3 = s3

    def exist(self, uri: str) -> bool:
        """Whether there is an object at this address; True where that cannot be known."""
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        if not key.endswith(ARCHIVE):
            return True
        try:
            page = self._s3.list_objects_v2(Bucket=bucket, Prefix=key, MaxKeys=1)
        except ClientError as error:
            # A bucket that is gone took the model with it; what is not to be seen may well be there.
            if error.response["Error"]["Code"] == "NoSuchBucket":
                return False
            log("artifact not to be seen", error=error.response["Error"]["Code"])
            return True
        except BotoCoreError as error:
            log("artifact not to be seen", error=type(error).__name__)
            return True
        return any(item["Key"] == key for item in page.get("Contents", ()))


class Interfaces:
    """Network interfaces that jobs have in the user's network; SageMaker alone deletes them."""

    def __init__(self, ec2: Any) -> None:
        self._ec2 = ec2

    def linger(self, network: Mapping[str, Any]) -> bool:
        """Whether one is left in these subnets and security groups; False where that cannot be known."""
        filters = [
            {"Name": "group-id", "Values": list(network["SecurityGroupIds"])},
            {"Name": "subnet-id", "Values": list(network["Subnets"])},
        ]
        try:
            page = self._ec2.describe_network_interfaces(Filters=filters)
        except (ClientError, BotoCoreError) as error:
            log("interfaces not to be seen", error=type(error).__name__)
            return False
        return bool(page.get("NetworkInterfaces"))
