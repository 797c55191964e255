"""What a transition raises when the answer is FAILED, and what AWS's own errors mean."""

from __future__ import annotations

from botocore.exceptions import ClientError

THROTTLING_CODES = frozenset(
    {"ThrottlingException", "Throttling", "TooManyRequestsException", "RequestTimeout"}
)


class Unreachable(Exception):
    """CloudFormation could not be reached: Lambda delivers the event again."""


class Refused(Exception):
    """The request cannot be carried out; the text becomes the reason in CloudFormation's event."""


def passes(error: ClientError) -> bool:
    """Whether the same call may well succeed a little later."""
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)
    return status >= 500 or error.response["Error"]["Code"] in THROTTLING_CODES


def is_absent(error: ClientError) -> bool:
    """Whether the service says that there is no such job."""
    details = error.response["Error"]
    return details["Code"] == "ResourceNotFound" or "not found" in details.get("Message", "").lower()


def is_denied(error: ClientError) -> bool:
    """Whether IAM does not allow the call."""
    return error.response["Error"]["Code"] in ("AccessDeniedException", "AccessDenied")
