"""Clients of AWS, and what their errors mean to a watch; boto3 is imported when it is needed."""

from __future__ import annotations

from typing import Any, NamedTuple

from constructs_lib.cli.watching.errors import WatchError

__all__ = ["Clients", "is_absent", "is_denied", "is_passing", "make_clients", "reason"]

_MISSING = "needs boto3, which is not installed: pip install 'constructs-lib[cli]'"
# SageMaker and CloudFormation have no code of their own for what is not there.
_ABSENT = ("ValidationException", "ValidationError", "ResourceNotFound", "ResourceNotFoundException")
_DENIED = ("AccessDenied", "AccessDeniedException")
_THROTTLED = ("Throttling", "ThrottlingException", "TooManyRequestsException", "RequestLimitExceeded")
_SERVER_ERROR = 500


class Clients(NamedTuple):
    """The services that are asked."""

    sagemaker: Any
    logs: Any
    cloudformation: Any


def make_clients(region: str | None, profile: str | None) -> Clients:
    """Clients that try again what was throttled, and do not wait for ever.

    Args:
        region: where the jobs run; left out: as the AWS command line finds it.
        profile: a profile of the AWS configuration; left out: the same.

    Raises:
        WatchError: boto3 is not installed, or the profile, the region or the credentials are not there.
    """
    try:
        from boto3.session import Session
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError
    except ImportError:
        raise WatchError(_MISSING) from None
    retries = {"mode": "standard", "max_attempts": 5}
    config = Config(retries=retries, connect_timeout=10, read_timeout=30)
    try:
        session = Session(profile_name=profile, region_name=region)
        made = [session.client(name, config=config) for name in ("sagemaker", "logs", "cloudformation")]
    except (BotoCoreError, ValueError) as error:
        raise WatchError(reason(error)) from None
    return Clients(*made)


def is_absent(error: Any) -> bool:
    """Whether an error of a service says that what was asked for is not there."""
    return _code(error) in _ABSENT


def is_denied(error: Any) -> bool:
    """Whether an error of a service says that who asks may not."""
    return _code(error) in _DENIED


def is_passing(error: Exception) -> bool:
    """Whether the same call may work soon: it was throttled, not answered, or the fault is the service's."""
    from botocore.exceptions import ConnectionError as NotConnected
    from botocore.exceptions import HTTPClientError

    if isinstance(error, (NotConnected, HTTPClientError)):
        return True
    answered = getattr(error, "response", {}).get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return _code(error) in _THROTTLED or answered >= _SERVER_ERROR


def reason(error: Exception) -> str:
    """An error of the SDK in one line."""
    response = getattr(error, "response", None)
    text = f"{_code(error)}: {response['Error'].get('Message', '')}" if response else str(error)
    return " ".join(text.split())


def _code(error: Any) -> str:
    return str((getattr(error, "response", None) or {}).get("Error", {}).get("Code", ""))
