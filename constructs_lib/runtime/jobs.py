"""Training jobs as the runtime sees them: absent or described, ours or not."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from botocore.exceptions import ClientError

from .clock import Clock
from .errors import Refused
from .events import Event
from .log import log

TERMINAL = frozenset({"Completed", "Failed", "Stopped"})
LIVE = frozenset({"InProgress", "Stopping"})
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
STACK_TAG = "constructs-lib:stack-id"
LOGICAL_ID_TAG = "constructs-lib:logical-id"
DELIVERY_TAG = "constructs-lib:delivery"
# Where the name does not tell the content: on a job whose name the user gave.
CONTENT_TAG = "constructs-lib:content"
OWNERSHIP_TAGS = frozenset({STACK_TAG, LOGICAL_ID_TAG, DELIVERY_TAG, CONTENT_TAG})
T = TypeVar("T")
Description = Mapping[str, Any]


def ownership_tags(event: Event, content: str | None = None) -> list[dict[str, str]]:
    """The tags by which a job is known as this resource's, this request's, and this content's."""
    values = {STACK_TAG: event.stack_id, LOGICAL_ID_TAG: event.logical_id, DELIVERY_TAG: event.delivery}
    if content is not None:
        values[CONTENT_TAG] = content
    return [{"Key": key, "Value": value} for key, value in values.items()]


class Jobs:
    """CreateTrainingJob and its neighbours, with the retries that each of them can bear."""

    def __init__(self, sagemaker: Any, clock: Clock) -> None:
        self._sagemaker = sagemaker
        self._clock = clock

    def describe(self, name: str) -> Description | None:
        """The job, or None where there is none (the service reports that as a ValidationException)."""
        try:
            description: Description = self._sagemaker.describe_training_job(TrainingJobName=name)
        except ClientError as error:
            if is_absent(error):
                return None
            raise
        return description

    def tags(self, description: Description) -> dict[str, str]:
        """The job's tags."""
        pages = self._sagemaker.get_paginator("list_tags").paginate(ResourceArn=description["TrainingJobArn"])
        return {tag["Key"]: tag["Value"] for page in pages for tag in page["Tags"]}

    def create(self, request: Mapping[str, Any]) -> bool:
        """Start a job; False when the name is taken."""
        try:
            self._while_permissions_spread(lambda: self._sagemaker.create_training_job(**request))
        except ClientError as error:
            if error.response["Error"]["Code"] == "ResourceInUse":
                return False
            raise
        return True

    def stop(self, name: str) -> None:
        """Stop a job; one that has ended meanwhile, or never was, is as good as stopped."""
        try:
            self._sagemaker.stop_training_job(TrainingJobName=name)
            log("stopping", job=name)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ValidationException" and not is_absent(error):
                raise

    def retag(
        self,
        description: Description,
        actual: Mapping[str, str],
        old: Mapping[str, str],
        new: Mapping[str, str],
    ) -> None:
        """Bring the user's tags on a job that is there up to date; its owner's stay.

        What the job has already is not written: an Update that was not allowed to is rolled back, too.
        """
        arn = description["TrainingJobArn"]
        if gone := sorted((old.keys() & actual.keys()) - new.keys() - OWNERSHIP_TAGS):
            self._sagemaker.delete_tags(ResourceArn=arn, TagKeys=gone)
        added = {k: v for k, v in new.items() if k not in OWNERSHIP_TAGS and actual.get(k) != v}
        if added:
            self._sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": k, "Value": v} for k, v in added.items()])

    def _while_permissions_spread(self, call: Callable[[], T]) -> T:
        """Repeat a call that is refused only because IAM has not caught up, for two minutes at most."""
        deadline = self._clock.now() + PROPAGATION_SECONDS
        pause = 2.0
        while True:
            try:
                return call()
            except ClientError as error:
                if not _may_spread(error) or self._clock.now() + pause > deadline:
                    raise
                log("permissions have not spread yet", pause=round(pause))
            self._clock.sleep(pause)
            pause = min(15.0, pause * 1.7) * random.uniform(0.9, 1.1)  # noqa: S311


def is_absent(error: ClientError) -> bool:
    """Whether the service says that there is no such job."""
    details = error.response["Error"]
    return details["Code"] == "ResourceNotFound" or "not found" in details.get("Message", "").lower()


def is_denied(error: ClientError) -> bool:
    """Whether IAM does not allow the call."""
    return error.response["Error"]["Code"] in ("AccessDeniedException", "AccessDenied")


def _may_spread(error: ClientError) -> bool:
    details = error.response["Error"]
    message = details.get("Message", "")
    if is_denied(error):
        return "iam:PassRole" in message
    return any(text in message for text in PROPAGATION_MESSAGES)


def require_ours(tags: Mapping[str, str], event: Event, name: str) -> None:
    """Raise Refused for a job that another stack or resource started: it is never touched."""
    if tags.get(STACK_TAG) != event.stack_id or tags.get(LOGICAL_ID_TAG) != event.logical_id:
        reason = (
            f"a training job named '{name}' exists and was not started by this resource; "
            "it was left alone; choose another job_name_prefix (with keep_name, another training_job_name)"
        )
        raise Refused(reason)


def require_content(tags: Mapping[str, str], block: str, name: str) -> None:
    """Raise Refused for a job of a fixed name that has another content: a name can be used once."""
    if tags.get(CONTENT_TAG) != block:
        raise Refused(other_content(name))


def other_content(name: str) -> str:
    """Why a changed content cannot have the same fixed name."""
    return (
        f"training job '{name}' has another content, and a job's name can be used once; "
        "change training_job_name, or leave it out"
    )
