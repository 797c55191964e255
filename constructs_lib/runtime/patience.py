"""Waits for IAM: a role or a policy that was made a moment ago may not have reached a service yet."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import TypeVar

from botocore.exceptions import ClientError

from .clock import Clock
from .errors import is_denied
from .log import log

PROPAGATION_SECONDS = 120.0
# What the service says while a role or a policy made a moment ago has not reached it yet.
PROPAGATION_MESSAGES = (
    "Could not assume role",
    "Unauthorized to List objects under S3 URL",
    "Access denied to OutputDataConfig S3 bucket",
    "no identity-based policy allows the s3:ListBucket action",
    "Access denied to hub content",
    "Access denied for repository",
)
# An explicit deny is nobody's delay.
EXPLICIT_DENY = "explicit deny"
T = TypeVar("T")


def patiently(clock: Clock, call: Callable[[], T]) -> T:
    """Repeat a call that is refused only because IAM has not caught up, for two minutes at most."""
    deadline = min(clock.now() + PROPAGATION_SECONDS, clock.limit)
    pause = 2.0
    while True:
        try:
            return call()
        except ClientError as error:
            if not _may_spread(error) or clock.now() + pause > deadline:
                raise
            log("permissions have not spread yet", pause=round(pause))
        clock.sleep(pause)
        pause = min(15.0, pause * 1.7) * random.uniform(0.9, 1.1)  # noqa: S311


def _may_spread(error: ClientError) -> bool:
    message = error.response["Error"].get("Message", "")
    if EXPLICIT_DENY in message:
        return False
    return is_denied(error) or any(text in message for text in PROPAGATION_MESSAGES)
