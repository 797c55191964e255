"""Whose a training job is: its tags name the stack, the resource and the request that started it."""

from __future__ import annotations

from collections.abc import Mapping

from .errors import Refused
from .events import Event

STACK_TAG = "constructs-lib:stack-id"
LOGICAL_ID_TAG = "constructs-lib:logical-id"
DELIVERY_TAG = "constructs-lib:delivery"
# Where the name does not tell the content: on a job whose name the user gave.
CONTENT_TAG = "constructs-lib:content"
OWNERSHIP_TAGS = frozenset({STACK_TAG, LOGICAL_ID_TAG, DELIVERY_TAG, CONTENT_TAG})


def ownership_tags(event: Event, content: str | None = None) -> list[dict[str, str]]:
    """The tags by which a job is known as this resource's, this request's, and this content's."""
    values = {STACK_TAG: event.stack_id, LOGICAL_ID_TAG: event.logical_id, DELIVERY_TAG: event.delivery}
    if content is not None:
        values[CONTENT_TAG] = content
    return [{"Key": key, "Value": value} for key, value in values.items()]


def is_ours(tags: Mapping[str, str], stack_id: str, logical_id: str) -> bool:
    """Whether a job was started by this resource of this stack."""
    return tags.get(STACK_TAG) == stack_id and tags.get(LOGICAL_ID_TAG) == logical_id


def is_of_delivery(tags: Mapping[str, str], stack_id: str, logical_id: str, delivery: str | None) -> bool:
    """Whether a job was started by this request of this resource."""
    return is_ours(tags, stack_id, logical_id) and tags.get(DELIVERY_TAG) == delivery


def require_ours(tags: Mapping[str, str], event: Event, name: str) -> None:
    """Raise Refused for a job that another stack or resource started: it is never touched."""
    if not is_ours(tags, event.stack_id, event.logical_id):
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
