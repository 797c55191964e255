"""CloudFormation's event, read once into plain values."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from .errors import Refused
from .issued import Validity, validity
from .names import JobName, parse_job_name
from .properties import Properties, ResultProperties

KINDS = ("Create", "Update", "Delete")
# CloudFormation gives a custom resource an hour; stopping a job, and answering, takes some of it.
LISTENS_SECONDS, STOP_SECONDS = 3600, 300
RESULT_TYPE = "Custom::SageMakerTrainingJobResult"
# The member of what EventBridge tells the front of a workflow's execution.
ENDED = "EndedExecution"
WORKFLOW_TYPE = "Custom::SageMakerWorkflowJobs"


@dataclass(frozen=True)
class Event:
    """One request of CloudFormation's."""

    kind: str
    stack_id: str
    request_id: str
    logical_id: str
    response_url: str = field(repr=False)
    physical_id: str | None
    raw: Mapping[str, Any] = field(repr=False)

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Event:
        """Read an event; raises Refused when there is nobody to answer."""
        try:
            event = cls(
                kind=str(raw.get("RequestType")),
                stack_id=raw["StackId"],
                request_id=raw["RequestId"],
                logical_id=raw["LogicalResourceId"],
                response_url=raw["ResponseURL"],
                physical_id=raw.get("PhysicalResourceId"),
                raw=raw,
            )
        except (KeyError, TypeError) as error:
            raise Refused(f"not an event of a custom resource: {error} is missing") from error
        return event

    @property
    def is_result(self) -> bool:
        """Whether this is about the result of a job that a wait condition waited for."""
        return self.raw.get("ResourceType") == RESULT_TYPE

    @property
    def is_of_workflows(self) -> bool:
        """Whether this is about the jobs that a stack's state machines start."""
        return self.raw.get("ResourceType") == WORKFLOW_TYPE

    @property
    def result(self) -> ResultProperties:
        """What is asked for of a result."""
        return ResultProperties.parse(_mapping(self.raw.get("ResourceProperties")))

    @property
    def validity(self) -> Validity | None:
        """When this was asked, and until when the answer is taken, where that is known."""
        return validity(self.response_url)

    @property
    def asked(self) -> float | None:
        """When this was asked, in seconds since the epoch, where that is known."""
        return None if self.validity is None else self.validity.issued

    @property
    def listens_until(self) -> float:
        """When CloudFormation gives up, less what stopping a job takes; infinite where that is not known."""
        return math.inf if self.asked is None else self.asked + LISTENS_SECONDS - STOP_SECONDS

    def is_expired(self, now: float) -> bool:
        """Whether the answer would not be taken any more."""
        return self.validity is not None and now > self.validity.expires

    @cached_property
    def properties(self) -> Properties:
        """What is asked for."""
        return Properties.parse(_mapping(self.raw.get("ResourceProperties")))

    @cached_property
    def old_properties(self) -> Properties | None:
        """What the last deployment asked for, where that can be read."""
        try:
            return Properties.parse(_mapping(self.raw.get("OldResourceProperties")))
        except Refused:
            return None

    @property
    def owner(self) -> str:
        """The owner block, readable even where the rest of the properties is not."""
        names = _mapping(self.raw.get("ResourceProperties")).get("JobName")
        return str(_mapping(names).get("Owner", ""))

    @property
    def old_name(self) -> JobName | None:
        """The name in the physical id, when this resource gave it."""
        return parse_job_name(self.physical_id, self.owner)

    @property
    def old_tags(self) -> dict[str, str]:
        """The tags that the last deployment asked for."""
        old = self.old_properties
        return old.tags if old else {}

    @property
    def delivery(self) -> str:
        """One value for a request however often Lambda delivers it; a fresh one when it is asked anew.

        CloudFormation asks again with the same RequestId and a new URL. The URL itself is a secret: only
        its hash goes anywhere.
        """
        return hashlib.sha256(f"{self.request_id} {self.response_url}".encode()).hexdigest()[:32]


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
